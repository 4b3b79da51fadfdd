//! Addresses that lead inside.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::SystemRandom;
use outward::{Error, Names, Outward, Request, Settings};

use crate::neighbour::{Neighbour, answer, clock, outward};

#[tokio::test]
async fn an_address_that_leads_inside_is_not_called() {
    let neighbour = Neighbour::doing([answer("200 OK", "", "")]).await;
    let port = neighbour.address.port();
    let open = Settings { plain_http: true, ..Settings::default() };
    let strict = Outward::new(open, clock()).unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00:ec2::254]",
        "１２７.0.0.1",
    ] {
        let error = strict.send(Request::get(format!("http://{host}:{port}/latest"))).await.unwrap_err();
        assert!(matches!(error, Error::Inside { .. }), "{host}: {error:?}");
        assert!(!error.may_have_arrived());
    }
    assert_eq!(neighbour.connections(), 0);
}

#[tokio::test]
async fn addresses_that_are_none_are_told_so() {
    let outward = outward();
    for url in [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org/",
        "https://user:pw@example.org/",
        "https://",
        "data:,x",
        &format!("https://example.org/{}", "x".repeat(5_000)),
    ] {
        let error = outward.send(Request::get(url)).await.unwrap_err();
        assert!(matches!(error, Error::Address(_)), "{url}: {error}");
        assert!(outward.check(url).is_err());
    }
    assert!(outward.check("https://example.org/hook").is_ok());
    let odd = Request::get("https://example.org/").header("x-a", "a\r\nb: c");
    assert!(matches!(outward.send(odd).await, Err(Error::Address(_))));
}

#[tokio::test]
async fn a_redirect_inside_is_not_followed() {
    let inner = "Location: http://169.254.169.254/latest/meta-data/\r\n";
    let neighbour = Neighbour::doing([answer("302 Found", inner, "")]).await;
    let error = outward().send(Request::get(neighbour.url("/")).redirects(3)).await.unwrap_err();
    assert!(matches!(error, Error::Inside { .. }), "{error}");
}

/// A name that leads outside when somebody looks, and inside when it matters.
struct Fickle(AtomicUsize);

impl Names for Fickle {
    fn look_up(&self, name: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let found: Vec<IpAddr> = match name.as_str() {
            "inner.example" => vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
            "mapped.example" => vec!["::ffff:127.0.0.1".parse().unwrap()],
            "relay.internal" => vec!["127.0.0.1".parse().unwrap()],
            _ => return Box::pin(std::future::ready(Err(std::io::Error::other("no such name")))),
        };
        Box::pin(std::future::ready(Ok(found)))
    }
}

#[tokio::test]
async fn what_is_connected_to_is_what_was_checked() {
    let neighbour = Neighbour::doing([answer("200 OK", "", "relay")]).await;
    let port = neighbour.address.port();
    let settings = Settings {
        plain_http: true,
        allowed: vec!["relay.internal".parse().unwrap()],
        ..Settings::default()
    };
    let names = Arc::new(Fickle(AtomicUsize::new(0)));
    let outward = Outward::with(settings, clock(), Arc::new(SystemRandom), names.clone()).unwrap();
    for host in ["inner.example", "mapped.example"] {
        let error = outward.send(Request::get(format!("http://{host}:{port}/"))).await.unwrap_err();
        assert!(matches!(error, Error::Inside { .. }), "{host}: {error:?}");
    }
    assert_eq!(names.0.load(Ordering::SeqCst), 2, "looked up once for each, by whoever connects");
    assert_eq!(neighbour.connections(), 0);
    let error = outward.send(Request::get("http://gone.example/").tries(1)).await.unwrap_err();
    assert!(matches!(error, Error::OutOfReach { .. }) && !error.may_have_arrived(), "{error:?}");
    let allowed = outward.send(Request::get(format!("http://relay.internal:{port}/"))).await.unwrap();
    assert_eq!(allowed.text(), "relay");
}

#[tokio::test]
async fn without_a_trusted_certificate_nothing_is_said() {
    let neighbour = Neighbour::doing([answer("200 OK", "", "")]).await;
    let url = format!("https://127.0.0.1:{}/", neighbour.address.port());
    let error = outward().send(Request::post(url).bearer("s3cret").tries(1)).await.unwrap_err();
    assert!(!error.may_have_arrived(), "{error}");
    assert!(!neighbour.requests().join("").contains("s3cret"));
}
