use std::time::Duration;

use http::StatusCode;
use kernel::jiff::SignedDuration;
use outward::{Error, Outward, Request, Settings};

use crate::neighbour::{Deed, Neighbour, answer, clock, outward};

const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_plain_answer_comes_whole() {
    let neighbour = Neighbour::doing([answer("201 Created", "X-It: yes\r\n", "{\"a\": 1}")]).await;
    let request = Request::post(neighbour.url("/v1/a?b=c")).json(&serde_json::json!({"x": 1})).bearer("s3");
    let response = outward().send(request).await.unwrap().success().unwrap();
    assert_eq!((response.status, response.header("x-it")), (StatusCode::CREATED, Some("yes")));
    assert_eq!(response.json::<serde_json::Value>().unwrap()["a"], 1);
    let seen = neighbour.requests().join("").to_lowercase();
    assert!(seen.starts_with("post /v1/a?b=c http/1.1"), "{seen}");
    assert!(seen.contains("authorization: bearer s3") && seen.contains("content-type: application/json"));
}

#[tokio::test]
async fn every_call_has_an_end_and_a_bound() {
    let endless = "HTTP/1.1 200 OK\r\n\r\n";
    let huge = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
    for (deed, expect) in [
        (Deed::Silence, "late"),
        (Deed::Drip, "late"),
        (Deed::Endless(endless), "large"),
        (Deed::Endless(huge), "large"),
        (Deed::Endless("HTTP/1.1 200 OK\r\nX-Long: "), "broken"),
        (Deed::Say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".into()), "broken"),
        (Deed::Say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf".into()), "broken"),
        (Deed::Say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".into()), "broken"),
        (Deed::Say("SSH-2.0-OpenSSH_9.2\r\n".into()), "broken"),
        (Deed::Say("HTTP/1.1 200".into()), "broken"),
        (Deed::Say(String::new()), "broken"),
        (Deed::Slam, "broken"),
    ] {
        let neighbour = Neighbour::doing([deed.clone()]).await;
        let request = Request::post(neighbour.url("/?key=s3cret")).time_max(SOON).answer_bytes_max(65_536);
        let error = outward().send(request).await.unwrap_err();
        let got = match &error {
            Error::TimedOut { .. } => "late",
            Error::TooLarge { .. } => "large",
            Error::OutOfReach { .. } => "broken",
            other => panic!("{deed:?}: {other}"),
        };
        assert_eq!(got, expect, "{deed:?}: {error}");
        assert!(error.may_have_arrived(), "{deed:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(neighbour.connections(), 1, "{deed:?}: what may have arrived is not sent again");
    }
}

#[tokio::test]
async fn what_may_be_repeated_is() {
    let bad = || answer("503 Service Unavailable", "Retry-After: 0\r\n", "later");
    for (request, connections, expect) in [
        (Request::get(""), 3, StatusCode::OK),
        (Request::put(""), 3, StatusCode::OK),
        (Request::post("").repeatable(), 3, StatusCode::OK),
        (Request::get("").tries(2), 2, StatusCode::SERVICE_UNAVAILABLE),
        (Request::post(""), 1, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let neighbour = Neighbour::doing([bad(), bad(), answer("200 OK", "", "")]).await;
        let request = request_to(request, &neighbour);
        let response = outward().send(request).await.unwrap();
        assert_eq!((response.status, neighbour.connections()), (expect, connections));
    }
    // A half answer to a read.
    let half = Deed::Say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".into());
    let neighbour = Neighbour::doing([half, answer("200 OK", "", "whole")]).await;
    assert_eq!(outward().send(Request::get(neighbour.url("/"))).await.unwrap().text(), "whole");
}

/// The same request, to there.
fn request_to(request: Request, neighbour: &Neighbour) -> Request {
    let request = request.at(neighbour.url("/"));
    request.time_max(Duration::from_secs(20))
}

#[tokio::test]
async fn a_longer_wait_than_there_is_time_for_is_told_not_waited() {
    let busy = answer("429 Too Many Requests", "Retry-After: 3600\r\n", "slow down");
    let neighbour = Neighbour::doing([busy]).await;
    let error = outward().send(Request::get(neighbour.url("/"))).await.unwrap().success().unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(neighbour.connections(), 1);
    let Error::Status { complaint, .. } = error else { panic!("{error}") };
    assert_eq!(&complaint[..], b"slow down");
}

#[tokio::test]
async fn nobody_there_is_known_not_to_have_arrived() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = outward().send(Request::post(url).tries(2)).await.unwrap_err();
    assert!(matches!(error, Error::OutOfReach { .. }) && !error.may_have_arrived(), "{error}");
}

#[tokio::test]
async fn a_destination_that_fails_is_left_alone_and_tried_again_later() {
    let clock = clock();
    let settings = Settings { allowed: vec!["127.0.0.1".parse().unwrap()], ..Settings::default() };
    let outward = Outward::new(settings, clock.clone()).unwrap();
    let bad = vec![answer("500 Internal Server Error", "", ""); 20];
    let neighbour = Neighbour::doing([bad, vec![answer("200 OK", "", "")]].concat()).await;
    let good = Neighbour::doing([answer("200 OK", "", "")]).await;
    for _ in 0..20 {
        assert_eq!(outward.send(Request::get(neighbour.url("/"))).await.unwrap().status, 500);
    }
    let error = outward.send(Request::get(neighbour.url("/other"))).await.unwrap_err();
    assert!(matches!(error, Error::LeftAlone { .. }) && !error.may_have_arrived(), "{error}");
    assert!(!outward.is_open_to(&neighbour.url("/")) && outward.is_open_to(&good.url("/")));
    assert_eq!(neighbour.connections(), 20, "it was not asked");
    assert_eq!(outward.send(Request::get(good.url("/"))).await.unwrap().status, 200);
    clock.advance(SignedDuration::from_secs(31));
    assert_eq!(outward.send(Request::get(neighbour.url("/"))).await.unwrap().status, 200);
}

#[tokio::test]
async fn those_who_give_up_waiting_count_against_the_destination() {
    let (neighbour, outward) = (Neighbour::doing([Deed::Silence]).await, outward());
    let calls = (0..20).map(|_| {
        let (outward, url) = (outward.clone(), neighbour.url("/"));
        tokio::spawn(async move { outward.send(Request::get(url).time_max(SOON)).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(matches!(call.await.unwrap(), Err(Error::TimedOut { .. })));
    }
    let error = outward.send(Request::get(neighbour.url("/"))).await.unwrap_err();
    assert!(matches!(error, Error::LeftAlone { .. }), "{error}");
}

#[tokio::test]
async fn redirects_are_answers_unless_asked_for() {
    let home = Neighbour::doing([answer("200 OK", "", "home")]).await;
    let there = format!("Location: {}\r\n", home.url("/home"));
    let away = Neighbour::doing([answer("302 Found", &there, "")]).await;
    let outward = outward();
    let response = outward.send(Request::get(away.url("/"))).await.unwrap();
    assert_eq!(response.status, StatusCode::FOUND);
    let request = Request::get(away.url("/")).bearer("s3cret").redirects(3);
    assert_eq!(outward.send(request).await.unwrap().text(), "home");
    assert!(!home.requests().join("").contains("s3cret"), "credentials stay with whom they were for");
    // What changes something is never sent elsewhere.
    let response = outward.send(Request::post(away.url("/")).redirects(3)).await.unwrap();
    assert_eq!(response.status, StatusCode::FOUND);
    // A circle has an end.
    let circle = Neighbour::doing([answer("301 Moved Permanently", "Location: /again\r\n", "")]).await;
    let response = outward.send(Request::get(circle.url("/")).redirects(4)).await.unwrap();
    assert_eq!((response.status, circle.connections()), (StatusCode::MOVED_PERMANENTLY, 5));
}
