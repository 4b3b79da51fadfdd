use super::super::*;
use super::rig::{PERSON, Rig, Seen, request, rig};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const COOKIE: (&str, &str) = ("cookie", "theme=dark; iroko_token=person");

async fn ask(rig: &Rig, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
    let request = headers.iter().fold(request(method, path), |it, (name, value)| it.header(*name, *value));
    rig.send(request, body.to_owned()).await
}

#[tokio::test]
async fn a_front_page_is_where_its_market_is() {
    let rig = rig(EdgeConfig::default()).await;
    let bare = rig.get("/ten/mkt?lang=fr&x=%20").await;
    assert_eq!((bare.status, bare.header("location")), (308, "/ten/mkt/?lang=fr&x=%20"));
    assert_eq!(ask(&rig, "HEAD", "/ten/mkt", &[], "").await.header("location"), "/ten/mkt/");
    assert_eq!(ask(&rig, "POST", "/ten/mkt", &[FORM], "").await.status, 405);
    let front = rig.get("/ten/mkt/").await;
    assert_eq!((front.status, &front.body[..]), (200, &b"front of /ten/mkt, known: false"[..]));
    assert_eq!(front.header("content-type"), super::others::TEXT);
    assert_eq!(front.header("referrer-policy"), "same-origin");
    assert!(front.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(front.header("access-control-allow-origin"), "", "no other origin reads it");
    assert_eq!(front.header("vary"), "authorization, cookie, accept-encoding");
    assert_eq!(rig.get("/ten/mkt//").await.status, 404);
    let own = |path: &str| http::Request::builder().uri(format!("http://bound.example{path}"));
    assert_eq!(rig.send(own("/"), "").await.body, "front of , known: false");
    assert_eq!(rig.send(own("/docs"), "").await.status, 200);
    assert_eq!(rig.get("/").await.header("location"), "/docs", "of no market");
    assert!(!rig.get("/openapi.json").await.json()["paths"].to_string().contains("/report"));
}

#[tokio::test]
async fn a_cookie_counts_on_pages_only() {
    let rig = rig(EdgeConfig::default()).await;
    assert_eq!(ask(&rig, "GET", "/ten/mkt/v1/mine", &[COOKIE], "").await.status, 401);
    let queue = ask(&rig, "GET", "/ten/mkt/staff", &[COOKIE], "").await;
    assert_eq!((queue.status, queue.header("content-security-policy")), (200, "own"));
    assert_eq!(ask(&rig, "GET", "/ten/mkt/", &[COOKIE], "").await.body, "front of /ten/mkt, known: true");
    let stale = ("cookie", "iroko_token=stale");
    let front = ask(&rig, "GET", "/ten/mkt/", &[stale], "").await;
    assert_eq!(
        front.body, "front of /ten/mkt, known: false",
        "what anyone may see, an old cookie does not hide"
    );
    for headers in [&[stale][..], &[], &[("authorization", "Bearer forged"), COOKIE]] {
        let away = ask(&rig, "GET", "/ten/mkt/staff?x=1", headers, "").await;
        assert_eq!((away.status, away.header("location")), (303, "/ten/mkt/sign-in?back=/staff"));
        assert_eq!((away.header("www-authenticate"), away.header("cache-control")), ("", "no-store"));
        assert!(!away.header("ratelimit-limit").is_empty());
    }
    let stranger = ask(&rig, "GET", "/ten/mkt/staff", &[("cookie", "iroko_token=stranger")], "").await;
    assert_eq!((stranger.status, &stranger.body[..]), (403, &b"<h1>not_allowed"[..]));
    let by_header = ask(&rig, "GET", "/ten/mkt/staff", &[("authorization", PERSON)], "").await;
    assert_eq!(by_header.status, 200);
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let rig = rig(EdgeConfig::default()).await;
    for (headers, status) in [
        (&[COOKIE, ("sec-fetch-site", "cross-site")][..], 403),
        (&[COOKIE, ("sec-fetch-site", "same-site")], 403),
        (&[COOKIE, ("origin", "https://evil.example")], 403),
        (&[COOKIE, ("origin", "null")], 403),
        (&[COOKIE], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[COOKIE, ("sec-fetch-site", "same-origin")], 303),
        (&[COOKIE, ("origin", "http://localhost:8080")], 303),
        (&[("sec-fetch-site", "same-origin")], 303),
        (&[("authorization", PERSON), ("sec-fetch-site", "cross-site")], 303),
        (&[], 303),
        (&[("cookie", "iroko_token=stale"), ("sec-fetch-site", "same-origin")], 303),
    ] {
        let headers = [&[FORM], headers].concat();
        let seen = ask(&rig, "POST", "/ten/mkt/report", &headers, "title=a").await;
        let status_seen = (seen.status, seen.header("location").contains("/thanks"));
        let stale = headers.contains(&("cookie", "iroko_token=stale"));
        assert_eq!(status_seen, (status, status == 303 && !stale), "{headers:?}");
        if status == 403 {
            assert_eq!(seen.body, "<h1>cross_site");
        }
    }
}

#[tokio::test]
async fn a_form_is_taken_once() {
    let rig = rig(EdgeConfig::default()).await;
    let send = async |body: &str| ask(&rig, "POST", "/ten/mkt/report", &[FORM], body).await;
    for _ in 0..3 {
        let seen = send("title=a&key=k1").await;
        assert_eq!((seen.status, seen.header("location")), (303, "/ten/mkt/thanks?0"));
        let shown = send("title=shown&key=k2").await;
        assert_eq!((shown.status, &shown.body[..]), (201, &b"<p>[]"[..]));
        assert_eq!(shown.header("content-type"), "text/html");
    }
    assert_eq!(send("title=b&key=k1").await.body, "<h1>key_used_otherwise");
    assert_eq!(send("title=b&key=k+1").await.body, "<h1>invalid_input");
    let streamed = send("title=streamed&key=k3").await;
    assert_eq!((streamed.status, &streamed.body[..]), (503, &b"<h1>answer_broken"[..]));
    let events: Vec<(i64,)> = rig.market.list(COUNT, kernel::values![]).await.unwrap();
    assert_eq!(events, [(2,)]);
    let cookies = send("title=c").await.headers.get_all("set-cookie").iter().count();
    assert_eq!(cookies, 2);
}

kernel::statements! {
    long COUNT = "select count(*) from event";
}

#[tokio::test]
async fn bodies_are_of_the_kind_and_size_that_the_endpoint_says() {
    let rig = rig(EdgeConfig { body_bytes_max: 1_000, ..EdgeConfig::default() }).await;
    let multipart = ("content-type", "multipart/form-data; boundary=X");
    let file = |bytes: usize| {
        let head = "--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n";
        format!("{head}{}\r\n--X--\r\n", "y".repeat(bytes))
    };
    let report = "/ten/mkt/report";
    let seen = ask(&rig, "POST", report, &[multipart], &file(2 << 20)).await;
    assert_eq!((seen.status, seen.header("location")), (303, "/ten/mkt/thanks?1"));
    assert_eq!(ask(&rig, "POST", report, &[multipart], &file(4 << 20)).await.status, 413);
    let broken = ask(&rig, "POST", report, &[multipart], &file(10)[..80]).await;
    assert_eq!((broken.status, &broken.body[..]), (400, &b"<h1>invalid_input"[..]));
    let json = ("content-type", "application/json");
    let other = ask(&rig, "POST", report, &[json], "{}").await;
    assert_eq!((other.status, &other.body[..]), (415, &b"<h1>wrong_media"[..]));
    let uploads = "/ten/mkt/v1/uploads";
    assert_eq!(ask(&rig, "POST", uploads, &[], "12345").await.json()["size"], 5);
    assert_eq!(ask(&rig, "POST", uploads, &[], &"x".repeat(101)).await.code(), "body_too_large");
    let things = ask(&rig, "POST", "/ten/mkt/v1/things", &[json], &"x".repeat(1_001)).await;
    assert_eq!(things.code(), "body_too_large");
}

#[tokio::test]
async fn refusals_come_in_the_form_of_the_protocol() {
    let anonymous = Allowance::per(9, 900);
    let rig = rig(EdgeConfig { anonymous, ..EdgeConfig::default() }).await;
    let at = "/ten/mkt/open/v2/things";
    let good = rig.get(&format!("{at}/a.b.xml?x=1&status=open&x=2")).await;
    assert_eq!((good.status, good.header("content-type")), (200, "text/xml"));
    assert_eq!(good.body, "<a.b>x=1;status=open;x=2;");
    assert_eq!(rig.get(&format!("{at}/a.json")).await.json()["name"], "a");
    for (method, path, headers, status, code) in [
        ("GET", "/missing.xml?q=1", &[][..], 404, "not_found"),
        ("GET", "/a.xml?x=%zz", &[], 400, "invalid_input"),
        ("GET", "/%ff.xml", &[], 400, "invalid_input"),
        ("GET", "/panic.xml", &[], 500, "broken"),
        ("GET", "/a.xml", &[("authorization", "Bearer forged")], 401, "sign_in_required"),
        ("DELETE", "/a.xml", &[], 405, "method_not_allowed"),
        ("POST", ".xml", &[FORM], 401, "sign_in_required"),
        ("POST", ".xml", &[FORM, ("authorization", PERSON)], 403, "not_allowed"),
    ] {
        let seen = ask(&rig, method, &format!("{at}{path}"), headers, "").await;
        let (within, query) = path.split_once('?').unwrap_or((path, ""));
        let asked = format!("{method} /ten/mkt/open/v2/things{within} {query} mkt");
        let expected = format!("<error>{status} {code} {asked} {}</error>", seen.header("x-request-id"));
        assert_eq!((seen.status, seen.body), (status, expected.into()));
        assert_eq!(seen.headers["content-type"], "text/xml");
        assert_eq!(seen.headers.contains_key("allow"), status == 405);
        assert_eq!(seen.headers.contains_key("www-authenticate"), status == 401);
    }
    let head = ask(&rig, "HEAD", &format!("{at}/missing.xml"), &[], "").await;
    assert_eq!((head.status, head.body.len(), head.header("content-type")), (404, 0, "text/xml"));
    // What it does not answer, or cannot, is a problem as ever.
    for agent in ["plain", "panic"] {
        let seen = ask(&rig, "GET", &format!("{at}/missing.xml"), &[("user-agent", agent)], "").await;
        assert_eq!((seen.status, seen.header("content-type")), (429, "application/problem+json"));
    }
    let limited = rig.get(&format!("{at}/a.xml")).await;
    assert_eq!((limited.status, limited.header("content-type")), (429, "text/xml"));
    assert!(limited.headers.contains_key("retry-after") && limited.headers.contains_key("ratelimit-limit"));
    // Of an app that is off there is no form either.
    assert_eq!(rig.get("/ten/mkt/off").await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_full_house_says_so_in_the_form_of_the_protocol() {
    let gate = LimitPolicy { start: 1, min: 1, max: 1 };
    let rig = Arc::new(rig(EdgeConfig { gate, ..EdgeConfig::default() }).await);
    let slow = {
        let rig = rig.clone();
        tokio::spawn(async move { rig.get("/ten/mkt/v1/things/pause").await.status })
    };
    while rig.edge.gate.view().inflight == 0 {
        tokio::task::yield_now().await;
    }
    let shed = rig.get("/ten/mkt/open/v2/things/a.xml").await;
    assert_eq!(
        (shed.status, shed.header("content-type"), shed.header("retry-after")),
        (503, "text/xml", "1")
    );
    assert_eq!(slow.await.unwrap(), 200);
}

#[tokio::test]
async fn of_large_bodies_there_are_few_at_once() {
    let rig = rig(EdgeConfig { body_bytes_max: 1_000, ..EdgeConfig::default() }).await;
    let address = "192.0.2.1".parse().unwrap();
    let standing = admission::Standing { priority: guard::Priority::Normal, share: 5 };
    let large: Vec<_> = (0..limits::LARGE_BODIES_PER_ADDRESS_MAX)
        .map(|_| rig.edge.admit_large(standing, address).unwrap_or_else(|_| panic!("a place")))
        .collect();
    let long = format!("title={}", "x".repeat(1_000));
    for (body, status) in [("title=a", 303), (&*long, 503)] {
        assert_eq!(ask(&rig, "POST", "/ten/mkt/report", &[FORM], body).await.status, status);
    }
    drop(large);
    assert_eq!(ask(&rig, "POST", "/ten/mkt/report", &[FORM], &long).await.status, 303);
}

#[tokio::test]
async fn files_are_sent_as_they_are() {
    let rig = rig(EdgeConfig { anonymous: Allowance::per(1, 900), ..EdgeConfig::default() }).await;
    for (name, media, is_packed) in [
        ("a.jpg", "image/jpeg", false),
        ("a.zip", "application/zip", false),
        ("a.svg", "image/svg+xml", true),
        ("a.mvt", "application/vnd.mapbox-vector-tile", true),
    ] {
        let packs = ("accept-encoding", "gzip, br");
        let seen = ask(&rig, "GET", &format!("/ten/mkt/v1/files/{name}"), &[packs], "").await;
        assert_eq!((seen.status, seen.header("content-type")), (200, media));
        assert_eq!(seen.header("content-encoding"), if is_packed { "br" } else { "" });
        assert_eq!(seen.header("etag"), if is_packed { "W/\"a1\"" } else { "\"a1\"" });
        assert_eq!(seen.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(seen.header("ratelimit-policy"), "10;w=900", "light ones have more");
    }
    let path = "/ten/mkt/v1/files/a.jpg";
    let again = ask(&rig, "GET", path, &[("if-none-match", "\"a1\"")], "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let part = ask(&rig, "GET", path, &[("range", "bytes=0-1")], "").await;
    assert_eq!((part.status, part.header("content-range")), (206, "bytes 0-1/2000"));
    assert_eq!(part.header("etag"), "");
    let head = ask(&rig, "HEAD", path, &[], "").await;
    assert_eq!((head.header("content-length"), head.body.len()), ("2000", 0));
    assert_eq!(head.header("ratelimit-remaining"), "3");
    let ordinary = rig.get("/ten/mkt/v1/things/a").await;
    assert_eq!(ordinary.header("ratelimit-remaining"), "0", "counted apart");
}
