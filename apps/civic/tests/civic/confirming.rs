//! An address gets one message until its owner has said yes, and not many of those.

use bus::{Consumer, Job, JobHandler};
use civic::follower::confirm::{ForgetUnconfirmed, UNCONFIRMED};
use civic::follower::follow::Tell;
use civic::follower::keys::{About, Keys};
use civic::follower::mail::Mail;
use kernel::{Actor, Clock, Id, SequentialIds, values};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Event;

use crate::world::{By, World, refused, text};

testkit::on_both_engines! {
    nothing_is_told_before_the_owner_of_the_address_says_yes,
    one_address_is_not_asked_often,
    what_nobody_confirms_is_forgotten,
    what_was_said_to_somebody_is_erased_with_them,
}

kernel::statements! {
    long MESSAGES = "select template, arguments from notify_message order by template limit 100";
    long ADDRESSES = "select count(*) from notify_address";
    long JOBS = "select id, body from job where kind = ?1 order by id limit 100";
    long FOLLOWERS = "select count(*) from follower";
    short CLOSE = "update request set status = 'closed', closed = ?2, version = version + 1 where id = ?1";
}

const ADDRESS: &str = "f@example.org";

fn keys(id: &str) -> (Keys, About) {
    let about = About { market: Id::from_raw(5), request: id.parse().unwrap() };
    (Keys::new(b"a secret of the tests"), about)
}

fn token(id: &str, address: &str) -> Value {
    let (keys, about) = keys(id);
    json!({ "token": keys.confirming(about, keys.contact(about, ADDRESS), address) })
}

fn by_mail() -> Value {
    json!({ "contact": { "email": ADDRESS } })
}

async fn templates(world: &World) -> Vec<String> {
    let rows: Vec<(String, String)> = world.market.list(MESSAGES, values![]).await.unwrap();
    rows.into_iter().map(|(template, _)| template).collect()
}

async fn count(world: &World, sql: kernel::Sql) -> i64 {
    let row: (i64,) = world.market.one(sql, values![]).await.unwrap().unwrap();
    row.0
}

/// Everything that happened is told.
async fn tell(world: &World) {
    let mail = Arc::new(Mail::new(world.clock.clone(), Arc::new(SequentialIds::starting_at(1))));
    let tell = Tell { civic: world.civic.clone(), messages: mail };
    world.market.settle().await.unwrap();
    let all: Vec<Event> = world.market.list(store::EVENTS_AFTER, values![0, 1_000]).await.unwrap();
    let wanted: Vec<Event> = all.into_iter().filter(|event| tell.wants(&event.name)).collect();
    let decision = tell.handle(&world.market, &wanted).await.unwrap();
    world.market.commit(world.stamp(), decision).await.unwrap();
}

async fn closed_and_reopened(world: &World, made: &Value) {
    let id = text(made, "id");
    let number: civic::request::model::RequestId = id.parse().unwrap();
    world.put(CLOSE, values![number, world.clock.now()]).await;
    let shown = json!({ "secret": text(made, "secret"), "why": "Still there" });
    world.ask(By::Nobody, "request_reopen", &id, "", &shown).await.unwrap();
}

async fn nothing_is_told_before_the_owner_of_the_address_says_yes(world: World) {
    let made = world.report(By::Nobody, json!({})).await;
    let (id, other) = (text(&made, "id"), text(&world.report(By::Nobody, json!({})).await, "id"));
    for by in [By::Nobody, By::At(2)] {
        world.ask(by, "request_follow", &id, "", &by_mail()).await.unwrap();
    }
    world.ask(By::At(3), "request_second", &id, "", &by_mail()).await.unwrap();
    assert_eq!(templates(&world).await, ["civic.confirm"], "asked once, whoever comes");
    closed_and_reopened(&world, &made).await;
    tell(&world).await;
    assert_eq!(templates(&world).await, ["civic.confirm"]);

    let (keys, about) = keys(&id);
    let who = keys.contact(about, ADDRESS);
    for (id, token) in [
        (&id, token(&id, "x@example.org")),
        (&id, token(&other, ADDRESS)),
        (&other, token(&id, ADDRESS)),
        (&id, json!({ "token": keys.secret(about, who) })),
        (&id, json!({ "token": format!("irc_{}", "A".repeat(43)) })),
    ] {
        refused(world.ask(By::Nobody, "request_confirm", id, "", &token).await, "not_found");
    }
    let said = world.ask(By::At(4), "request_confirm", &id, "", &token(&id, ADDRESS)).await.unwrap();
    assert_eq!(said["follows"], true);
    let again = world.ask(By::At(5), "request_confirm", &id, "", &token(&id, ADDRESS)).await.unwrap();
    assert_eq!((&again["follows"], &again["secret"]), (&json!(false), &said["secret"]));
    tell(&world).await;
    assert_eq!(templates(&world).await, ["civic.confirm", "civic.reopened"]);

    // Another address is another owner.
    let change = json!({ "secret": said["secret"], "contact": { "email": "g@example.org" } });
    let view = world.ask(By::Nobody, "following_change", &id, "", &change).await.unwrap();
    assert_eq!(view["confirmed"], false);
    assert_eq!(templates(&world).await, ["civic.confirm", "civic.confirm", "civic.reopened"]);
    refused(world.ask(By::At(5), "request_confirm", &id, "", &token(&id, ADDRESS)).await, "not_found");
    world.ask(By::At(5), "request_confirm", &id, "", &token(&id, "g@example.org")).await.unwrap();
    let kept: Vec<(String, String)> = world.market.list(MESSAGES, values![]).await.unwrap();
    assert!(kept.iter().all(|(_, words)| !words.contains("irf_") && !words.contains("irc_")), "{kept:?}");
}

