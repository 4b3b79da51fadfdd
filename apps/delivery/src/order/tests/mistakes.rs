//! What went wrong in comparable products, tried here: see `docs/mistakes.md`.

use std::sync::Arc;

use dispatch::offer::{Companion, Job, JobState, NewJob, Step};
use kernel::{Clock, Id, Refusal};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use web::Raw;

use super::rig::{BUYER, RIDER, Rig};
use crate::order::model::Paid;
use crate::order::state::Status;
use crate::order::step::JOB_KIND;
use crate::order::{http, repo};
use crate::testing::{World, faults, on_both_engines};

on_both_engines!(
    two_who_bring_it_on_do_so_once,
    who_accepts_has_nothing_picked_up_yet,
    prices_and_people_are_never_the_senders,
    a_checkout_that_failed_leaves_its_key_free,
    nobody_prepares_what_is_not_paid_for,
);

/// Whoever reads that it is confirmed may prepare it; of many who read that at once, one does.
async fn two_who_bring_it_on_do_so_once(world: World) {
    let rig = Arc::new(Rig::open(world).await);
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    for (step, body) in
        [("order_accept", json!({})), ("order_prepare", json!({})), ("order_ready", json!({}))]
    {
        let mut all = JoinSet::new();
        for _ in 0..8 {
            let (rig, order, body) = (rig.clone(), order.clone(), body.clone());
            all.spawn(async move { rig.step(rig.merchant(), step, &order, body).await });
        }
        let found = all.join_all().await;
        let codes: Vec<&str> = found.iter().filter_map(|it| it.as_ref().err()).map(Refusal::code).collect();
        assert_eq!(codes, ["wrong_status"; 7], "{step}");
    }
    let kept = rig.order(&order).await;
    let entries = repo::history(&rig.world.market, kept.id).await.unwrap();
    let steps: Vec<Status> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(steps, [Status::Pending, Status::Confirmed, Status::Preparing, Status::Ready]);
}

/// A rider takes the offer; the order stays where the store has it, and leaves it only when it is ready.
async fn who_accepts_has_nothing_picked_up_yet(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
    let (kept, now) = (rig.order(&order).await, rig.world.clock.now());
    let what = NewJob {
        kind: JOB_KIND.to_owned(),
        subject: kept.id.raw(),
        pickup: kept.fixed.from,
        drop: kept.fixed.to.unwrap(),
        ready: now,
        due: now,
        load: 1,
        modes: dispatch::Modes::ANY,
        pay: 100,
    };
    let known = dispatch::offer::repo::job(&rig.world.market, kept.job.unwrap()).await.unwrap().unwrap();
    let job = Job { what, state: JobState::Assigned, worker: Some(Id::from_raw(RIDER)), ..known };
    let decision = rig.orders.with(&rig.world.market, Step::Assigned, &job, &rig.world.ctx()).await.unwrap();
    rig.world.commit(decision).await.unwrap();
    let kept = rig.order(&order).await;
    assert_eq!((kept.status, kept.rider), (Status::Confirmed, Some(Id::from_raw(RIDER))));
    for step in ["order_picked_up", "order_on_the_way"] {
        let refused = rig.step(rig.caller(RIDER), step, &order, json!({})).await.unwrap_err();
        assert_eq!(refused.code(), "wrong_status", "{step} before it is ready");
    }
    assert_eq!(rig.order(&order).await.status, Status::Confirmed);
}

