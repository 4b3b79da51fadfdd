use kernel::jiff::SignedDuration;
use kernel::{Decision, NewEvent};
use money::gateway::report::{Report, Standing};
use money::ledger;
use money::payment::model::Method;
use money::payment::states::PaymentState;
use money::payment::{hear, pen, repo as payments};
use serde_json::{Value, json};

use super::rig::{account, ask, brought, is_over, open};
use crate::claim::trouble::Trouble;
use crate::live;
use crate::order::model::Paid;
use crate::order::tests::rig::{BUYER, Rig};
use crate::testing::{World, on_both_engines};

/// The bank of the buyer takes it back.
async fn charged_back(rig: &Rig, order: &Value) {
    let (market, ctx) = (&rig.world.market, rig.world.ctx());
    let payment = rig.order(order).await.payment.unwrap();
    let book = rig.orders.payments.book(market, payment).await.unwrap();
    let paid = book.paid_by().unwrap().id;
    let step = hear::hear(&book, paid, "simulated", &Report::new(Standing::Reversed), &ctx);
    assert_eq!(step.after.payment.state, PaymentState::ChargedBack);
    let loaded = ledger::load(market, &step.posts).await.unwrap();
    let (posted, _) = ledger::post(loaded, &step.posts, &ctx).unwrap();
    rig.world.commit(payments::decision(&step, ctx.now).and(posted)).await.unwrap();
    rig.settle().await;
}

async fn troubles(rig: &Rig) -> Vec<(String, Trouble)> {
    let found = live::repo::troubled(&rig.world.market, 10).await.unwrap();
    found.into_iter().map(|(view, what)| (view.order.to_string(), what)).collect()
}

fn of(order: &Value, what: Trouble) -> Vec<(String, Trouble)> {
    vec![(order["id"].as_str().unwrap().to_owned(), what)]
}

async fn told(rig: &Rig) -> usize {
    let events: Vec<store::Event> =
        rig.world.market.list(store::EVENTS_AFTER, kernel::values![0_i64, 500_i64]).await.unwrap();
    events.iter().filter(|event| event.name == "order.trouble").count()
}

fn wish(what: &str, way: &str) -> Value {
    json!({"what": what, "way": way, "note": "spoke with the bank"})
}

async fn what_a_bank_takes_back_is_the_platforms_loss(world: World) {
    let rig = open(world).await;
    let card = json!({"method": "card", "token": "sim:take"});
    let order = brought(&rig, &[(&rig.bread, 2)], card, json!({})).await;
    let owed = rig.in_it(account("merchant", rig.merchant.raw())).await.0;
    assert_eq!(rig.in_it(account("coins", BUYER)).await.0, 40);
    charged_back(&rig, &order).await;
    assert_eq!(rig.in_it(account("coins", BUYER)).await.0, 0, "it earned nothing");
    assert_eq!(troubles(&rig).await, of(&order, Trouble::ChargedBack));
    assert_eq!(told(&rig).await, 1);
    assert_eq!(rig.in_it(account("merchant", rig.merchant.raw())).await.0, owed);
    let total = rig.order(&order).await.quote().sources.buyer.minor();
    assert_eq!(rig.in_it(account("refunds", 0)).await.0, total);
    is_over(&rig, &order).await;
    ask(&rig, rig.caller(1), "order_trouble_settle", &order, wish("charged_back", "note")).await.unwrap();
    assert_eq!(troubles(&rig).await, []);
    let twice = ask(&rig, rig.caller(1), "order_trouble_settle", &order, wish("charged_back", "note")).await;
    assert_eq!(twice.unwrap_err().code(), "no_trouble");
}

/// Before it was brought: it is cancelled then, and nobody gets twice what the bank gave back.
async fn charged_back_and_cancelled(world: World) {
    let rig = open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 2)], json!({})).await.unwrap();
    let card = json!({"quote": quote["id"], "payment": {"method": "card", "token": "sim:take"}, "address": "2 Short Street"});
    let order = rig.ask(rig.caller(BUYER), "order_place", &[], card).await.unwrap();
    rig.settle().await;
    charged_back(&rig, &order).await;
    assert_eq!(troubles(&rig).await, of(&order, Trouble::ChargedBack));
    rig.step(rig.merchant(), "order_reject", &order, json!({"reason": "charged back"})).await.unwrap();
    rig.settle().await;
    let done = rig.order(&order).await;
    assert_eq!((done.paid, done.returned), (Paid::Over, done.quote().sources.buyer.minor()));
    assert_eq!(rig.in_it(account("refunds", 0)).await.0, 0, "what came in is what was taken back");
    is_over(&rig, &order).await;
}

async fn what_a_cancelled_order_cannot_give_back_is_put_into_the_wallet(world: World) {
    let rig = open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 2)], json!({})).await.unwrap();
    let card = json!({"quote": quote["id"], "payment": {"method": "card", "token": "sim:charge_back"}, "address": "2 Short Street"});
    let order = rig.ask(rig.caller(BUYER), "order_place", &[], card).await.unwrap();
    rig.settle().await;
    rig.world.clock.advance(SignedDuration::from_hours(2));
    rig.step(rig.merchant(), "order_reject", &order, json!({"reason": "no oven"})).await.unwrap();
    rig.settle().await;
    assert_eq!(troubles(&rig).await, of(&order, Trouble::RefundFailed));
    let before = rig.in_it(account("wallet", BUYER)).await.0;
    ask(&rig, rig.caller(1), "order_trouble_settle", &order, wish("refund_failed", "again")).await.unwrap();
    assert_eq!(troubles(&rig).await, []);
    rig.settle().await;
    assert_eq!(troubles(&rig).await, of(&order, Trouble::RefundFailed), "it is the same gateway");
    ask(&rig, rig.caller(1), "order_trouble_settle", &order, wish("refund_failed", "to_wallet"))
        .await
        .unwrap();
    rig.settle().await;
    let total = rig.order(&order).await.quote().sources.buyer.minor();
    assert_eq!(rig.in_it(account("wallet", BUYER)).await.0 - before, total);
    assert_eq!(rig.order(&order).await.paid, Paid::Over);
    assert_eq!(troubles(&rig).await, []);
    is_over(&rig, &order).await;
}

async fn what_cannot_be_taken_is_told_once(world: World) {
    let rig = open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 2)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    let id = rig.order(&order).await;
    let event = pen::Told {
        about: id.id.raw(),
        payer: None,
        method: Method::Card,
        currency: id.currency(),
        amount: 1,
        state: PaymentState::Authorised,
        reason: None,
        captured: 0,
        refunded: 0,
        charged_back: 0,
        refund: None,
        part: None,
    };
    for _ in 0..2 {
        let event = NewEvent::new(pen::CAPTURE_FAILED, id.payment.unwrap(), &event);
        rig.world.commit(Decision::nothing().event(event)).await.unwrap();
        rig.settle().await;
    }
    assert_eq!(troubles(&rig).await, of(&order, Trouble::CaptureFailed));
    assert_eq!(told(&rig).await, 1);
    ask(&rig, rig.caller(1), "order_trouble_settle", &order, wish("capture_failed", "again")).await.unwrap();
    assert_eq!(troubles(&rig).await, []);
}

on_both_engines!(
    what_a_bank_takes_back_is_the_platforms_loss,
    charged_back_and_cancelled,
    what_a_cancelled_order_cannot_give_back_is_put_into_the_wallet,
    what_cannot_be_taken_is_told_once,
);
