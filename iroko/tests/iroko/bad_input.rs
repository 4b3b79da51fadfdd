//! Nonsense of every kind: each fault is named, and nothing has changed afterwards.

use serde_json::{Value, json};

use crate::client::{Answer, Client, raw};
use crate::people::{PASSWORD, report};
use crate::world::World;

const REQUESTS: &str = "/alpha/one/v1/requests";
const SIGN_IN: &str = "/alpha/one/v1/sign-in";
const SIGN_UP: &str = "/alpha/one/v1/sign-up";

/// Field and code of every fault, in any order.
type Faults = &'static [(&'static str, &'static str)];

#[track_caller]
fn check(what: &str, answer: &Answer, status: u16, code: &str, faults: Faults) {
    let problem = answer.problem();
    assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{what}: {problem}");
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or("?").to_owned();
    let named = problem["errors"].as_array().cloned().unwrap_or_default();
    let mut named: Vec<_> = named.iter().map(|fault| (text(fault, "field"), text(fault, "code"))).collect();
    named.sort();
    let mut expected: Vec<_> =
        faults.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
    expected.sort();
    assert_eq!(named, expected, "{what}: {problem}");
}

fn town(world: &World) -> Client {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.client()
}

/// Past the memory of the edge: its answers are kept by the whole query.
fn ids(client: &Client, limit: u32) -> Vec<String> {
    let page = client.get(&format!("{REQUESTS}?limit={limit}&fields=id")).expect(200);
    assert!(page["next"].is_null());
    page["items"].as_array().expect("a list").iter().map(Value::to_string).collect()
}

const PLACE: &str = r#""place":{"lat":42.0,"long":-71.0}"#;

