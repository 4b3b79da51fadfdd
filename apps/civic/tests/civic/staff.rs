use civic::request::model::{RequestId, Status};
use kernel::{Id, Refusal};
use serde_json::{Value, json};
use web::{Role, Scope};

use crate::staff_world::{PARKS, ROADS, World, caller, code, manager, staff};

crate::staff_world::on_both_engines! {
    a_request_goes_its_way,
    strangers_see_nothing,
    duplicates_and_the_way_back,
    two_at_once,
    many_at_once,
    contacts_are_seen_and_written_down,
    agencies_teams_and_routes,
}

fn agency(id: i64) -> Id<kernel::Provider> {
    Id::from_raw(id)
}

async fn a_request_goes_its_way(world: World) {
    let (me, id) = (staff(ROADS), world.report(Some(ROADS), |_| {}).await);
    let ours = Some(ROADS);
    let seen = world.act(&me, ours, "request", id, json!({})).await.unwrap();
    assert_eq!((&seen["status"], &seen["version"]), (&json!("open"), &json!(1)));
    world.act(&me, ours, "note", id, json!({ "text": "Ring the bell" })).await.unwrap();
    let person = Id::<kernel::Person>::from_raw(100 + ROADS);
    world.act(&me, ours, "assign", id, json!({ "person": person })).await.unwrap();
    let stranger = Id::<kernel::Person>::from_raw(100 + PARKS);
    assert_eq!(
        code(world.act(&me, ours, "assign", id, json!({ "person": stranger })).await),
        "invalid_input"
    );
    assert_eq!(code(world.act(&me, ours, "assign", id, json!({ "person": person })).await), "already");
    world.act(&me, ours, "move", id, json!({ "to": "in_progress" })).await.unwrap();
    let stale = json!({ "to": "resolved", "version": 2 });
    assert_eq!(code(world.act(&me, ours, "move", id, stale).await), "changed_meanwhile");
    assert_eq!(code(world.act(&me, ours, "move", id, json!({ "to": "closed" })).await), "invalid_input");
    assert_eq!(code(world.act(&me, ours, "move", id, json!({ "to": "reopened" })).await), "no_such_move");

    world.advance(60);
    let waits = json!({ "to": "pending_external", "reason": "The gas works dig first" });
    world.act(&me, ours, "move", id, waits).await.unwrap();
    let paused = world.read(id).await;
    assert_eq!((paused.due, paused.left_min), (None, Some(180)));
    assert_eq!(paused.note.as_deref(), Some("The gas works dig first"));
    world.advance(600);
    world.act(&me, ours, "move", id, json!({ "to": "in_progress" })).await.unwrap();
    assert_eq!(world.read(id).await.due, Some(world.now() + kernel::jiff::SignedDuration::from_mins(180)));
    let edit = json!({ "category": "graffiti" });
    assert_eq!(code(world.act(&me, ours, "edit", id, edit.clone()).await), "manager_needed");
    world.act(&manager(), None, "edit", id, edit).await.unwrap();
    let edited = world.read(id).await;
    assert_eq!(edited.due, Some(world.now() + kernel::jiff::SignedDuration::from_mins(180 + 360)));
    world.act(&me, ours, "answer", id, json!({ "text": "Done on Monday" })).await.unwrap();
    world.act(&me, ours, "hide", id, json!({ "hidden": true, "reason": "A name is in it" })).await.unwrap();
    world.act(&me, ours, "move", id, json!({ "to": "resolved" })).await.unwrap();

    let after = world.read(id).await;
    assert!(after.closed.is_some() && after.hidden && after.status == Status::Resolved);
    let history = world.act(&me, ours, "history", id, json!({})).await.unwrap();
    let items = history["items"].as_array().unwrap();
    let public: Vec<&str> =
        items.iter().filter(|it| it["public"] == true).map(|it| it["body"].as_str().unwrap()).collect();
    assert_eq!(items.len(), 9);
    assert!(
        !public.iter().any(|body| body.contains("Ring") || body.contains("A name") || body.contains("per_"))
    );
    // What everyone may follow says nothing that was meant for staff.
    let events = world.events().await;
    assert_eq!(events.len(), 10);
    assert!(
        !events.iter().any(|it| it.body.contains("Ring the bell") || it.body.contains("A name is in it"))
    );

    // Elsewhere: the agency that had it sees it no more.
    world.act(&manager(), None, "move", id, json!({ "to": "reopened", "reason": "Again" })).await.unwrap();
    world.act(&me, ours, "route", id, json!({ "agency": agency(PARKS) })).await.unwrap();
    assert_eq!(code(world.act(&me, ours, "request", id, json!({})).await), "not_found");
    assert_eq!(world.read(id).await.assignee, None);
    assert!(world.act(&staff(PARKS), Some(PARKS), "request", id, json!({})).await.is_ok());
}

