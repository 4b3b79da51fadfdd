//! A report with a picture, by somebody who wants to hear of it: from the first chunk to the last mail.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use testkit::until;

use crate::client::{Answer, Client};
use crate::people::{client_of, id, report};
use crate::world::{SOON, World};

const HERE: &str = "/alpha/one";
const UPLOADS: &str = "/alpha/one/v1/uploads";
const REQUESTS: &str = "/alpha/one/v1/requests";

/// A city and its owner.
fn city(world: &World) -> Client {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    client_of(world, HERE, "owner@x.example")
}

/// A picture of 64 by 48 pixels, as a PNG.
pub fn picture() -> Vec<u8> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    for y in 0..48_u8 {
        rows.write_all(&[0]).expect("memory is written");
        for x in 0..64_u8 {
            rows.write_all(&[x * 4, y * 5, x ^ y]).expect("memory is written");
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let body = [name, data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&body);
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(&body);
        png.extend(sum.sum().to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0, 64, 0, 0, 0, 48, 8, 2, 0, 0, 0]);
    chunk(b"IDAT", &rows.finish().expect("memory is written"));
    chunk(b"IEND", &[]);
    png
}

/// Sends a picture; the ticket is what a report names.
fn send(client: &Client, bytes: &[u8]) -> (String, String) {
    let made = client.post(UPLOADS, &json!({ "purpose": "request", "bytes": bytes.len() })).expect(201);
    let (upload, ticket) = (format!("{UPLOADS}/{}", id(&made)), made["ticket"].as_str().expect("a ticket"));
    let headers = [
        ("upload-ticket", ticket),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
    ];
    let sent = client.send("PATCH", &upload, &headers, Some(bytes));
    assert_eq!(sent.status, 204, "{}", sent.text());
    (upload, ticket.to_owned())
}

#[test]
fn a_picture_is_shown_and_the_reporter_hears_of_it() {
    World::each(|world| {
        let owner = city(world);
        let nobody = world.client();
        let (upload, ticket) = send(&nobody, &picture());
        let mut wish = report("A hole", 42.0, -71.0);
        wish["photos"] = json!([ticket]);
        wish["contact"] = json!({ "email": "reporter@x.example", "language": "en" });
        let made = nobody.post(REQUESTS, &wish).expect(201);
        let request = format!("{REQUESTS}/{}", id(&made));

        let shown = || nobody.get(&request).expect(200)["photos"][0].clone();
        assert!(until(SOON, || shown() != Value::Null), "{}", nobody.get(&request).text());
        formats(&nobody, &shown());
        let listed = nobody.get(REQUESTS).expect(200)["items"][0]["photos"].clone();
        assert_eq!(listed, json!([shown()]));
        let desk = format!("{HERE}/v1/desk/requests/{}", id(&made));
        assert_eq!(owner.get(&desk).expect(200)["photos"], listed);
        // Whose ticket it is may ask; who has none learns nothing.
        nobody.send("GET", &upload, &[("upload-ticket", &ticket)], None).expect(200);
        nobody.get(&upload).refused(400, "invalid_input");
        // A picture belongs to one report.
        nobody.post(REQUESTS, &wish).refused(400, "invalid_input");

        let outbox = || -> Vec<Value> {
            let page = owner.get(&format!("{HERE}/v1/notify/outbox")).expect(200);
            page["items"].as_array().cloned().unwrap_or_default()
        };
        assert!(until(SOON, || outbox().len() == 1), "{:?}", outbox());
        assert_eq!(outbox()[0]["to"], "reporter@x.example");
        assert!(
            outbox()[0]["body"].as_str().is_some_and(|body| body.contains(made["number"].as_str().unwrap()))
        );
        owner.post(&format!("{desk}/answer"), &json!({ "text": "We are on our way." })).expect(200);
        assert!(until(SOON, || outbox().len() == 2), "{:?}", outbox());
        assert!(outbox()[0]["body"].as_str().is_some_and(|body| body.contains("We are on our way.")));

        // With what is erased the picture goes too.
        let erase = json!({ "secret": made["secret"], "with_text": true });
        let address = shown()["large"].as_str().expect("an address").to_owned();
        nobody.post(&format!("{request}/erase"), &erase).expect(204);
        assert_eq!(shown(), Value::Null);
        assert_eq!(nobody.get(&address).status, 404);
    });
}

fn formats(client: &Client, picture: &Value) {
    for size in ["thumb", "small", "large"] {
        let address = picture[size].as_str().expect("an address");
        let webp = client.send("GET", address, &[("accept", "image/webp,*/*")], None);
        assert_eq!((webp.status, webp.header("content-type")), (200, "image/webp"), "{size}");
        assert!(webp.body.starts_with(b"RIFF"), "{size}");
        let jpeg = client.get(&format!("{address}.jpg"));
        assert_eq!((jpeg.status, jpeg.header("content-type")), (200, "image/jpeg"), "{size}");
        assert!(jpeg.body.starts_with(&[0xff, 0xd8]), "{size}");
    }
}

