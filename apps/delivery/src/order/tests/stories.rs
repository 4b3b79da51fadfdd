use kernel::jiff::SignedDuration;
use kernel::{Clock, Id};
use money::ledger::Account;
use serde_json::json;

use super::rig::{BUYER, RIDER, Rig};
use crate::order::model::Paid;
use crate::order::standing;
use crate::order::state::Status;
use crate::testing::{World, faults, on_both_engines, rand};

fn account(code: &'static str, owner: i64) -> Account {
    Account::of(code, owner)
}

/// From the counter to the door, brought by somebody whom an operator names.
async fn brought(rig: &Rig, order: &serde_json::Value) {
    rig.step(rig.merchant(), "order_accept", order, json!({})).await.unwrap();
    let mut placed = rig.order(order).await;
    // Somebody is on the way to the store before the goods are ready.
    let job = placed.job.unwrap();
    let (decision, after) = crate::order::decide::assign(&placed, job, Some(Id::from_raw(RIDER))).unwrap();
    rig.world.commit(decision).await.unwrap();
    placed.rider = after.rider;
    rig.step(rig.merchant(), "order_prepare", order, json!({})).await.unwrap();
    rig.step(rig.merchant(), "order_ready", order, json!({})).await.unwrap();
}

async fn an_order_is_paid_for_in_cash_and_brought(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 2), (&rig.tea, 1)], json!({"tip": rand(500)})).await.unwrap();
    assert_eq!(quote["goods"], rand(5_500));
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    assert_eq!((order["status"].as_str(), order["paid"].as_str()), (Some("pending"), Some("assured")));
    assert_eq!(rig.left(&rig.bread).await, (8, 0));
    let again = rig.place(BUYER, &quote, "cash").await.unwrap_err();
    assert_eq!(again.code(), "quote_taken");
    let pin = order["pin"].as_str().unwrap().to_owned();
    let id = rig.order(&order).await.id;
    // An operator brings it on where nobody uses the app.
    let move_to = |to: &'static str| json!({"to": to, "reason": "by telephone"});
    rig.step(rig.merchant(), "order_accept", &order, json!({"prepares_min": 15})).await.unwrap();
    rig.step(rig.merchant(), "order_prepare", &order, json!({})).await.unwrap();
    let late = rig.step(rig.caller(BUYER), "order_cancel", &order, json!({})).await.unwrap_err();
    assert_eq!(late.code(), "wrong_status");
    rig.step(rig.merchant(), "order_ready", &order, json!({})).await.unwrap();
    for to in ["picked_up", "in_transit", "delivered"] {
        rig.step(rig.merchant(), "order_move", &order, move_to(to)).await.unwrap();
    }
    rig.settle().await;
    let done = rig.order(&order).await;
    assert_eq!((done.status, done.paid, done.earned), (Status::Delivered, Paid::Taken, true));
    assert_eq!(pin.len(), 4);
    assert_eq!(rig.in_it(account("buyer_funds", id.raw())).await, (0, 0));
    let shares = done.quote().shares;
    // Nobody is known who brought it: the store has what a rider would get.
    let owed = shares.merchant.minor() + shares.rider.minor();
    assert_eq!(rig.in_it(account("merchant", rig.merchant.raw())).await.0, owed);
    rig.is_sound().await;
}

async fn only_its_rider_brings_an_order_and_shows_what_the_buyer_said(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 1)], json!({})).await.unwrap();
    rig.give(account("wallet", BUYER), 100_000).await;
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    let total = rig.order(&order).await.quote().total.minor();
    assert_eq!(rig.in_it(account("wallet", BUYER)).await, (100_000, total));
    brought(&rig, &order).await;
    let stranger = rig.step(rig.caller(99), "order_picked_up", &order, json!({})).await.unwrap_err();
    assert_eq!(stranger.code(), "not_found");
    let early = json!({"pin": "0000"});
    let jump = rig.step(rig.caller(RIDER), "order_delivered", &order, early).await.unwrap_err();
    assert_eq!(jump.code(), "wrong_status");
    // Accepting did not pick it up: that is a step of its own.
    assert_eq!(rig.order(&order).await.status, Status::Ready);
    let on_board = crate::order::Order { status: Status::PickedUp, ..rig.order(&order).await };
    let to = |rider| crate::order::decide::assign(&on_board, on_board.job.unwrap(), rider);
    assert_eq!(to(None).unwrap_err().code(), "on_board");
    assert_eq!(to(Some(Id::from_raw(99))).unwrap().1.rider, Some(Id::from_raw(99)));
    let pin = order["pin"].as_str().unwrap();
    let wrong = if pin == "1234" { "4321" } else { "1234" };
    let placed = rig.order(&order).await;
    let (ctx, settings) = (rig.world.ctx(), crate::settings::Settings::default());
    let in_transit = crate::order::Order { status: Status::InTransit, ..placed };
    let try_with = |pin: &str| {
        let proof = crate::order::decide::Proof::Pin(pin.to_owned());
        crate::order::decide::deliver(
            &in_transit,
            &proof,
            crate::order::state::Role::Rider,
            None,
            &settings,
            &ctx,
        )
    };
    assert_eq!(faults(&try_with(wrong).unwrap_err()), [("/pin", "wrong_pin")]);
    assert_eq!(try_with(pin).unwrap().1.status, Status::Delivered);
}