async fn strangers_see_nothing(world: World) {
    let theirs = world.report(Some(PARKS), |_| {}).await;
    let nobodys = world.report(None, |_| {}).await;
    let own = world.report(Some(ROADS), |_| {}).await;
    let unknown = RequestId::from_raw(12_345);
    let me = staff(ROADS);
    let acts = [
        ("move", json!({ "to": "in_progress" })),
        ("assign", json!({})),
        ("route", json!({ "agency": agency(ROADS) })),
        ("note", json!({ "text": "n" })),
        ("answer", json!({ "text": "a" })),
        ("edit", json!({ "area": "x" })),
        ("hide", json!({ "hidden": true, "reason": "r" })),
        ("merge", json!({ "into": own })),
        ("unmerge", json!({})),
        ("contact", json!({})),
        ("request", json!({})),
        ("history", json!({})),
    ];
    for id in [theirs, nobodys, unknown] {
        for (act, input) in &acts {
            let found = world.act(&me, Some(ROADS), act, id, input.clone()).await;
            assert_eq!(found.unwrap_err(), Refusal::not_found(), "{act}");
        }
        // Nor as the one that something is merged into.
        let found = world.act(&me, Some(ROADS), "merge", own, json!({ "into": id })).await;
        assert_eq!(found.unwrap_err().faults()[0].code, "unknown");
    }
    // An agency that is none, as one that never was.
    for provider in [ROADS + 50, 1] {
        let found = world.act(&manager(), Some(provider), "request", own, json!({})).await;
        assert_eq!(code(found), "not_found");
    }
    let bulk = json!({ "{provider": agency(ROADS), "ids": [theirs, own, unknown], "note": { "text": "n" } });
    let found = world.ask(&me, "agency_bulk", bulk).await.unwrap();
    let codes: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, [&json!("not_found"), &Value::Null, &json!("not_found")]);
    let list = world.ask(&me, "agency_queue", json!({ "{provider": agency(ROADS) })).await.unwrap();
    let ids: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, [&json!(own)]);
    let table = world.table(&me, "agency_csv", json!({ "{provider": agency(ROADS) })).await.unwrap().concat();
    assert_eq!(table.lines().count(), 2);
    assert!(table.contains(&own.to_string()));
}

async fn duplicates_and_the_way_back(world: World) {
    let boss = manager();
    let mut ids = Vec::new();
    for seconds in 0..4 {
        ids.push(world.report(Some(ROADS), |it| it.seconds = seconds).await);
    }
    let [a, b, c, x] = ids[..] else { panic!() };
    let seconds = async |id| world.read(id).await.seconds;
    let before = world.read(a).await;
    let merge = async |one, into| world.act(&boss, None, "merge", one, json!({ "into": into })).await;
    // x into a, a into b, b into c: one root for all.
    merge(x, a).await.unwrap();
    assert_eq!(seconds(a).await, 4);
    merge(a, b).await.unwrap();
    assert_eq!(seconds(b).await, 6);
    merge(b, c).await.unwrap();
    for id in [a, b, x] {
        let it = world.read(id).await;
        assert_eq!((it.merged, it.status), (Some(c), Status::Closed));
    }
    assert_eq!(seconds(c).await, 9);
    assert_eq!(code(merge(a, c).await), "merged_already");
    assert_eq!(code(merge(c, x).await), "own_duplicate");
    assert_eq!(code(merge(c, c).await), "own_duplicate");
    assert_eq!(code(world.act(&boss, None, "answer", a, json!({ "text": "t" })).await), "merged");
    let hears = civic::desk::repo::hearing_of(&world.market(), c).await.unwrap();
    assert_eq!(hears.len(), 4);
    // One more, into one that is merged itself: it belongs to the root, and goes where its own goes.
    let y = world.report(Some(ROADS), |_| {}).await;
    merge(y, a).await.unwrap();
    assert_eq!((world.read(y).await.merged, seconds(c).await, seconds(a).await), (Some(c), 10, 5));
    // b is parted from c, and takes a, x and y along.
    world.act(&boss, None, "unmerge", b, json!({})).await.unwrap();
    for id in [a, x, y] {
        assert_eq!(world.read(id).await.merged, Some(b));
    }
    assert_eq!((seconds(c).await, seconds(b).await), (2, 7));
    world.act(&boss, None, "unmerge", x, json!({})).await.unwrap();
    assert_eq!((seconds(b).await, seconds(a).await), (3, 1));
    world.act(&boss, None, "unmerge", a, json!({})).await.unwrap();
    world.act(&boss, None, "unmerge", y, json!({})).await.unwrap();
    assert_eq!((seconds(b).await, seconds(a).await), (1, 0));
    let back = world.read(a).await;
    assert_eq!(back.merged, None);
    assert_eq!((back.status, back.due, back.closed), (before.status, before.due, before.closed));
    assert_eq!(code(world.act(&boss, None, "unmerge", a, json!({})).await), "not_merged");
    // What each event says before is what the one before it said after.
    let mut stands = std::collections::BTreeMap::new();
    for event in world.events().await.iter().filter(|it| it.name.starts_with("request.")) {
        let told = civic::request::event::read(event).unwrap();
        assert_eq!(stands.get(&event.subject).cloned().flatten(), told.before, "{}", event.body);
        stands.insert(event.subject, told.after);
    }
    // Across agencies only the market's own staff tie and part.
    let theirs = world.report(Some(PARKS), |_| {}).await;
    merge(a, theirs).await.unwrap();
    let found = world.act(&staff(ROADS), Some(ROADS), "unmerge", a, json!({})).await;
    assert_eq!(code(found), "merged_elsewhere");
}