/// What something costs, what goes back, and who asks, is never taken from a body.
async fn prices_and_people_are_never_the_senders(world: World) {
    let rig = Rig::open(world).await;
    let line = |more: Value| {
        let mut line = json!({"product": rig.tea, "count": 1});
        line.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({ "lines": [line] })
    };
    let cheap = json!({"amount": 1, "currency": "ZAR"});
    for (more, field) in [
        (line(json!({ "price": cheap })), "/lines/0/price"),
        (line(json!({ "each": 1 })), "/lines/0/each"),
        (json!({ "delivery_fee": cheap }), "/delivery_fee"),
        (json!({ "total": cheap }), "/total"),
        (json!({ "buyer": "per_0000000000123" }), "/buyer"),
    ] {
        let refused = rig.quote(BUYER, &[(&rig.tea, 1)], more).await.unwrap_err();
        assert_eq!(faults(&refused), [(field, "unknown_field")]);
    }
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    for (name, value) in [("total", &cheap), ("amount", &cheap), ("buyer", &json!("per_0000000000123"))] {
        let order = json!({ "quote": quote["id"], "payment": { "method": "cash" }, "address": "2 Short Street", name: value });
        let refused = rig.ask(rig.caller(BUYER), "order_place", &[], order).await.unwrap_err();
        assert_eq!(faults(&refused), [(format!("/{name}").as_str(), "unknown_field")]);
    }
    // Of somebody else's quote nobody makes an order.
    assert_eq!(rig.place(BUYER + 1, &quote, "cash").await.unwrap_err().code(), "not_found");
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    assert_eq!(order["total"], quote["total"]);
    for name in ["amount", "refund", "kept"] {
        let refused = rig.step(rig.caller(BUYER), "order_cancel", &order, json!({ name: cheap })).await;
        assert_eq!(faults(&refused.unwrap_err()), [(format!("/{name}").as_str(), "unknown_field")]);
    }
    assert_eq!(rig.order(&order).await.status, Status::Pending);
}

/// The key and the order are one commit: a try that came to nothing has not used the key up, and one that
/// came to something is not done again.
async fn a_checkout_that_failed_leaves_its_key_free(world: World) {
    let rig = Rig::open(world).await;
    let mine = rig.quote(BUYER, &[(&rig.bread, 10)], json!({})).await.unwrap();
    let other = rig.quote(91, &[(&rig.bread, 1)], json!({})).await.unwrap();
    let first = rig.place(91, &other, "cash").await.unwrap();
    let endpoints = http::endpoints(&rig.orders);
    let place = async |address: &str| {
        let order = json!({ "quote": mine["id"], "payment": { "method": "cash" }, "address": address });
        let raw = Raw { body: order.to_string().into(), ..Raw::default() };
        let who = (rig.caller(BUYER), Some("key-1"));
        let reply = rig.world.reply_once(who, &endpoints, "order_place", &[], raw).await?;
        Ok::<Value, Refusal>(serde_json::from_slice(&reply.body).unwrap())
    };
    assert_eq!(place("2 Short Street").await.unwrap_err().code(), "sold_out");
    rig.step(rig.caller(91), "order_cancel", &first, json!({})).await.unwrap();
    let order = place("2 Short Street").await.unwrap();
    for _ in 0..3 {
        assert_eq!(place("2 Short Street").await.unwrap()["id"], order["id"]);
    }
    assert_eq!(place("3 Short Street").await.unwrap_err().code(), "key_used_otherwise");
    let all = repo::of_buyer(&rig.world.market, Id::from_raw(BUYER), i64::MAX, 10).await.unwrap();
    assert_eq!((all.len(), rig.left(&rig.bread).await), (1, (0, 0)));
}

/// A payment that waits is no money yet: the store does not even see the order.
async fn nobody_prepares_what_is_not_paid_for(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    let mut waiting = rig.order(&order).await;
    waiting.paid = Paid::Waiting;
    rig.world.commit(kernel::Decision::nothing().change(repo::put(&waiting))).await.unwrap();
    for step in ["order_accept", "order_prepare", "order_ready"] {
        let refused = rig.step(rig.merchant(), step, &order, json!({})).await.unwrap_err();
        assert_eq!(refused.code(), "not_found", "{step}");
    }
    let (waiting, settings) = (rig.order(&order).await, crate::settings::Settings::default());
    let accepted = crate::order::decide::accept(
        &waiting,
        (10, None),
        crate::order::state::Role::Operator,
        Some("by telephone"),
        &settings,
        &rig.world.ctx(),
    );
    assert_eq!(accepted.unwrap_err().code(), "not_paid");
}
