//! GeoReport v2 as its clients meet it: every call in both forms, every error, and a city that sends
//! its requests on to another one and follows them there.

use serde_json::{Value, json};
use testkit::until;

use crate::client::{Answer, Client};
use crate::people::client_of;
use crate::world::{SOON, World};

pub const BASE: &str = "/alpha/one/open311/v2";

/// A city, its owner, and a key that may report.
pub fn city(world: &World) -> (Client, String) {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(world, "/alpha/one", "owner@x.example");
    let key = key(&owner, "/alpha/one");
    (owner, key)
}

fn key(owner: &Client, base: &str) -> String {
    let wish = json!({ "name": "app", "scopes": ["civic.report"], "days": 1 });
    let made = owner.post(&format!("{base}/v1/keys"), &wish).expect(201);
    made["secret"].as_str().expect("a key is shown once").to_owned()
}

/// Names and values, as a client sends them.
pub type Form<'a> = &'a [(&'a str, &'a str)];

pub fn form(client: &Client, path: &str, fields: Form) -> Answer {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    client.send("POST", path, &headers, Some(body.as_bytes()))
}

#[test]
fn a_client_finds_reports_and_follows() {
    World::each(|world| {
        let (_, key) = city(world);
        let nobody = world.client();

        let discovery = nobody.get("/alpha/one/open311/discovery.json").expect(200);
        assert_eq!(discovery["endpoints"][0]["specification"], "http://wiki.open311.org/GeoReport_v2");
        assert!(discovery["endpoints"][0]["url"].as_str().is_some_and(|url| url.ends_with(BASE)));
        let discovery = nobody.get("/alpha/one/open311/discovery.xml");
        assert_eq!(discovery.header("content-type"), "text/xml; charset=utf-8");
        assert!(discovery.text().starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<discovery>"));

        let services = nobody.get(&format!("{BASE}/services.json")).expect(200);
        let codes: Vec<&str> =
            services.as_array().into_iter().flatten().filter_map(|it| it["service_code"].as_str()).collect();
        assert!(codes.contains(&"pothole"), "{services}");
        assert!(nobody.get(&format!("{BASE}/services.xml")).text().contains("<service><service_code>"));
        let definition = nobody.get(&format!("{BASE}/services/pothole.json")).expect(200);
        assert_eq!(definition["service_code"], "pothole");

        let fields = [
            ("api_key", key.as_str()),
            ("service_code", "pothole"),
            ("lat", "42.36"),
            ("long", "-71.05"),
            ("description", "A hole & <more>"),
            ("email", "ada@x.example"),
            ("first_name", "Ada"),
        ];
        let made = form(&nobody, &format!("{BASE}/requests.json"), &fields).expect(200);
        let id = made[0]["service_request_id"].as_str().expect("an id").to_owned();
        // The same form, sent again by a shaky connection.
        let again = form(&nobody, &format!("{BASE}/requests.json"), &fields).expect(200);
        assert_eq!(again, made);

        let one = nobody.get(&format!("{BASE}/requests/{id}.json")).expect(200);
        assert_eq!(one.as_array().map(Vec::len), Some(1));
        let one = &one[0];
        let shown = ["service_request_id", "status", "service_code", "lat", "long", "description"]
            .map(|name| one[name].clone());
        assert_eq!(
            shown,
            [
                json!(id),
                json!("open"),
                json!("pothole"),
                json!(42.36),
                json!(-71.05),
                json!("A hole & <more>")
            ]
        );
        assert!(!one.to_string().contains("ada"), "nobody's name is in it");
        let xml = nobody.get(&format!("{BASE}/requests/{id}.xml")).text();
        assert!(
            xml.contains("<service_requests><request>") && xml.contains("A hole &amp; &lt;more&gt;"),
            "{xml}"
        );
        let token = nobody.get(&format!("{BASE}/tokens/{id}.json")).expect(200);
        assert_eq!(token[0], json!({ "service_request_id": id, "token": id }));

        lists(&nobody, &id);
        let note = [("api_key", key.as_str()), ("service_request_id", &id), ("description", "Deeper now")];
        form(&nobody, &format!("{BASE}/servicerequestupdates.json"), &note).expect(200);
    });
}

fn lists(nobody: &Client, id: &str) {
    let found = |query: &str| -> usize {
        let list = nobody.get(&format!("{BASE}/requests.json?{query}")).expect(200);
        let rows = list.as_array().expect("a bare list");
        assert!(rows.iter().all(|row| row["service_request_id"] == id));
        rows.len()
    };
    for (query, count) in [
        ("", 1),
        ("unknown_parameter=1", 1),
        ("status=open", 1),
        ("status=closed", 0),
        ("status=open,closed&service_code=pothole,graffiti", 1),
        ("service_code=graffiti", 0),
        ("bbox=-72,42,-71,43", 1),
        ("bbox=0,0,1,1", 0),
        ("page=2&page_size=1", 0),
        ("start_date=2020-01-01T00:00:00Z&end_date=2020-02-01T00:00:00Z", 0),
        ("updated_after=2999-01-01T00:00:00Z", 0),
        ("extensions=true", 1),
    ] {
        assert_eq!(found(query), count, "{query}");
    }
    assert_eq!(found(&format!("service_request_id={id},nonsense&status=closed")), 1, "ids override the rest");
    let xml = nobody.get(&format!("{BASE}/requests.xml?status=closed"));
    assert!(xml.text().ends_with("<service_requests/>"), "{}", xml.text());
}

#[test]
fn every_error_has_its_status_and_form() {
    World::each(|world| {
        let (owner, key) = city(world);
        let nobody = world.client();
        let plain = owner
            .post("/alpha/one/v1/keys", &json!({ "name": "other", "scopes": [], "days": 1 }))
            .expect(201);
        let without = plain["secret"].as_str().expect("a key").to_owned();
        let gets = [
            ("services.json?jurisdiction_id=elsewhere", 404),
            ("services/nonsense.json", 404),
            ("requests/nonsense.json", 404),
            ("requests/0000000000000A.json", 404),
            ("tokens/nonsense.json", 404),
            ("requests.json?status=opened", 400),
            ("requests.json?start_date=yesterday&page=0", 400),
            ("requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-12-31T00:00:00Z", 400),
            ("servicerequestupdates.json?start_date=x", 400),
        ];
        for (path, status) in gets {
            let both = [path.to_owned(), path.replacen(".json", ".xml", 1)];
            check(&nobody.get(&format!("{BASE}/{}", both[0])), status, &both[0]);
            let xml = nobody.get(&format!("{BASE}/{}", both[1]));
            assert_eq!(xml.status, status, "{path}: {}", xml.text());
            assert!(xml.text().contains("<errors><error><code>"), "{path}: {}", xml.text());
        }
        let whole = [("service_code", "pothole"), ("lat", "42"), ("long", "-71"), ("description", "A hole")];
        let posts: [(Form, Form, u16); 10] = [
            (&[], &[], 400),
            (&[], &[("api_key", "irk_nonsense")], 403),
            (&[], &[("api_key", &without)], 403),
            (&[("service_code", "")], &[("api_key", &key)], 400),
            (&[("service_code", "nonsense")], &[("api_key", &key)], 400),
            (&[("lat", "")], &[("api_key", &key)], 400),
            (&[("lat", "91")], &[("api_key", &key)], 400),
            (&[("lat", ""), ("long", "")], &[("api_key", &key)], 400),
            (&[], &[("api_key", &key), ("media_url", "ftp://x")], 400),
            (&[], &[("api_key", &key), ("jurisdiction_id", "elsewhere")], 404),
        ];
        for (changed, more, status) in posts {
            let mut fields: Vec<(&str, &str)> = whole.to_vec();
            for (name, value) in changed {
                fields.retain(|(its, _)| its != name);
                if !value.is_empty() {
                    fields.push((name, value));
                }
            }
            fields.extend(more);
            check(
                &form(&nobody, &format!("{BASE}/requests.json"), &fields),
                status,
                &format!("{changed:?} {}", more.len()),
            );
        }
        let json = nobody.post(&format!("{BASE}/requests.json"), &json!({}));
        check(&json, 400, "a body that is no form");
        assert_eq!(
            nobody.get(&format!("{BASE}/requests.json")).expect(200),
            json!([]),
            "nothing was reported"
        );
    });
}

#[track_caller]
fn check(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    let errors: Value = answer.json();
    let each = errors.as_array().unwrap_or_else(|| panic!("{what}: {errors}"));
    assert!(!each.is_empty(), "{what}");
    for error in each {
        assert_eq!(error["code"], json!(status.to_string()), "{what}");
        assert!(error["description"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
    }
}

#[test]
fn a_city_sends_requests_on_and_follows_them() {
    let world = World::with(vec!["outward.allowed=127.0.0.1,localhost".into()]);
    let (owner, _) = city(&world);
    let nobody = world.client();
    world.add_city("alpha", "two");
    let there = key(&owner, "/alpha/two");
    let url = format!("{}/alpha/two/open311/v2", nobody.url());
    let endpoint = json!({ "name": "Two", "url": url, "api_key": there });
    let shown =
        owner.send("PUT", "/alpha/one/v1/forward/endpoints/two", &[], Some(endpoint.to_string().as_bytes()));
    assert_eq!(shown.expect(200)["has_key"], true);
    assert!(!shown.text().contains(&there), "a key is not shown again");
    let items = json!({ "items": [{ "category": "pothole", "endpoint": "two", "service": "pothole" }] });
    owner.send("PUT", "/alpha/one/v1/forward/services", &[], Some(items.to_string().as_bytes())).expect(200);

    let nobody = world.client();
    let wish =
        json!({ "category": "pothole", "description": "A hole", "place": { "lat": 42.36, "long": -71.05 } });
    let made = nobody.post("/alpha/one/v1/requests", &wish).expect(201);
    let number = made["number"].as_str().expect("a number").to_owned();
    until(SOON, || {
        let list = nobody.get("/alpha/two/v1/requests").expect(200);
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.len() == 1 && items[0]["description"].as_str().is_some_and(|text| text.contains(&number))
    });
    until(SOON, || {
        let list = owner.get("/alpha/one/v1/forward/requests?state=there").expect(200);
        list["items"].as_array().is_some_and(|items| items.len() == 1 && items[0]["external"].is_string())
    });
}