/// Whoever comes second decides from how things stand after the first.
async fn two_at_once(world: World) {
    let (me, boss) = (staff(ROADS), manager());
    for round in 0..12 {
        let (a, b) = (world.report(Some(ROADS), |_| {}).await, world.report(Some(ROADS), |_| {}).await);
        let close = world.act(&me, Some(ROADS), "move", a, json!({ "to": "closed", "reason": "No hole" }));
        let merge = world.act(&boss, None, "merge", a, json!({ "into": b }));
        let (closed, merged) = tokio::join!(close, merge);
        let after = world.read(a).await;
        assert!(merged.is_ok(), "a closed one may be merged still: {merged:?}");
        assert_eq!((after.merged, after.status), (Some(b), Status::Closed), "round {round}");
        match closed {
            Ok(_) => assert_eq!(after.version, 3),
            Err(refusal) => assert_eq!((refusal.code(), after.version), ("merged", 2)),
        }
        // Each into the other: one of them wins.
        let (c, d) = (world.report(Some(ROADS), |_| {}).await, world.report(Some(ROADS), |_| {}).await);
        let one = world.act(&me, Some(ROADS), "merge", c, json!({ "into": d }));
        let other = world.act(&boss, None, "merge", d, json!({ "into": c }));
        let (one, other) = tokio::join!(one, other);
        assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
        assert_eq!(code(if one.is_ok() { other } else { one }), "own_duplicate");
        // A chain that is made from both ends has one root.
        let mut chain = Vec::new();
        for _ in 0..3 {
            chain.push(world.report(Some(ROADS), |_| {}).await);
        }
        let low = world.act(&me, Some(ROADS), "merge", chain[0], json!({ "into": chain[1] }));
        let high = world.act(&boss, None, "merge", chain[1], json!({ "into": chain[2] }));
        let (low, high) = tokio::join!(low, high);
        assert!(low.is_ok() && high.is_ok(), "{low:?} {high:?}");
        assert_eq!(world.read(chain[0]).await.merged, Some(chain[2]));
        assert_eq!(world.read(chain[2]).await.seconds, 2);
    }
    // Four answer at once: each that was done is there.
    let id = world.report(Some(ROADS), |_| {}).await;
    let answers =
        (0..4).map(|n| world.act(&me, Some(ROADS), "answer", id, json!({ "text": format!("{n}") })));
    let done = futures_util::future::join_all(answers).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(world.read(id).await.version, 1 + done as i64);
}

