use std::io::Read;
use std::sync::atomic::Ordering::Relaxed;

use super::super::*;
use super::rig::{COMPUTED, LOOKED_FOR, PERSON, STRANGER, Seen, request, rig};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_table_of_statuses() {
    let rig = rig(EdgeConfig::default()).await;
    let huge = format!(r#"{{"name":"{}"}}"#, "x".repeat(2 << 20));
    let rows: &[(&str, &str, &str, &str, u16, &str)] = &[
        ("GET", "/ten/mkt/v1/things/a", "", "", 200, ""),
        ("GET", "/ten/mkt/v1/things/missing", "", "", 404, "not_found"),
        ("GET", "/ten/mkt/v1/nothing", "", "", 404, "not_found"),
        ("GET", "/no/where/v1/things/a", "", "", 404, "not_found"),
        ("GET", "/ten/mkt/v1/off", "", "", 404, "not_found"),
        ("GET", "/", "", "", 303, ""),
        ("DELETE", "/ten/mkt/v1/things", "", "", 405, "method_not_allowed"),
        ("GET", "/ten/mkt/v1/things/%ff", "", "", 400, "invalid_input"),
        ("GET", "/ten/mkt/v1/things?limit=0&who=me", "", "", 400, "invalid_input"),
        ("GET", "/ten/mkt/v1/things/a?fields=nope", "", "", 400, "invalid_input"),
        ("GET", "/ten/mkt/v1/things/panic", "", "", 500, "broken"),
        ("GET", "/ten/mkt/v1/mine", "", "", 401, "sign_in_required"),
        ("GET", "/ten/mkt/v1/mine", "Bearer forged", "", 401, "sign_in_required"),
        ("GET", "/ten/mkt/v1/things/a", "Bearer forged", "", 401, "sign_in_required"),
        ("GET", "/ten/mkt/v1/mine", STRANGER, "", 200, ""),
        ("GET", "/ten/mkt/v1/mine", "Bearer key", "", 403, "not_allowed"),
        ("GET", "/ten/mkt/v1/settings", STRANGER, "", 403, "not_allowed"),
        ("GET", "/ten/mkt/v1/settings", "Bearer key", "", 403, "scope_missing"),
        ("GET", "/ten/mkt/v1/settings", PERSON, "", 200, ""),
        ("GET", "/ten/mkt/v1/providers/prv_000000000002d/hours", PERSON, "", 200, ""),
        ("GET", "/ten/mkt/v1/providers/prv_000000000002d/hours", STRANGER, "", 404, "not_found"),
        ("GET", "/ten/mkt/v1/providers/nonsense/hours", PERSON, "", 404, "not_found"),
        ("POST", "/ten/mkt/v1/things", "", r#"{"name":"a"}"#, 201, ""),
        ("POST", "/ten/mkt/v1/things", "", r#"{"name":3,"size":"x"}"#, 400, "invalid_input"),
        ("POST", "/ten/mkt/v1/things", "", &huge, 413, "body_too_large"),
        ("POST", "/livez", "", "", 405, "method_not_allowed"),
        ("GET", "/livez", "", "", 200, ""),
    ];
    for (method, path, authorization, body, status, code) in rows {
        let mut request = request(method, path).header(JSON.0, JSON.1);
        if !authorization.is_empty() {
            request = request.header("authorization", *authorization);
        }
        let seen = rig.send(request, body.to_string()).await;
        assert_eq!(seen.status, *status, "{method} {path} {authorization}");
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        assert_eq!(seen.header("x-request-id").len(), 32);
        if !code.is_empty() {
            assert_eq!(seen.code(), *code, "{method} {path}");
            assert_eq!(seen.header("content-type"), "application/problem+json");
            assert_eq!(seen.json()["request"], seen.header("x-request-id"));
        }
    }
    let seen = rig.send(request("POST", "/ten/mkt/v1/things"), "{}").await;
    assert_eq!((seen.status, &*seen.code()), (415, "not_json"));
    let seen = rig.send(request("GET", "/v1/things/a").header("host", "x"), "").await;
    assert_eq!(seen.status, 404);
}

#[tokio::test]
async fn a_host_of_its_own_needs_no_prefix() {
    let rig = rig(EdgeConfig::default()).await;
    let on_host = http::Request::builder().uri("http://bound.example:8080/v1/things/a");
    assert_eq!(rig.send(on_host, "").await.status, 200);
}

#[tokio::test]
async fn answers_are_tagged_packed_and_cut_to_fields() {
    let rig = rig(EdgeConfig::default()).await;
    let first = rig.get("/ten/mkt/v1/things/a").await;
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(first.header("access-control-allow-origin"), "*");
    for tag in [first.header("etag"), "*", "\"x\", W/\"y\", *"] {
        let again = request("GET", "/ten/mkt/v1/things/a").header("if-none-match", tag);
        let again = rig.send(again, "").await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, first.header("etag")));
    }
    let other = request("GET", "/ten/mkt/v1/things/b").header("if-none-match", first.header("etag"));
    assert_eq!(rig.send(other, "").await.status, 200);

    let head = rig.send(request("HEAD", "/ten/mkt/v1/things/a"), "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), first.body.len().to_string());

    assert_eq!(rig.get("/ten/mkt/v1/things/a?fields=size").await.body, r#"{"size":3}"#);
    let list = rig.get("/ten/mkt/v1/things?limit=1&fields=name").await.json();
    assert_eq!(list, serde_json::json!({"items": [{"name": "thing 0"}], "next": null}));

    let plain = rig.get("/ten/mkt/v1/things/long").await;
    let packed = |accepts: &'static str| {
        rig.send(request("GET", "/ten/mkt/v1/things/long").header("accept-encoding", accepts), "")
    };
    let gzip = packed("gzip, br;q=0").await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&*gzip.body).read_to_end(&mut text).unwrap();
    assert_eq!(text, plain.body);
    let brotli = packed("gzip, deflate, br").await;
    assert_eq!(brotli.header("content-encoding"), "br");
    let mut text = Vec::new();
    brotli::BrotliDecompress(&mut &*brotli.body, &mut text).unwrap();
    assert_eq!(text, plain.body);
    assert_eq!(packed("deflate").await.header("content-encoding"), "");
    let small = request("GET", "/ten/mkt/v1/things/a").header("accept-encoding", "gzip");
    assert_eq!(rig.send(small, "").await.header("content-encoding"), "");
}

#[tokio::test]
async fn options_and_other_origins() {
    let rig = rig(EdgeConfig::default()).await;
    let open = rig.send(request("OPTIONS", "/ten/mkt/v1/things"), "").await;
    assert_eq!((open.status, open.header("allow")), (204, "GET, HEAD, OPTIONS, POST"));
    assert_eq!(open.header("access-control-allow-methods"), "GET, HEAD");
    let closed = rig.send(request("OPTIONS", "/ten/mkt/v1/mine"), "").await;
    assert_eq!((closed.status, closed.header("access-control-allow-origin")), (204, ""));
    let made = request("POST", "/ten/mkt/v1/things").header(JSON.0, JSON.1);
    let made = rig.send(made, r#"{"name":"a"}"#).await;
    assert_eq!(
        (made.header("location"), made.header("access-control-allow-origin")),
        ("/ten/mkt/v1/things/a", "")
    );
    assert_eq!(made.header("cache-control"), "no-store");
}

#[tokio::test]
async fn rates_are_counted_and_told() {
    let tiers = [1, 2, 3].map(|count| Allowance::per(count, 900));
    let anonymous = Allowance::per(3, 900);
    let rig = rig(EdgeConfig { tiers, anonymous, ..EdgeConfig::default() }).await;
    let path = "/ten/mkt/v1/things/a";
    for left in ["2", "1", "0"] {
        // Guessing tokens is counted too.
        let authorization = if left == "1" { "Bearer forged" } else { STRANGER };
        let who = if left == "1" {
            request("GET", path).header("authorization", authorization)
        } else {
            request("GET", path)
        };
        let seen = rig.send(who, "").await;
        assert_eq!((seen.header("ratelimit-limit"), seen.header("ratelimit-remaining")), ("3", left));
        assert_eq!(seen.header("ratelimit-policy"), "3;w=900");
    }
    let refused = rig.get(path).await;
    assert_eq!((refused.status, &*refused.code()), (429, "too_many_requests"));
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    let other = rig.send(request("GET", path).header("authorization", STRANGER), "").await;
    assert_eq!(other.header("ratelimit-remaining"), "2", "a person is not their address");
    assert_eq!(rig.get("/livez").await.status, 200);
    assert_eq!(rig.get("/ten/mkt/v1/nothing").await.status, 404, "what is not there is not limited");
}

#[tokio::test]
async fn guesses_soon_cost_no_look_into_the_database() {
    let rig = rig(EdgeConfig::default()).await;
    let ask = async |peer: &str, authorization: &str| {
        let request = request("GET", "/ten/mkt/v1/mine").header("authorization", authorization);
        rig.send_from(peer, request, "").await
    };
    for _ in 0..100 {
        rig.send_from("192.0.2.7", request("GET", "/ten/mkt/v1/things/a"), "").await;
    }
    assert_eq!(ask("192.0.2.7", PERSON).await.status, 200, "others at this address have spent theirs");
    for _ in 0..400 {
        let seen = ask("192.0.2.7", "Bearer invented").await;
        assert!(matches!((seen.status, &*seen.code()), (401, _) | (429, "too_many_requests")));
    }
    // A few more may come back while this runs.
    let looked_for = LOOKED_FOR.load(Relaxed);
    assert!((300..390).contains(&looked_for), "{looked_for}");
    let refused = ask("192.0.2.7", "Bearer invented").await;
    assert_eq!((refused.status, &*refused.code()), (429, "too_many_requests"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(ask("192.0.2.8", "Bearer invented").await.status, 401, "another address");
    assert_eq!(ask("192.0.2.8", PERSON).await.status, 200);
}

#[tokio::test]
async fn what_matters_less_is_shed_first() {
    let gate = LimitPolicy { start: 2, min: 2, max: 2 };
    let rig = Arc::new(rig(EdgeConfig { gate, ..EdgeConfig::default() }).await);
    let slow: Vec<_> = (0..2)
        .map(|_| {
            let rig = rig.clone();
            tokio::spawn(async move { rig.get("/ten/mkt/v1/things/pause").await.status })
        })
        .collect();
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let shed = rig.get("/ten/mkt/v1/nothing").await;
    assert_eq!((shed.status, &*shed.code(), shed.header("retry-after")), (503, "overloaded", "1"));
    for one in slow {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!(rig.get("/ten/mkt/v1/nothing").await.status, 404);
    assert!(rig.edge.metrics.text().contains("guard_shed_total{priority=\"background\"} 1"));
}

#[tokio::test]
async fn the_same_key_is_done_once() {
    let rig = Arc::new(rig(EdgeConfig::default()).await);
    let send = |path: &'static str, key: &'static str, body: &'static str| {
        let rig = rig.clone();
        async move {
            let request = request("POST", path).header(JSON.0, JSON.1).header("idempotency-key", key);
            rig.send(request, body).await
        }
    };
    let things = "/ten/mkt/v1/things";
    let mut at_once = tokio::task::JoinSet::new();
    for _ in 0..8 {
        at_once.spawn(send(things, "k1", r#"{"name":"a"}"#));
    }
    let answers = at_once.join_all().await;
    for seen in &answers {
        assert_eq!((seen.status, seen.header("location")), (201, "/ten/mkt/v1/things/a"));
        assert_eq!(seen.body, answers[0].body);
    }
    let events: Vec<(i64,)> = rig.market.list(COUNT, kernel::values![]).await.unwrap();
    assert_eq!(events, [(1,)]);
    let other = send(things, "k1", r#"{"name":"b"}"#).await;
    assert_eq!((other.status, &*other.code()), (409, "key_used_otherwise"));
    assert_eq!(send(things, "k2", r#"{"name":"b"}"#).await.status, 201);

    let sessions = "/ten/mkt/v1/sessions";
    assert_eq!(send(sessions, "s1", r#"{"name":"password"}"#).await.status, 200);
    let again = send(sessions, "s1", r#"{"name":"password"}"#).await;
    assert_eq!((again.status, &*again.code()), (409, "already_done"));

    let twice = request("POST", things).header(JSON.0, JSON.1).header("idempotency-key", "a");
    let twice = rig.send(twice.header("idempotency-key", "b"), r#"{"name":"b"}"#).await;
    assert_eq!((twice.status, twice.json()["errors"][0]["field"].as_str()), (400, Some("Idempotency-Key")));
}

kernel::statements! {
    long COUNT = "select count(*) from event";
}

#[tokio::test]
async fn shared_answers_are_computed_once() {
    let rig = Arc::new(rig(EdgeConfig::default()).await);
    let before = COMPUTED.load(Relaxed);
    let path = "/ten/mkt/v1/things?limit=7";
    let first = rig.get(path).await;
    assert_eq!(first.header("cache-control"), "public, max-age=60, stale-while-revalidate=30");
    assert_eq!(first.header("vary"), "accept-encoding");
    let again = rig.send(request("GET", path).header("if-none-match", first.header("etag")), "").await;
    assert_eq!(again.status, 304);
    assert_eq!(rig.get(path).await.body, first.body);
    assert!(COMPUTED.load(Relaxed) - before <= 2, "other tests count here too, but seldom");
    assert_eq!(rig.edge.cache.counts().hits, 2);
    // A change makes it stale, but not within its first second.
    rig.edge.changed(5);
    assert_eq!(rig.get(path).await.body, first.body);
    // A fault is told, and not kept.
    assert_eq!(rig.get("/ten/mkt/v1/things?limit=x").await.status, 400);
    assert_eq!(rig.edge.cache.counts().misses, 2);
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up() {
    let handler_time = Duration::from_millis(50);
    let rig = rig(EdgeConfig { handler_time, ..EdgeConfig::default() }).await;
    let seen = rig.get("/ten/mkt/v1/things/slow").await;
    assert_eq!((seen.status, &*seen.code()), (503, "too_slow"));
    assert_eq!(rig.edge.gate.view().inflight, 0);
}

#[tokio::test]
async fn a_body_comes_as_it_is() {
    let rig = rig(EdgeConfig::default()).await;
    for (encoding, status, code) in [("identity", 201, ""), ("gzip", 415, "encoded_body")] {
        let request = request("POST", "/ten/mkt/v1/things").header("content-type", "application/json");
        let seen =
            rig.send(request.header("content-encoding", encoding), r#"{"name":"a","size":null}"#).await;
        assert_eq!(seen.status, status, "{encoding}");
        assert!(code.is_empty() || seen.code() == code, "{encoding}");
    }
}

#[tokio::test]
async fn a_change_goes_on_when_its_caller_is_told_to_wait_no_longer() {
    let handler_time = Duration::from_millis(50);
    let rig = rig(EdgeConfig { handler_time, ..EdgeConfig::default() }).await;
    let request = request("POST", "/ten/mkt/v1/things").header("content-type", "application/json");
    let seen = rig.send(request, r#"{"name":"late","size":null}"#).await;
    assert_eq!((seen.status, &*seen.code()), (503, "too_slow"));
    assert_eq!(rig.site.market.settle().await.unwrap(), 0, "not yet");
    while rig.site.market.settle().await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(rig.site.market.settle().await.unwrap(), 1);
}

#[tokio::test]
async fn the_addresses_that_belong_to_no_market() {
    let metrics_from = vec!["192.0.2.0/24".parse().unwrap()];
    let rig = rig(EdgeConfig { metrics_from, ..EdgeConfig::default() }).await;
    let _ = rig.get("/ten/mkt/v1/things/a").await;
    let metrics = rig.get("/metrics").await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("route=\"/v1/things/{name}\""));
    assert_eq!(rig.get("/openapi.json").await.json()["openapi"], "3.1.0");
    assert!(rig.get("/docs").await.header("content-type").starts_with("text/html"));
    let packed = rig.send(request("GET", "/openapi.json").header("accept-encoding", "gzip, br"), "").await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("br", "accept-encoding"));
    assert!(packed.body.len() < rig.get("/openapi.json").await.body.len() / 3);
    let etag = packed.header("etag").to_owned();
    let again = rig.send(request("GET", "/openapi.json").header("if-none-match", &etag), "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let door = rig.get("/").await;
    assert_eq!((door.status, door.header("location")), (303, "/docs"));
    assert_eq!(rig.get("/readyz").await.status, 200);
    rig.edge.draining.store(true, Relaxed);
    assert_eq!(rig.get("/readyz").await.status, 503);
    assert_eq!(rig.get("/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_are_there_only_for_those_who_may_read_them() {
    let networks = |list: &[&str]| list.iter().map(|net| net.parse().unwrap()).collect();
    let rig = rig(EdgeConfig {
        trusted_proxies: networks(&["10.0.0.0/8"]),
        metrics_from: networks(&["127.0.0.0/8", "::1/128", "10.9.0.0/16"]),
        ..EdgeConfig::default()
    })
    .await;
    let ask = async |peer: &str, forwarded: &str, method: &str, path: &str| {
        let request = request(method, path).header("x-forwarded-for", forwarded);
        rig.send_from(peer, request, "").await
    };
    let problem = |seen: &Seen| {
        let mut problem = seen.json();
        problem.as_object_mut().unwrap().remove("request");
        (seen.status, seen.headers.keys().cloned().collect::<Vec<_>>(), problem)
    };
    for (peer, forwarded, expected) in [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("::ffff:127.0.0.9", "", 200),
        ("10.9.0.1", "", 200),
        ("10.0.0.1", "127.0.0.1", 200),
        ("192.0.2.1", "", 404),
        ("192.0.2.1", "127.0.0.1", 404),
        ("10.0.0.1", "", 404),
        ("10.0.0.1", "192.0.2.1", 404),
        ("10.0.0.1", "127.0.0.1, 192.0.2.1", 404),
        ("10.9.0.1", "192.0.2.1", 404),
    ] {
        let seen = ask(peer, forwarded, "GET", "/metrics").await;
        assert_eq!(seen.status, expected, "{peer} for {forwarded:?}");
        for method in ["GET", "POST", "OPTIONS"].iter().filter(|_| expected == 404) {
            let (hidden, unknown) =
                (ask(peer, forwarded, method, "/metrics").await, ask(peer, forwarded, method, "/x").await);
            assert_eq!(problem(&hidden), problem(&unknown), "{method}");
        }
        for open in ["/livez", "/readyz"] {
            assert_eq!(ask(peer, forwarded, "GET", open).await.status, 200, "{open} for {peer}");
        }
    }
}
