use dispatch::offer::Companion;
use kernel::Id;
use serde_json::{Value, json};

use super::http;
use crate::claim::tests::rig::{account, brought, open, set};
use crate::order::tests::rig::{BUYER, RIDER, Rig};
use crate::settings::{RiderRule, Settings};
use crate::testing::{World, faults, on_both_engines, rand};

async fn ask(rig: &Rig, name: &str, body: Value) -> Result<Value, kernel::Refusal> {
    let endpoints = http::endpoints(&rig.orders.pricing.rules);
    let worker = Id::<kernel::Person>::from_raw(RIDER).to_string();
    let path = [("worker", worker.as_str())];
    rig.world.ask_by(rig.caller(RIDER), &endpoints, name, &path, "", Some(body)).await
}

async fn of_rider(rig: &Rig) -> (i64, i64) {
    (rig.in_it(account("cash", RIDER)).await.0, rig.in_it(account("rider", RIDER)).await.0)
}

async fn what_a_rider_is_owed_is_kept_out_of_the_cash(world: World) {
    let rig = open(world).await;
    assert_eq!(ask(&rig, "rider_cash", json!(null)).await.unwrap_err().code(), "not_found");
    let first = brought(&rig, &[(&rig.tea, 1)], json!({"method": "wallet"}), json!({})).await;
    let share = rig.order(&first).await.quote().shares.rider.minor();
    assert_eq!(of_rider(&rig).await, (0, share));
    let order = brought(&rig, &[(&rig.tea, 4)], json!({"method": "cash"}), json!({})).await;
    let taken = rig.order(&order).await.quote().sources.buyer.minor();
    // For the one that was paid for otherwise, too.
    assert_eq!(of_rider(&rig).await, (taken - 2 * share, 0));
    assert_eq!(ask(&rig, "own_cash", json!(null)).await.unwrap()["held"], rand(taken - 2 * share));
    brought(&rig, &[(&rig.tea, 1)], json!({"method": "wallet"}), json!({})).await;
    assert_eq!(of_rider(&rig).await, (taken - 3 * share, 0));
    rig.is_sound().await;

    let left = taken - 3 * share;
    let much = ask(&rig, "rider_cash_in", json!({"amount": left + 1})).await.unwrap_err();
    assert_eq!(faults(&much), [("/amount", "out_of_range")]);
    let answer = ask(&rig, "rider_cash_in", json!({"amount": left - 1})).await.unwrap();
    assert_eq!(answer["held"], rand(1));
    assert_eq!(of_rider(&rig).await, (1, 0));
    brought(&rig, &[(&rig.tea, 1)], json!({"method": "wallet"}), json!({})).await;
    assert_eq!(of_rider(&rig).await, (0, share - 1), "the rest is paid out");
    rig.is_sound().await;
}

/// What a rider hands in while an order is divided is not set off as well.
async fn cash_is_had_once(world: World) {
    let rig = open(world).await;
    let rider = Id::from_raw(RIDER);
    let moved = |minor| kernel::Decision::nothing().change(super::repo::moved(rider, minor));
    rig.world.commit(moved(500)).await.unwrap();
    let handed_in = kernel::Decision::nothing().change(super::repo::hand_in(rider, 500));
    rig.world.commit(handed_in).await.unwrap();
    let late = rig.world.commit(moved(-80)).await.unwrap_err();
    assert!(matches!(late, store::CommitError::Conflict), "{late}");
    assert_eq!(super::repo::held(&rig.world.market, rider).await.unwrap(), Some(0));
}

async fn who_has_too_much_is_offered_no_more_of_it(world: World) {
    let rig = open(world).await;
    let rule = RiderRule { cash_max_minor: Some(1_000), ..RiderRule::default() };
    set(&rig, &Settings { rider: rule, ..Settings::default() }).await;
    let accepted = |pay: &'static str| {
        let rig = &rig;
        async move {
            let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
            let order = rig.place(BUYER, &quote, pay).await.unwrap();
            rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
            let job = rig.order(&order).await.job.unwrap();
            dispatch::offer::repo::job(&rig.world.market, job).await.unwrap().unwrap()
        }
    };
    let jobs = [accepted("cash").await, accepted("wallet").await];
    let barred = || rig.orders.barred(&rig.world.market, &jobs);
    assert!(barred().await.unwrap().is_empty(), "nobody has any");
    brought(&rig, &[(&rig.tea, 2)], json!({"method": "cash"}), json!({})).await;
    assert_eq!(barred().await.unwrap(), [(jobs[0].id, vec![Id::from_raw(RIDER)])]);
    let taken = dispatch::offer::Job { worker: Some(Id::from_raw(RIDER)), ..jobs[0].clone() };
    let (market, ctx) = (&rig.world.market, rig.world.ctx());
    let step = dispatch::offer::Step::Assigned;
    assert_eq!(rig.orders.with(market, step, &taken, &ctx).await.unwrap_err().code(), "too_much_cash");
    let other = dispatch::offer::Job { worker: Some(Id::from_raw(RIDER)), ..jobs[1].clone() };
    assert!(rig.orders.with(market, step, &other, &ctx).await.is_ok(), "nothing is taken for it");
    let held = of_rider(&rig).await.0;
    ask(&rig, "rider_cash_in", json!({"amount": held})).await.unwrap();
    assert!(barred().await.unwrap().is_empty(), "it was handed in");
}

on_both_engines!(
    what_a_rider_is_owed_is_kept_out_of_the_cash,
    cash_is_had_once,
    who_has_too_much_is_offered_no_more_of_it,
);