async fn one_address_is_not_asked_often(world: World) {
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(text(&world.report(By::Nobody, json!({})).await, "id"));
    }
    let wish = by_mail();
    let asks = ids.iter().map(|id| world.ask(By::Nobody, "request_follow", id, "", &wish));
    let mut taken = 0;
    for answer in futures_util::future::join_all(asks).await {
        match answer {
            Ok(_) => taken += 1,
            Err(refusal) => assert_eq!(refusal.code(), "too_many_confirmations"),
        }
    }
    assert_eq!((taken, templates(&world).await.len(), count(&world, FOLLOWERS).await), (3, 3, 3));
    let person = json!({ "contact": { "email": ADDRESS } });
    let late = world.ask(By::Person(7), "request_second", &ids[0], "", &person).await;
    refused(late, "too_many_confirmations");
    world.pass(24);
    world.ask(By::Person(7), "request_second", &ids[0], "", &person).await.unwrap();
}

async fn what_nobody_confirms_is_forgotten(world: World) {
    let id = text(&world.report(By::Nobody, json!({})).await, "id");
    let counted = text(&world.report(By::Nobody, json!({})).await, "id");
    world.ask(By::Nobody, "request_follow", &id, "", &by_mail()).await.unwrap();
    world.ask(By::Person(7), "request_second", &counted, "", &by_mail()).await.unwrap();
    let jobs: Vec<(i64, String)> = world.market.list(JOBS, values![UNCONFIRMED]).await.unwrap();
    assert_eq!((jobs.len(), count(&world, ADDRESSES).await), (2, 2));
    let forget = ForgetUnconfirmed { civic: world.civic.clone() };
    for _ in 0..2 {
        for (number, body) in &jobs {
            let (due, at) = (world.clock.now(), world.clock.now());
            let (kind, body) = (UNCONFIRMED.to_owned(), body.clone());
            let job = Job {
                id: *number,
                kind,
                body,
                key: None,
                priority: 0,
                due,
                attempts: 1,
                actor: Actor::System,
                at,
            };
            let decision = forget.run(&world.market, &job).await.unwrap();
            world.market.commit(world.stamp(), decision).await.unwrap();
        }
    }
    assert_eq!((count(&world, FOLLOWERS).await, count(&world, ADDRESSES).await), (1, 0));
    let mine = world.ask(By::Person(7), "request_mine", &counted, "", &json!({})).await.unwrap();
    assert_eq!((&mine["following"]["seconded"], mine["following"].get("email")), (&json!(true), None));
    refused(world.ask(By::Nobody, "request_confirm", &id, "", &token(&id, ADDRESS)).await, "not_found");
    // They may ask again.
    let again = world.ask(By::Nobody, "request_follow", &id, "", &by_mail()).await.unwrap();
    assert_eq!(again["confirm"], true);
}

async fn what_was_said_to_somebody_is_erased_with_them(world: World) {
    let made = world.report(By::Nobody, json!({ "contact": { "email": "a@example.org" } })).await;
    world.report(By::Nobody, json!({ "contact": { "email": "b@example.org" } })).await;
    world.report(By::Person(7), json!({ "contact": { "email": "p@example.org" } })).await;
    tell(&world).await;
    assert_eq!((templates(&world).await.len(), count(&world, ADDRESSES).await), (3, 3));
    let shown = json!({ "secret": text(&made, "secret") });
    world.ask(By::Nobody, "request_erase", &text(&made, "id"), "", &shown).await.unwrap();
    let kept = async || -> Vec<String> {
        let rows: Vec<(String, String)> = world.market.list(MESSAGES, values![]).await.unwrap();
        rows.into_iter().map(|(_, words)| words).filter(|words| words != "{}").collect()
    };
    assert_eq!((kept().await.len(), count(&world, ADDRESSES).await), (2, 2), "the others' stay");
    world.ask(By::Person(7), "civic_erase", "", "", &json!({})).await.unwrap();
    assert_eq!((kept().await.len(), count(&world, ADDRESSES).await), (1, 1));
    let jobs: Vec<(i64, String)> = world.market.list(JOBS, values![notify::ERASE]).await.unwrap();
    assert_eq!(jobs.len(), 1, "what else there is of them goes by a job");
}