async fn many_at_once(world: World) {
    let me = staff(ROADS);
    let mut ids = Vec::new();
    for _ in 0..200 {
        ids.push(world.report(Some(ROADS), |_| {}).await);
    }
    let closed = world.act(&me, Some(ROADS), "move", ids[7], json!({ "to": "in_progress" })).await;
    assert!(closed.is_ok());
    let wish = json!({ "{provider": agency(ROADS), "ids": ids, "move": { "to": "in_progress" } });
    let first = world.send(&me, Some("k1"), "agency_bulk", wish.clone()).await.unwrap();
    let items = first["items"].as_array().unwrap();
    let refused: Vec<&Value> = items.iter().filter(|it| it["done"] == false).collect();
    assert_eq!((items.len(), refused.len()), (200, 1));
    assert_eq!((&refused[0]["id"], &refused[0]["code"]), (&json!(ids[7]), &json!("already")));
    // The same call again gives the same answer and does nothing.
    let events = world.events().await.len();
    assert_eq!(world.send(&me, Some("k1"), "agency_bulk", wish).await.unwrap(), first);
    let note = json!({ "{provider": agency(ROADS), "ids": ids, "note": { "text": "n" } });
    let both = [0, 1].map(|_| world.send(&me, Some("k2"), "agency_bulk", note.clone()));
    for answer in futures_util::future::join_all(both).await {
        answer.unwrap();
    }
    assert_eq!(world.events().await.len(), events + 200, "the notes once, however often they were sent");

    let bad = |body: Value| {
        let mut body = body;
        body["{provider"] = json!(agency(ROADS));
        body
    };
    for body in [
        json!({ "ids": [ids[0]] }),
        json!({ "ids": [ids[0]], "note": { "text": "n" }, "answer": { "text": "a" } }),
        json!({ "ids": [ids[0], ids[0]], "note": { "text": "n" } }),
        json!({ "ids": [], "note": { "text": "n" } }),
        json!({ "ids": [ids[0]], "note": { "text": "n", "version": 1 } }),
    ] {
        assert_eq!(code(world.ask(&me, "agency_bulk", bad(body.clone())).await), "invalid_input", "{body}");
    }
}

async fn contacts_are_seen_and_written_down(world: World) {
    let id = world.report(Some(ROADS), |_| {}).await;
    let seen = world.act(&staff(ROADS), Some(ROADS), "contact", id, json!({})).await.unwrap();
    assert_eq!((&seen["name"], &seen["email"]), (&json!("Ada"), &json!("ada@x.example")));
    let events = world.named("request.contact_seen").await;
    assert_eq!(events.len(), 1);
    assert!(!events[0].body.contains("Ada"));
    assert!(civic::audit::follow::is_staff(&events[0]));
    assert_eq!(world.read(id).await.version, 1, "looking changes nothing");
}

async fn agencies_teams_and_routes(world: World) {
    let boss = manager();
    let head = caller(500, Scope::Provider(agency(ROADS)), Role::Manager);
    let team = |code: &str| json!({ "{provider": agency(ROADS), "{team": code, "name": "Crew" });
    world.ask(&head, "team_set", team("crew")).await.unwrap();
    let routes = json!({ "routes": [
        { "category": "pothole", "area": "north", "agency": agency(ROADS), "team": "crew" },
        { "agency": agency(PARKS) },
    ] });
    let version = async || civic::agency::repo::version(&world.market()).await.unwrap();
    let set = world.ask(&boss, "routes_set", routes.clone()).await.unwrap();
    assert_eq!(set["version"], version().await);
    let again = world.ask(&boss, "routes_set", routes).await.unwrap();
    assert_eq!(again["version"], set["version"], "nothing was changed");
    let rules = civic::rules::RuleBook::default().of(&world.market()).await.unwrap();
    let found = rules.target("pothole", Some("north")).unwrap();
    assert_eq!((found.agency, found.team.as_deref()), (agency(ROADS), Some("crew")));
    let gone = json!({ "{provider": agency(ROADS), "{team": "crew" });
    assert_eq!(code(world.ask(&head, "team_remove", gone.clone()).await), "team_in_use");
    world.ask(&boss, "routes_set", json!({ "routes": [] })).await.unwrap();
    world.ask(&head, "team_remove", gone.clone()).await.unwrap();
    assert_eq!(code(world.ask(&head, "team_remove", gone).await), "not_found");
    let before = version().await;
    // Two managers at once: both are heard, one after the other.
    let routes = |to: i64| json!({ "routes": [{ "agency": agency(to) }] });
    let (one, other) = tokio::join!(
        world.ask(&boss, "routes_set", routes(ROADS)),
        world.ask(&boss, "routes_set", routes(PARKS))
    );
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(version().await, before + 2);
}