#[test]
fn whoever_wants_no_more_mail_says_so_with_one_click() {
    let (port, mails) = crate::mail::server();
    let world = World::with(crate::mail::settings(port));
    let owner = city(&world);
    let nobody = world.client();
    let mut wish = report("A hole", 42.0, -71.0);
    wish["contact"] = json!({ "email": "reporter@x.example" });
    let made = nobody.post(REQUESTS, &wish).expect(201);
    let mail = mails.recv_timeout(SOON).expect("a mail comes");
    // Long headers are folded.
    let flat = mail.replace("\n ", "");
    let header = flat.lines().find(|line| line.to_lowercase().starts_with("list-unsubscribe:"));
    let header = header.unwrap_or_else(|| panic!("no link in {mail}"));
    let (_, link) = header.split_once("https://city.example").expect("the link leads to the public address");
    let link = link.split('>').next().expect("the link ends").trim();
    assert!(link.starts_with("/alpha/one/v1/unsubscribe/"), "{link}");
    assert_eq!(nobody.get(link).expect(200)["topic"], "civic.updates");
    nobody.post(link, &json!({})).expect(200);

    let desk = format!("{HERE}/v1/desk/requests/{}", id(&made));
    owner.post(&format!("{desk}/answer"), &json!({ "text": "We are on our way." })).expect(200);
    let states = || -> Vec<String> {
        let page = owner.get(&format!("{HERE}/v1/notify/messages")).expect(200);
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["state"].as_str().map(str::to_owned)).collect()
    };
    assert!(until(SOON, || states() == ["suppressed", "sent"]), "{:?}", states());
    assert!(mails.try_recv().is_err(), "no other mail went out");
}

const PUBLIC: &str = "https://city.example";

/// The link in a text that leads to such a page of the market, within the server.
fn link(body: &str, page: &str) -> String {
    let start = format!("{PUBLIC}{HERE}/{page}/");
    let at = body.find(&start).unwrap_or_else(|| panic!("no link to {page} in {body}"));
    let link = body[at + PUBLIC.len()..].split_whitespace().next().expect("a link is a word");
    link.trim_end_matches('.').to_owned()
}

/// What was written, newest first.
fn written(owner: &Client) -> Vec<String> {
    let page = owner.get(&format!("{HERE}/v1/notify/outbox")).expect(200);
    let items = page["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["body"].as_str().map(str::to_owned)).collect()
}

fn form(client: &Client, path: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    client.send("POST", path, &headers, Some(b""))
}

#[test]
fn the_links_in_a_message_open_the_request_and_end_the_messages() {
    let world = World::with(vec![format!("server.public_url={PUBLIC}")]);
    let owner = city(&world);
    let nobody = world.client();
    let mut wish = report("A hole", 42.0, -71.0);
    wish["contact"] = json!({ "email": "reporter@x.example" });
    let made = nobody.post(REQUESTS, &wish).expect(201);
    assert!(until(SOON, || written(&owner).len() == 1), "{:?}", written(&owner));
    let body = written(&owner).remove(0);

    // The secret of the link becomes a cookie of the page, which is the reporter's own then.
    let opened = nobody.get(&link(&body, "track"));
    assert_eq!(opened.status, 303, "{}", opened.text());
    let page = opened.header("location").to_owned();
    assert!(!page.contains("key="), "{page}");
    let cookies = opened.headers.get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
    let cookies: Vec<&str> = cookies.filter_map(|it| it.split(';').next()).collect();
    let cookie = cookies.join("; ");
    let own = nobody.send("GET", &page, &[("cookie", &cookie)], None);
    assert!(own.status == 200 && own.text().contains("reporter@x.example"), "{}", own.text());
    assert!(!nobody.get(&page).text().contains("reporter@x.example"));

    let leave = link(&body, "unsubscribe");
    assert_eq!(nobody.get(&leave).status, 200, "looked at, nothing ends");
    let desk = format!("{HERE}/v1/desk/requests/{}", id(&made));
    owner.post(&format!("{desk}/answer"), &json!({ "text": "Soon." })).expect(200);
    assert!(until(SOON, || written(&owner).len() == 2), "{:?}", written(&owner));
    assert_eq!(form(&nobody, &leave).status, 200);
    follow(&world, &owner, &made);
}

/// Somebody else follows: their messages come once they have said yes, and the reporter gets no more.
fn follow(world: &World, owner: &Client, made: &Value) {
    let nobody = world.client();
    let desk = format!("{HERE}/v1/desk/requests/{}", id(made));
    let wish = json!({ "contact": { "email": "other@x.example" } });
    let asked = nobody.post(&format!("{REQUESTS}/{}/following", id(made)), &wish).expect(200);
    assert_eq!((&asked["confirm"], &asked["secret"]), (&json!(true), &Value::Null));
    assert!(until(SOON, || written(owner).len() == 3), "{:?}", written(owner));
    let confirm = link(&written(owner)[0], "confirm");
    assert!(!telemetry::redact(&confirm).contains("irc_"), "{confirm}");
    assert_eq!(nobody.get(&confirm).status, 200, "looked at, nothing is confirmed");
    owner.post(&format!("{desk}/answer"), &json!({ "text": "Not before yes." })).expect(200);
    assert_eq!(form(&nobody, &confirm).status, 303);
    owner.post(&format!("{desk}/answer"), &json!({ "text": "After yes." })).expect(200);
    assert!(until(SOON, || written(owner)[0].contains("After yes.")), "{:?}", written(owner));
    let all = written(owner);
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(all.iter().all(|body| !body.contains("Not before yes.")), "{all:?}");
    assert_eq!(form(&nobody, &link(&all[0], "unsubscribe")).status, 200);
    assert_eq!(form(&nobody, &confirm.replace("irc_", "irc_A")).status, 404);
}
