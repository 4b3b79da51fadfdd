//! What people see in a browser: forms without scripts, cookies, languages, and what must not happen.

mod browser;
mod citizens;
mod guarded;
mod shops;
mod staff;

use serde_json::{Value, json};

use crate::client::Client;
use crate::people::client_of;
use crate::world::World;
use browser::{Browser, Page};

const HERE: &str = "/alpha/one";
/// What must never stand in a page as it was typed.
const HOSTILE: &str = "\"'><script>alert(1)</script><b a=\"&amp;";

/// A city whose potholes have questions, and its owner.
fn town(world: &World) -> Client {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    for email in ["owner@x.example", "citizen@x.example"] {
        world.add_person("alpha", email);
    }
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(world, HERE, "owner@x.example");
    let question = |code: &str, datatype: &str, required: bool, values: Value| {
        let description = format!("Question {code}?");
        json!({ "code": code, "datatype": datatype, "required": required, "description": description, "values": values })
    };
    let choices = json!([{ "key": "a", "name": "First" }, { "key": "b", "name": "Second" }]);
    let questions = json!([
        question("deep", "number", true, json!([])),
        question("line", "string", false, json!([])),
        question("text", "text", false, json!([])),
        question("when", "datetime", false, json!([])),
        question("one", "singlevaluelist", false, choices),
        question(
            "many",
            "multivaluelist",
            false,
            json!([{ "key": HOSTILE, "name": HOSTILE }, { "key": "b", "name": "B" }])
        ),
    ]);
    let items = json!([
        { "code": "pothole", "name": "Pothole", "about": HOSTILE, "notice": HOSTILE, "questions": questions },
        { "code": "lamp", "name": HOSTILE, "group": HOSTILE },
    ]);
    owner
        .send("PUT", "/alpha/one/v1/categories", &[], Some(json!({ "items": items }).to_string().as_bytes()))
        .expect(200);
    owner
}

/// What is needed to report a lamp.
const LAMP: [(&str, &str); 4] =
    [("category", "lamp"), ("lat", "42.36"), ("long", "-71.06"), ("description", "It is dark")];

/// Through all four steps; where the tracking page is.
fn reported(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let mut page = browser.get("/report");
    for go in ["next", "next", "next"] {
        page = browser.send(&page, fields, go);
        assert_eq!(page.status, 200, "{}", page.text);
    }
    assert!(page.text.contains("Step 4 of 4"), "{}", page.text);
    let sent = browser.send(&page, &[], "send");
    assert_eq!(sent.status, 303, "{}", sent.text);
    sent.location
}

#[track_caller]
fn assert_clean(page: &Page) {
    for wrong in ["<script>alert", "<b a=", "\"'>"] {
        assert!(!page.text.contains(wrong), "{wrong} stands in {}", page.text);
    }
}
