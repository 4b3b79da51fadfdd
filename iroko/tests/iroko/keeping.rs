//! The log of what staff did, verified from outside, and what somebody finds who changed it.

use serde_json::json;
use testkit::until;

use crate::client::Client;
use crate::people::{client_of, id, report};
use crate::world::{SOON, World};

const HERE: &str = "/alpha/one";

fn city(world: &World) -> Client {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    client_of(world, HERE, "owner@x.example")
}

/// Staff does three things; what is to be written down once the log has them.
fn work(world: &World, owner: &Client, entries: u64) -> String {
    let made =
        world.client().post(&format!("{HERE}/v1/requests"), &report("A hole", 42.0, -71.0)).expect(201);
    let desk = format!("{HERE}/v1/desk/requests/{}", id(&made));
    owner.post(&format!("{desk}/note"), &json!({ "text": "Seen." })).expect(200);
    owner.post(&format!("{desk}/answer"), &json!({ "text": "We go." })).expect(200);
    owner.post(&format!("{desk}/move"), &json!({ "to": "resolved" })).expect(200);
    let log = || world.done_json("civic verify alpha/one");
    assert!(until(SOON, || log()["entries"] == entries), "{}", log());
    log()["anchor"].as_str().expect("an anchor").to_owned()
}

#[test]
fn a_log_is_held_against_what_was_written_down() {
    World::each(|world| {
        let owner = city(world);
        let first = work(world, &owner, 3);
        let second = work(world, &owner, 6);
        for anchor in [&first, &second] {
            let said = world.done(&format!("civic verify alpha/one --anchor {anchor}"));
            assert!(said.contains("6 entries"), "{said}");
        }
        let refused = |anchor: &str| {
            let said = world.run(["civic", "verify", "alpha/one", "--anchor", anchor]);
            assert_ne!(said.code, 0, "{anchor}: {said:?}");
            said
        };
        // More than there is, another log's, and nothing at all.
        let (number, hash) = second.split_once(':').expect("a number and a hash");
        assert_eq!(number, "6");
        refused(&format!("7:{hash}"));
        refused(&format!("3:{hash}"));
        assert_eq!(refused("nonsense").code, 2);
        assert!(owner.get(&format!("{HERE}/v1/audit")).expect(200)["items"].is_array());
    });
}

#[test]
fn a_log_that_somebody_changed_is_found_out() {
    let mut world = World::embedded();
    let owner = city(&world);
    let anchor = work(&world, &owner, 3);
    world.server.terminate();
    let file = world.data().join("markets/alpha/one.db");
    let change = |sql: &str| {
        let database = rusqlite::Connection::open(&file).expect("the file is there");
        assert_eq!(database.execute(sql, []).expect("it is changed"), 1, "{sql}");
    };
    let said = |world: &World, anchor: Option<&str>| {
        let words = ["civic", "verify", "alpha/one"].into_iter();
        world.run(words.chain(anchor.into_iter().flat_map(|anchor| ["--anchor", anchor])))
    };
    assert_eq!(said(&world, Some(&anchor)).code, 0);
    change("update audit set actor = actor + 1 where n = 2");
    let found = said(&world, None);
    assert!(found.code == 1 && found.err.contains("tampered"), "{found:?}");
    change("update audit set actor = actor - 1 where n = 2");
    assert_eq!(said(&world, None).code, 0, "as it was");
    change("delete from audit where n = 3");
    assert_eq!(said(&world, None).code, 1);
}