async fn what_is_cancelled_gives_everything_back(world: World) {
    let rig = Rig::open(world).await;
    rig.give(account("wallet", BUYER), 100_000).await;
    rig.give(account("coins", BUYER), 1_000).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 3)], json!({"coins": 50})).await.unwrap();
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    assert_eq!(rig.in_it(account("coins", BUYER)).await, (1_000, 500));
    assert_eq!(rig.left(&rig.bread).await, (7, 0));
    rig.step(rig.caller(BUYER), "order_cancel", &order, json!({})).await.unwrap();
    rig.settle().await;
    let done = rig.order(&order).await;
    assert_eq!((done.status, done.paid, done.kept), (Status::Cancelled, Paid::Over, 0));
    assert_eq!(rig.in_it(account("wallet", BUYER)).await, (100_000, 0));
    assert_eq!(rig.in_it(account("coins", BUYER)).await, (1_000, 0));
    assert_eq!(rig.left(&rig.bread).await, (10, 0));
    rig.is_sound().await;
}

/// What is certain to be paid for does not come back to the shelf while it is prepared.
async fn what_is_ordered_stays_taken(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 4)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.world.clock.advance(SignedDuration::from_hours(2));
    rig.settle().await;
    assert_eq!(rig.left(&rig.bread).await, (6, 0));
    let late = rig.quote(BUYER + 1, &[(&rig.bread, 7)], json!({})).await.unwrap_err();
    assert_eq!(faults(&late), [("/lines/0", "sold_out")]);
    rig.step(rig.merchant(), "order_reject", &order, json!({"reason": "no oven"})).await.unwrap();
    rig.settle().await;
    assert_eq!(rig.left(&rig.bread).await, (10, 0));
}

async fn who_cancels_late_pays_a_part_of_it(world: World) {
    let rig = Rig::open(world).await;
    rig.give(account("wallet", BUYER), 100_000).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 5)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
    rig.world.clock.advance(SignedDuration::from_mins(6));
    rig.step(rig.caller(BUYER), "order_cancel", &order, json!({})).await.unwrap();
    rig.settle().await;
    let done = rig.order(&order).await;
    // A tenth of a hundred rand.
    assert_eq!((done.kept, done.paid), (1_000, Paid::Over));
    assert_eq!(rig.in_it(account("wallet", BUYER)).await, (99_000, 0));
    assert_eq!(rig.in_it(account("merchant", rig.merchant.raw())).await.0, 1_000);
    assert_eq!(rig.in_it(account("buyer_funds", done.id.raw())).await, (0, 0));
    rig.is_sound().await;
}

async fn a_merchant_gives_a_reason_and_the_buyer_gets_all_back(world: World) {
    let rig = Rig::open(world).await;
    rig.give(account("wallet", BUYER), 100_000).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    let bare = rig.step(rig.merchant(), "order_reject", &order, json!({})).await.unwrap_err();
    assert_eq!(faults(&bare), [("/reason", "missing")]);
    rig.step(rig.merchant(), "order_reject", &order, json!({"reason": "no oven"})).await.unwrap();
    rig.settle().await;
    assert_eq!(rig.order(&order).await.reason.as_deref(), Some("no oven"));
    assert_eq!(rig.in_it(account("wallet", BUYER)).await, (100_000, 0));
    rig.is_sound().await;
}

async fn an_order_that_stands_is_told_of_once(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.settle().await;
    assert!(!rig.order(&order).await.stuck);
    rig.world.clock.advance(SignedDuration::from_mins(15));
    let settings = crate::settings::Settings::default();
    rig.settle().await;
    assert!(rig.order(&order).await.stuck);
    let again = standing::tell(&rig.world.market, &settings, rig.world.clock.now()).await.unwrap();
    assert_eq!(again, 0);
    rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
    assert!(!rig.order(&order).await.stuck);
}

on_both_engines!(
    an_order_is_paid_for_in_cash_and_brought,
    only_its_rider_brings_an_order_and_shows_what_the_buyer_said,
    what_is_cancelled_gives_everything_back,
    what_is_ordered_stays_taken,
    who_cancels_late_pays_a_part_of_it,
    a_merchant_gives_a_reason_and_the_buyer_gets_all_back,
    an_order_that_stands_is_told_of_once,
);
