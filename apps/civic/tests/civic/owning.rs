//! What is whose: secrets, what a person may see and take, and how it is erased.

use std::sync::Arc;

use kernel::values;
use serde_json::json;

use crate::citizens::{FOLLOWERS, count, events, raw};
use crate::world::{By, World, refused, text};

testkit::on_both_engines! {
    a_secret_is_good_for_its_own_request,
    a_person_sees_takes_and_erases_what_is_theirs,
    erasing_and_changing_at_once,
}

kernel::statements! {
    short TOUCH = "update request set note = 'x', version = version + 1 where id = ?1 and version = ?2";
}

async fn a_secret_is_good_for_its_own_request(world: World) {
    let (one, other) =
        (world.report(By::Nobody, json!({})).await, world.report(By::Person(7), json!({})).await);
    let stolen = json!({ "secret": text(&one, "secret") });
    let forged = json!({ "secret": format!("irf_{}", "A".repeat(43)) });
    for name in ["request_mine", "request_unfollow", "request_erase", "request_reopen", "following_change"] {
        for (by, body) in [
            (By::Nobody, &stolen),
            (By::Person(7), &stolen),
            (By::Nobody, &forged),
            (By::Person(9), &json!({})),
        ] {
            let answer = world.ask(by, name, &text(&other, "id"), "", body).await;
            let foreign = refused(answer, "not_found");
            let unknown = refused(world.ask(by, name, "req_0000000000123", "", body).await, "not_found");
            assert_eq!(foreign, unknown, "{name} by {by:?}");
        }
        let nothing = world.ask(By::Nobody, name, &text(&other, "id"), "", &json!({})).await;
        assert_eq!(refused(nothing, "invalid_input").faults()[0].field, "/secret", "{name}");
    }
    assert_eq!(world.row(&text(&other, "id")).await.reporter, Some(kernel::Id::from_raw(7)));
}

async fn a_person_sees_takes_and_erases_what_is_theirs(world: World) {
    let me = By::Person(7);
    let mut mine = Vec::new();
    for number in 0..70 {
        let description = format!("Mine {number}");
        let made = world.report(me, json!({ "description": description })).await;
        mine.push(text(&made, "id"));
    }
    let other = text(&world.report(By::Person(8), json!({ "description": "Theirs" })).await, "id");
    let email = json!({ "contact": { "email": "me@example.org" } });
    world.ask(me, "request_follow", &other, "", &email).await.unwrap();
    world.ask(me, "following_change", &mine[0], "", &email).await.unwrap();

    let first = world.ask(me, "my_requests", "", "limit=50", &json!({})).await.unwrap();
    let cursor = format!("limit=50&cursor={}", text(&first, "next"));
    let rest = world.ask(me, "my_requests", "", &cursor, &json!({})).await.unwrap();
    let listed = [&first, &rest].map(|page| page["items"].as_array().unwrap().len());
    assert_eq!((listed, rest["next"].is_null()), ([50, 20], true));
    let all = world.ask(me, "civic_export", "", "limit=100", &json!({})).await.unwrap();
    let items = all["items"].as_array().unwrap();
    assert_eq!(items.len(), 71);
    assert_eq!(items.iter().filter(|item| item["reporter"] == json!(true)).count(), 70);
    assert_eq!(items.iter().filter(|item| item["following"]["email"] == json!("me@example.org")).count(), 2);

    world.ask(me, "civic_erase", "", "with_text=true", &json!({})).await.unwrap();
    // What did not fit is left as a job, which goes on until nothing is left.
    let job = bus::Job {
        id: 1,
        kind: civic::follower::jobs::ERASE_PERSON.into(),
        body: json!({ "person": kernel::Id::<kernel::Person>::from_raw(7), "with_text": true }).to_string(),
        key: None,
        priority: 0,
        due: kernel::Clock::now(&*world.clock),
        attempts: 1,
        actor: kernel::Actor::Person(kernel::Id::from_raw(7)),
        at: kernel::Clock::now(&*world.clock),
    };
    let handler = civic::follower::jobs::GoOnErasing { civic: world.civic.clone() };
    let decision = bus::JobHandler::run(&handler, &world.market, &job).await.unwrap();
    let kinds: Vec<&str> = decision.jobs.iter().map(|job| job.kind).collect();
    assert_eq!(kinds, [notify::ERASE], "the rest fits; what messages know of them goes last");
    world.market.commit(world.stamp(), decision).await.unwrap();
    let all = world.ask(me, "civic_export", "", "", &json!({})).await.unwrap();
    assert_eq!(all["items"], json!([]));
    assert_eq!(count(&world, FOLLOWERS).await, 0);
    assert_eq!(events(&world, "request.erased").await, 70);
    for id in [&mine[0], &mine[69]] {
        let row = world.row(id).await;
        assert_eq!((row.reporter, row.description.as_str()), (None, "(removed)"));
    }
    let row = world.row(&other).await;
    assert_eq!((row.reporter, row.description.as_str()), (Some(kernel::Id::from_raw(8)), "Theirs"));
}

async fn erasing_and_changing_at_once(world: World) {
    let world = Arc::new(world);
    for _ in 0..10 {
        let made = world.report(By::Person(7), json!({ "contact": { "email": "a@example.org" } })).await;
        let id = text(&made, "id");
        let (staff, row) = (world.clone(), raw(&id));
        let touching = tokio::spawn(async move {
            for _ in 0..3 {
                let version = civic::request::repo::one(&staff.market, kernel::Id::from_raw(row)).await;
                let version = version.unwrap().unwrap().version;
                let touch = kernel::Decision::nothing().change(TOUCH.with(values![row, version]));
                let _ = staff.market.commit(staff.stamp(), touch).await;
            }
        });
        let erased = world.ask(By::Person(7), "request_erase", &id, "", &json!({ "with_text": true })).await;
        touching.await.unwrap();
        match erased {
            Ok(_) => assert_eq!(world.row(&id).await.reporter, None),
            Err(refusal) => {
                assert_eq!(refusal.code(), "busy_row");
                assert!(world.row(&id).await.reporter.is_some());
            }
        }
    }
}
