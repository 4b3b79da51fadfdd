//! A client that behaves as FixMyStreet's does: XML only, photos in parts called `photo1` and so on, or by
//! their addresses, five tries for an id behind a token, updates in both directions.

use std::io::{Read, Write};
use std::net::TcpListener;

use kernel::jiff::{SignedDuration, Timestamp};
use roxmltree::Document;
use serde_json::{Value, json};
use testkit::until;

use crate::client::{Answer, Client};
use crate::open311::{BASE, city};
use crate::told::picture;
use crate::world::{SOON, World};

const TOKEN_TRIES: usize = 5;

struct FixMyStreet {
    client: Client,
    key: String,
}

enum Part<'a> {
    Text(&'a str),
    Photo(Vec<u8>),
}

use Part::{Photo, Text};

impl FixMyStreet {
    fn get(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let query = [("jurisdiction_id", "one")].iter().chain(pairs);
        let query: Vec<String> =
            query.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        self.client.get(&format!("{BASE}/{path}?{}", query.join("&")))
    }

    /// In parts, as it sends whatever has photos.
    fn post(&self, path: &str, parts: &[(&str, Part)]) -> Answer {
        let first = [("jurisdiction_id", Text("one")), ("api_key", Text(&self.key))];
        let mut body = Vec::new();
        for (name, part) in first.iter().chain(parts) {
            let head = format!("--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"");
            body.extend(head.bytes());
            match part {
                Text(text) => body.extend(format!("\r\n\r\n{text}").bytes()),
                Photo(bytes) => {
                    body.extend(
                        format!("; filename=\"{name}.jpeg\"\r\nContent-Type: image/jpeg\r\n\r\n").bytes(),
                    );
                    body.extend(bytes);
                }
            }
            body.extend(b"\r\n");
        }
        body.extend(b"--xYzZY--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=xYzZY")];
        self.client.send("POST", &format!("{BASE}/{path}"), &headers, Some(&body))
    }

    /// The id of what was sent, at once or after some asking.
    fn report(&self, parts: &[(&str, Part)]) -> String {
        let answer = self.post("requests.xml", parts);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        let id = field(&text, "service_request_id");
        if !id.is_empty() {
            return id;
        }
        let token = field(&text, "token");
        let ask = || field(&self.get(&format!("tokens/{token}.xml"), &[]).text(), "service_request_id");
        (0..TOKEN_TRIES).map(|_| ask()).find(|id| !id.is_empty()).unwrap_or_else(|| panic!("no id: {text}"))
    }