type Row = (&'static str, String, Faults);

fn with(rest: &str) -> String {
    format!(r#"{{"category":"pothole","description":"A hole",{rest}}}"#)
}

/// Bodies of the wrong shape.
fn shapes() -> Vec<Row> {
    vec![
        ("nothing", String::new(), &[("", "missing")]),
        ("half", "{".into(), &[("", "not_json")]),
        ("not JSON", "category=pothole".into(), &[("", "not_json")]),
        ("two values", format!("{} {{}}", with(PLACE)), &[("", "not_json")]),
        ("a comment", "/* hello */ {}".into(), &[("", "not_json")]),
        ("a list", "[]".into(), &[("", "wrong_type")]),
        ("null", "null".into(), &[("", "wrong_type")]),
        ("text", "\"x\"".into(), &[("", "wrong_type")]),
        ("nothing given", "{}".into(), &[("/category", "missing"), ("/description", "missing")]),
        ("nowhere", r#"{"category":"pothole","description":"A hole"}"#.into(), &[("/place", "missing")]),
        (
            "an address that nobody knows",
            with(r#""address":"1 Nowhere Street""#),
            &[("/address", "unknown_address")],
        ),
        (
            "all wrong",
            r#"{"category":1,"description":[],"place":"here","a/b":0,"id":"x"}"#.into(),
            &[
                ("/category", "wrong_type"),
                ("/description", "wrong_type"),
                ("/place", "wrong_type"),
                ("/a~1b", "unknown_field"),
                ("/id", "unknown_field"),
            ],
        ),
        ("a name twice", with(&format!("{PLACE},\"category\":\"pothole\"")), &[("/category", "repeated")]),
        (
            "a name twice, within, among other faults",
            with(r#""place":{"lat":1,"l\u0061t":1,"long":181}"#),
            &[("/place/lat", "repeated"), ("/place/long", "out_of_range")],
        ),
        ("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), &[("", "too_deep")]),
        (
            "deep within",
            with(&format!("\"place\":{}1{}", "{\"a\":".repeat(500), "}".repeat(500))),
            &[("", "too_deep")],
        ),
    ]
}

/// Values that cannot be.
fn values() -> Vec<Row> {
    let at = |lat: &str, long: &str| with(&format!(r#""place":{{"lat":{lat},"long":{long}}}"#));
    let saying = |text: &str| format!(r#"{{"category":"pothole","description":{text},{PLACE}}}"#);
    vec![
        ("1e400", at("1e400", "0"), &[("", "absurd_number")]),
        ("9e18", at("9e18", "-9e18"), &[("/place/lat", "out_of_range"), ("/place/long", "out_of_range")]),
        ("not a number", at("NaN", "0"), &[("", "not_json")]),
        (
            "too far north",
            at("90.1", "180.1"),
            &[("/place/lat", "out_of_range"), ("/place/long", "out_of_range")],
        ),
        ("a hair too far", at("-90.0000001", "0"), &[("/place/lat", "out_of_range")]),
        (
            "texts for numbers",
            at("\"42\"", "null"),
            &[("/place/lat", "wrong_type"), ("/place/long", "wrong_type")],
        ),
        (
            "half a place",
            with(r#""place":{"lat":1,"alt":2}"#),
            &[("/place/long", "missing"), ("/place/alt", "unknown_field")],
        ),
        ("U+0000", saying(r#""a\u0000b""#), &[("/description", "bad_character")]),
        ("half a letter", saying(r#""a\ud800b""#), &[("", "not_json")]),
        ("empty text", saying("\"\""), &[("/description", "too_short")]),
        ("blank text", saying(r#"" \t\n ""#), &[("/description", "blank")]),
        ("long text", saying(&format!("\"{}\"", "é".repeat(4_001))), &[("/description", "too_long")]),
        ("no such category", with(PLACE).replace("pothole", "dragon"), &[("/category", "unknown_category")]),
        (
            "two at once",
            saying("\"  \"").replace("pothole", "dragon"),
            &[("/category", "unknown_category"), ("/description", "blank")],
        ),
    ]
}

#[test]
fn every_fault_is_named_and_nothing_changes() {
    World::each(|world| {
        let client = town(world);
        client.post(REQUESTS, &report("The only one", 42.0, -71.0)).expect(201);
        let before = ids(&client, 99);
        assert_eq!(before.len(), 1);

        for (what, body, faults) in [shapes(), values()].concat() {
            let answer = client.send("POST", REQUESTS, &[], Some(body.as_bytes()));
            check(what, &answer, 400, "invalid_input", faults);
        }
        let answer = client.send("POST", REQUESTS, &[], Some(b"{\"category\":\"\xff\xfe\"}"));
        check("not UTF-8", &answer, 400, "invalid_input", &[("", "not_utf8")]);
        kinds_and_sizes(world, &client);
        assert_eq!(ids(&client, 98), before, "nothing was added");

        // At the very edge of what is allowed.
        for (lat, long) in [("-0.0", "-0"), ("90", "180"), ("-90", "-180"), ("1e1", "0.00000004")] {
            let text = report("Edge", 0.0, 0.0).to_string();
            let body = text.replace(r#""lat":0.0"#, &format!("\"lat\":{lat}"));
            let body = body.replace(r#""long":0.0"#, &format!("\"long\":{long}"));
            assert_ne!(body, text);
            client.send("POST", REQUESTS, &[], Some(body.as_bytes())).expect(201);
        }
        assert_eq!(ids(&client, 97).len(), 5);
    });
}

fn kinds_and_sizes(world: &World, client: &Client) {
    let good = report("A hole", 42.0, -71.0).to_string();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", "multipart/form-data"]
    {
        let answer = client.send("POST", REQUESTS, &[("content-type", kind)], Some(good.as_bytes()));
        check(kind, &answer, 415, "not_json", &[]);
    }
    let port = world.server.port();
    let head = format!("POST {REQUESTS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
    let (status, answer) = raw(port, format!("{head}Content-Length: 1048577\r\n\r\n").as_bytes());
    assert_eq!(status, 413, "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");

    // Without saying so before: in pieces.
    let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", piece.repeat(17));
    let (status, answer) = raw(port, chunked.as_bytes());
    assert_eq!(status, 413, "{answer}");

    // Two lengths, or a length and pieces, are how one request is smuggled inside another.
    let two = format!("{head}Content-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{{}} ");
    assert_eq!(raw(port, two.as_bytes()).0, 400);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(70_000));
    assert!(matches!(raw(port, long.as_bytes()).0, 400 | 414 | 431));
}

#[test]
fn signing_in_and_up_refuse_nonsense() {
    World::each(|world| {
        let client = town(world);
        let rows: Vec<(&str, &str, Value, Faults)> = vec![
            ("nothing", SIGN_IN, json!({}), &[("", "no_match")]),
            ("half", SIGN_IN, json!({ "contact": "owner@x.example" }), &[("", "no_match")]),
            (
                "both ways",
                SIGN_IN,
                json!({ "contact": "owner@x.example", "password": PASSWORD, "digits": "123456" }),
                &[("", "no_match")],
            ),
            (
                "no contact",
                SIGN_IN,
                json!({ "contact": "nobody", "password": PASSWORD }),
                &[("/contact", "wrong_form")],
            ),
            (
                "types",
                SIGN_IN,
                json!({ "contact": 5, "password": true, "extra": 1 }),
                &[("/contact", "wrong_type"), ("/password", "wrong_type"), ("/extra", "unknown_field")],
            ),
            (
                "a long password",
                SIGN_IN,
                json!({ "contact": "owner@x.example", "password": "x".repeat(129) }),
                &[("/password", "too_long")],
            ),
            ("nothing", SIGN_UP, json!({}), &[("/contact", "missing"), ("/name", "missing")]),
            (
                "all wrong",
                SIGN_UP,
                json!({ "contact": "abc", "name": "  ", "language": "xx" }),
                &[("/contact", "wrong_form"), ("/name", "wrong_form"), ("/language", "unknown_choice")],
            ),
            (
                "a short password",
                SIGN_UP,
                json!({ "contact": "a@x.example", "name": "A", "password": "short" }),
                &[("/password", "too_short")],
            ),
        ];
        for (what, path, body, faults) in rows {
            check(what, &client.post(path, &body), 400, "invalid_input", faults);
        }
        let wrong = |contact: &str| {
            client.post(SIGN_IN, &json!({ "contact": contact, "password": "not the password" }))
        };
        // Whether there is such an account cannot be told.
        let (one, other) = (wrong("owner@x.example"), wrong("nobody@x.example"));
        one.refused(401, "wrong_sign_in");
        assert_eq!(one.anonymous(), other.anonymous());
        // Nobody brings codes here, and that is said.
        let up = client.post(SIGN_UP, &json!({ "contact": "new@x.example", "name": "New" }));
        up.refused(503, "no_channel");
    });
}

#[test]
fn parameters_are_checked() {
    World::each(|world| {
        let client = town(world);
        for (query, faults) in queries() {
            check(query, &client.get(&format!("{REQUESTS}?{query}")), 400, "invalid_input", faults);
        }
        for id in [
            "x",
            "req_",
            "per_0000000000123",
            "req_000000000012!",
            "req_z000000000123",
            "%00",
            "req_0000000000123x",
        ] {
            let answer = client.get(&format!("{REQUESTS}/{id}"));
            let problem = answer.problem();
            assert_eq!(
                (answer.status, &problem["errors"][0]["field"]),
                (400, &json!("{id}")),
                "{id}: {problem}"
            );
        }
        check(
            "a path that is no text",
            &client.get(&format!("{REQUESTS}/%ff")),
            400,
            "invalid_input",
            &[("{id}", "not_utf8")],
        );
        let key = |key: &str| client.post_once(REQUESTS, key, &report("A hole", 1.0, 1.0));
        check("a long key", &key(&"k".repeat(256)), 400, "invalid_input", &[("Idempotency-Key", "bad_key")]);
        check("an empty key", &key(""), 400, "invalid_input", &[("Idempotency-Key", "bad_key")]);
        assert_eq!(ids(&client, 99).len(), 0);
    });
}

fn queries() -> Vec<(&'static str, Faults)> {
    vec![
        ("limit=0", &[("?limit", "out_of_range")]),
        ("limit=101", &[("?limit", "out_of_range")]),
        ("limit=abc", &[("?limit", "wrong_type")]),
        ("limit=", &[("?limit", "wrong_type")]),
        ("limit=1e400", &[("?limit", "wrong_type")]),
        ("limit=99999999999999999999", &[("?limit", "not_whole")]),
        ("limit=1&limit=2", &[("?limit", "repeated")]),
        ("colour=red&limit=0", &[("?colour", "unknown_parameter"), ("?limit", "out_of_range")]),
        ("cursor=nonsense", &[("?cursor", "unknown_cursor")]),
        ("cursor=AAAA", &[("?cursor", "unknown_cursor")]),
        ("status=broken", &[("?status/0", "unknown_choice")]),
        ("bbox=1,2,3", &[("?bbox", "malformed")]),
        (
            "bbox=a,b,c,d",
            &[
                ("?bbox", "out_of_range"),
                ("?bbox", "out_of_range"),
                ("?bbox", "out_of_range"),
                ("?bbox", "out_of_range"),
            ],
        ),
        ("bbox=-71,43,-70,42", &[("?bbox", "upside_down")]),
        ("bbox=-181,0,0,91", &[("?bbox", "out_of_range"), ("?bbox", "out_of_range")]),
        ("bbox=NaN,0,inf,0", &[("?bbox", "out_of_range"), ("?bbox", "out_of_range")]),
        ("fields=id,colour,size", &[("?fields", "unknown_field"), ("?fields", "unknown_field")]),
        ("fields=", &[("?fields", "unknown_field")]),
        ("fields=id&fields=status", &[("?fields", "repeated")]),
        ("limit=%ff", &[("?limit", "not_utf8")]),
        ("limit=%zz", &[("?limit", "not_utf8")]),
        ("%ff=1", &[("?", "not_utf8")]),
    ]
}

#[test]
fn methods_and_addresses() {
    World::each(|world| {
        let client = town(world);
        let answer = client.delete(REQUESTS);
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS, POST");
        assert_eq!(client.send("OPTIONS", REQUESTS, &[], None).status, 204);
        for path in [
            "/alpha",
            "/alpha/one/v1",
            "/alpha/one/v2/requests",
            "//alpha/one/v1/me",
            "/alpha/one/../one/v1/market",
            "/ALPHA/one/v1/market",
        ] {
            assert_eq!(client.get(path).status, 404, "{path}");
        }
        // The front page lies behind the slash.
        let front = client.get("/alpha/one?lang=es");
        assert_eq!((front.status, front.header("location")), (308, "/alpha/one/?lang=es"));
        assert_eq!(client.get("/alpha/one/").status, 200);
        let head = client.send("HEAD", "/alpha/one/v1/market", &[], None);
        let get = client.get("/alpha/one/v1/market");
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("etag"), get.header("etag"));
        client.send("POST", "/readyz", &[], Some(b"")).refused(405, "method_not_allowed");
    });
}
