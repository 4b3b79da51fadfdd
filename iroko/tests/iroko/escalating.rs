//! What staff are told when a deadline comes near, from the report to the letter in the mail.

use serde_json::json;

use crate::people::{client_of, report};
use crate::world::{SOON, World};

const HERE: &str = "/alpha/one";

#[test]
fn staff_get_a_letter_about_a_deadline() {
    let (port, mails) = crate::mail::server();
    let settings = [
        "notify.smtp_host=127.0.0.1".to_owned(),
        format!("notify.smtp_port={port}"),
        "notify.smtp_security=plain".into(),
        "notify.smtp_from=City <noreply@city.example>".into(),
    ];
    let mut world = World::with(settings.into());
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(&world, HERE, "owner@x.example");
    let put = |path: &str, body: serde_json::Value| {
        let put = owner.send("PUT", &format!("{HERE}{path}"), &[], Some(body.to_string().as_bytes()));
        assert_eq!(put.status, 200, "{path}: {}", put.text());
    };
    put(
        "/v1/categories",
        json!({ "items": [{ "code": "pothole", "name": "Pothole", "deadline_min": 600 }] }),
    );
    // So long before the deadline that it is reached at once.
    put(
        "/v1/escalations",
        json!({ "rules": [{ "after_min": -10_000, "tell": [], "email": "roads@x.example" }] }),
    );
    let made =
        world.client().post(&format!("{HERE}/v1/requests"), &report("A hole", 42.0, -71.0)).expect(201);
    let number = made["number"].as_str().expect("a number");
    assert!(made["expected_at"].is_string(), "{made}");

    // The next look at all deadlines is minutes away. Whoever starts anew finds that it is due.
    world.server.terminate();
    let database = rusqlite::Connection::open(world.data().join("markets/alpha/one.db")).expect("the file");
    let hurried = database.execute("update job set due = 0 where kind = 'civic.escalate'", []);
    // Two, if the next look was another one when the report came.
    assert!((1..=2).contains(&hurried.expect("it is changed")));
    drop(database);
    world.server.restart();
    let mail = mails.recv_timeout(SOON).expect("a letter comes");
    assert!(mail.contains("roads@x.example") && mail.contains(number), "{mail}");
}