    fn request(&self, id: &str) -> String {
        let answer = self.get("requests.xml", &[("service_request_id", id), ("extensions", "true")]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    }
}

/// The text of the first element of this name, as a lenient reader finds it.
fn field(xml: &str, name: &str) -> String {
    fields(xml, name).into_iter().next().unwrap_or_default()
}

fn fields(xml: &str, name: &str) -> Vec<String> {
    let document = Document::parse(xml).unwrap_or_else(|fault| panic!("{fault}: {xml}"));
    let named = document.descendants().filter(|node| node.has_tag_name(name));
    named.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

/// The city, and what its potholes are asked.
fn open(world: &World) -> (Client, FixMyStreet) {
    let (owner, key) = city(world);
    let values = json!([{ "key": "deep", "name": "Deep" }, { "key": "flat", "name": "Flat" }]);
    let questions = json!([
        { "code": "easting", "datatype": "number", "required": true, "description": "Easting" },
        { "code": "kind", "datatype": "singlevaluelist", "required": true, "description": "Kind", "values": values },
    ]);
    let items = json!([{ "code": "pothole", "name": "Pothole", "questions": questions }]);
    let body = json!({ "items": items }).to_string();
    owner.send("PUT", "/alpha/one/v1/categories", &[], Some(body.as_bytes())).expect(200);
    (owner, FixMyStreet { client: world.client(), key })
}

fn report<'a>(more: impl IntoIterator<Item = (&'a str, Part<'a>)>) -> Vec<(&'a str, Part<'a>)> {
    let own = [
        ("service_code", Text("pothole")),
        ("lat", Text("42.3601")),
        ("long", Text("-71.0589")),
        ("description", Text("title: A hole\n\ndetail: Deep & wide\n\nurl: http://fms.example/report/7\n")),
        ("email", Text("ada@x.example")),
        ("first_name", Text("Ada")),
        ("last_name", Text("Lovelace")),
        ("phone", Text("+16175550123")),
        ("attribute[easting]", Text("531200")),
        ("attribute[kind]", Text("deep")),
        ("attribute[fixmystreet_id]", Text("7")),
        ("requested_datetime", Text("2026-01-01T12:00:00Z")),
    ];
    own.into_iter().chain(more).collect()
}

#[test]
fn photos_attributes_and_updates_go_both_ways() {
    World::each(|world| {
        let (owner, fms) = open(world);
        let services = fms.get("services.xml", &[]).text();
        let at = fields(&services, "service_code").iter().position(|code| code == "pothole");
        assert_eq!(fields(&services, "metadata")[at.expect("it is offered")], "true");
        let asked = fms.get("services/pothole.xml", &[]).text();
        assert_eq!(fields(&asked, "code"), ["easting", "kind"]);
        assert_eq!(fields(&asked, "key"), ["deep", "flat"]);

        let photos = || [("photo1", Photo(picture())), ("photo2", Photo(picture()))];
        let id = fms.report(&report(photos()));
        assert_eq!(fms.report(&report(photos())), id, "sent again by a shaky connection");
        assert_eq!(field(&fms.get(&format!("tokens/{id}.xml"), &[]).text(), "service_request_id"), id);
        let shown = || fields(&fms.request(&id), "media_url");
        // The first one stands by itself too.
        assert!(until(SOON, || shown().len() == 3), "{:?}", fms.request(&id));
        let url = shown().remove(0);
        let path = url.split("/alpha/").nth(1).expect("an address of this city");
        assert_eq!(fms.client.get(&format!("/alpha/{path}")).status, 200, "{url}");
        assert!(field(&fms.request(&id), "description").contains("Deep & wide"));
        assert!(!fms.request(&id).contains("Lovelace"), "nobody's name is shown");

        let native = fms.client.get("/alpha/one/v1/requests").expect(200)["items"][0]["id"].clone();
        let desk = format!("/alpha/one/v1/desk/requests/{}", native.as_str().expect("an id"));
        let seen = owner.get(&desk).expect(200);
        let answers: Value = serde_json::from_str(seen["answers"].as_str().expect("answers")).expect("JSON");
        assert_eq!(answers, json!({ "easting": 531_200, "kind": "deep" }), "{seen}");
        updates(&owner, &fms, &id, &desk);
    });
}

fn updates(owner: &Client, fms: &FixMyStreet, id: &str, desk: &str) {
    let update = |text: &'static str, number: &'static str| {
        let parts = [
            ("update_id", Text(number)),
            ("updated_datetime", Text("2026-01-01T12:00:00Z")),
            ("service_request_id", Text(id)),
            ("service_request_id_ext", Text("7")),
            ("status", Text("OPEN")),
            ("email", Text("ada@x.example")),
            ("last_name", Text("Lovelace")),
            ("description", Text(text)),
            ("public_anonymity_required", Text("TRUE")),
        ];
        let answer = fms.post("servicerequestupdates.xml", &parts);
        assert_eq!(answer.status, 200, "{}", answer.text());
        field(&answer.text(), "update_id")
    };
    let first = update("It grows", "1");
    assert!(!first.is_empty());
    assert_eq!(update("It grows", "1"), first, "the same one sent again");
    assert_ne!(update("It grew", "2"), first);
    let history = owner.get(&format!("{desk}/history")).expect(200);
    let items = history["items"].as_array().cloned().unwrap_or_default();
    let notes: Vec<&Value> = items.iter().filter(|it| it["what"] == "request.noted").collect();
    assert_eq!(notes.len(), 2, "{history}");

    owner.post(&format!("{desk}/answer"), &json!({ "text": "We go & look." })).expect(200);
    owner.post(&format!("{desk}/move"), &json!({ "to": "resolved" })).expect(200);
    let begun = field(&fms.request(id), "requested_datetime");
    let end: Timestamp = begun.parse().expect("a time with its zone");
    let end = (end + SignedDuration::from_hours(2)).to_string();
    let told = fms.get("servicerequestupdates.xml", &[("start_date", &begun), ("end_date", &end)]).text();
    assert_eq!(fields(&told, "service_request_id"), [id, id], "{told}");
    assert_eq!(fields(&told, "status"), ["open", "closed"]);
    assert_eq!(fields(&told, "description"), ["We go & look.", ""]);
    assert_eq!(fields(&told, "update_id").len(), 2);
    assert_eq!(field(&fms.request(id), "status"), "closed");
}

#[test]
fn a_photo_is_fetched_from_where_it_is() {
    let world = World::with(vec!["outward.allowed=127.0.0.1,localhost".into()]);
    let (_, fms) = open(&world);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/photo/7.jpeg", listener.local_addr().expect("it listens"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 2048];
            let _ = stream.read(&mut asked);
            let bytes = picture();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                bytes.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
        }
    });
    let id = fms.report(&report([("media_url", Text(&url))]));
    let is_shown = until(SOON, || !field(&fms.request(&id), "media_url").is_empty());
    assert!(is_shown, "{} {}", fms.request(&id), world.done("jobs dead alpha/one"));
    assert_ne!(field(&fms.request(&id), "media_url"), url, "it is our own copy");
}

#[test]
fn what_is_wrong_is_said_in_xml() {
    let world = World::embedded();
    let (_, fms) = open(&world);
    for (changed, says) in [
        (("attribute[kind]", "huge"), "attribute[kind]"),
        (("attribute[easting]", ""), "attribute[easting]"),
        (("lat", "x"), "lat"),
        (("photo1", "no picture"), "picture"),
    ] {
        let mut parts = report([]);
        parts.retain(|(name, _)| *name != changed.0);
        parts.push(match changed.0 {
            "photo1" => (changed.0, Photo(changed.1.into())),
            name => (name, Text(changed.1)),
        });
        let answer = fms.post("requests.xml", &parts);
        assert_eq!(answer.status, 400, "{changed:?}: {}", answer.text());
        let descriptions = fields(&answer.text(), "description").join(" ");
        assert!(descriptions.contains(says), "{changed:?}: {descriptions}");
        assert_eq!(field(&answer.text(), "code"), "400");
    }
}
