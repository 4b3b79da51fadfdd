//! What lying and failing gateways lead to.

use kernel::Actor;
use kernel::jiff::SignedDuration;
use serde_json::json;
use store::Stamp;

use super::world::{World, minutes, on_both_engines};
use crate::gateway::simulated::{Play, Sent};
use crate::gateway::wire::sign;
use crate::payment::states::PaymentState as P;

on_both_engines!(
    each_play_ends_as_it_should,
    callbacks_are_hints,
    a_callback_a_day_late_and_out_of_order,
    what_is_forged_or_unknown_changes_nothing,
    down_for_an_hour_at_peak,
    another_gateway_takes_over,
    a_reservation_is_captured_once_and_given_back,
    nothing_is_lost_when_the_process_dies_after_sending,
    a_charge_back_is_heard_of_by_callback,
    old_callbacks_are_let_go,
);

/// How a payment stands at once, and after an hour; what is told meanwhile.
async fn each_play_ends_as_it_should(world: World) {
    for (play, soon, later, told) in [
        ("take", P::Captured, P::Captured, "begun captured"),
        ("slow:45", P::Pending, P::Captured, "begun pending captured"),
        ("insufficient_funds", P::Failed, P::Failed, "begun failed"),
        ("do_not_honour", P::Failed, P::Failed, "begun failed"),
        ("gateway_error", P::Failed, P::Failed, "begun failed"),
        ("wrong_amount", P::Disputed, P::Expired, "begun disputed expired surplus refunded"),
        ("wrong_currency", P::Disputed, P::Expired, "begun disputed expired disputed"),
        ("timeout_done", P::Parked, P::Captured, "begun parked captured"),
        ("never", P::Pending, P::Expired, "begun pending expired"),
        ("lost_callback", P::Captured, P::Captured, "begun captured"),
        ("reserve", P::Authorised, P::Authorised, "begun authorised"),
        ("outage", P::Intent, P::Expired, "begun waiting expired"),
    ] {
        let id = world.pay(&format!("sim:{play}"), 25_000).await;
        assert_eq!(world.state(id).await, soon, "{play}");
        world.pass(minutes(60)).await;
        assert_eq!((world.state(id).await, world.told(id).await.as_str()), (later, told), "{play}");
    }
    let (balances, holds) = world.ledger().await;
    assert_eq!((balances.values().sum::<i64>(), holds), (0, 1), "one is still reserved");
    assert_eq!(world.balance("suspense").await, 0);
}

async fn callbacks_are_hints(world: World) {
    let id = world.pay("sim:slow:120", 25_000).await;
    // Early and late, each several times: nothing but the gateway's own answer moves the payment.
    for sent in world.callbacks().iter().chain(&world.callbacks()) {
        world.callback(sent).await.unwrap();
    }
    world.work().await;
    assert_eq!(world.state(id).await, P::Pending);
    world.clock.advance(SignedDuration::from_secs(120));
    for _ in 0..3 {
        for sent in world.callbacks() {
            world.callback(&sent).await.unwrap();
        }
    }
    world.work().await;
    assert_eq!(world.told(id).await, "begun pending captured");
    let kept = world.kept_callbacks().await;
    assert_eq!(kept.len(), 3, "each is kept once: {kept:?}");
    assert!(kept.iter().all(|(_, state)| state == "done"));
    let fee = 25_000 * 2 / 100;
    assert_eq!((world.balance("gateway").await, world.balance("gateway_fees").await), (25_000 - fee, fee));
}

async fn a_callback_a_day_late_and_out_of_order(world: World) {
    let plays = ["sim:reordered", "sim:duplicate", "sim:wrong_amount", "sim:never"];
    let mut ids = Vec::new();
    for play in plays {
        ids.push(world.pay(play, 25_000).await);
    }
    let mut sent = world.callbacks();
    world.pass(SignedDuration::from_hours(24)).await;
    let before =
        (world.all().await.into_iter().map(|it| it.payment.state).collect::<Vec<_>>(), world.ledger().await);
    sent.reverse();
    for callback in sent.iter().chain(&world.callbacks()) {
        world.callback(callback).await.unwrap();
    }
    world.work().await;
    let after =
        (world.all().await.into_iter().map(|it| it.payment.state).collect::<Vec<_>>(), world.ledger().await);
    assert_eq!(before, after);
    assert_eq!(before.0, [P::Captured, P::Captured, P::Expired, P::Expired]);
}

async fn what_is_forged_or_unknown_changes_nothing(world: World) {
    let id = world.pay("sim:never", 25_000).await;
    let reference = world.book(id).await.attempts[0].reference();
    let body = |reference: &str| json!({ "reference": reference, "status": "paid" }).to_string();
    let (right, wrong) = (body(&reference), sign::hmac_sha256("a guess", body(&reference).as_bytes()));
    for signature in ["", "00", wrong.as_str()] {
        let forged = Sent { signature: signature.to_owned(), body: right.clone() };
        assert_eq!(world.callback(&forged).await.unwrap_err().code(), "bad_signature");
    }
    assert!(world.kept_callbacks().await.is_empty());
    // Rightly signed, of nobody; with what looks like a card in it; and of another shape.
    let signed = |body: String| {
        let signature = sign::hmac_sha256(super::world::SECRET, body.as_bytes());
        Sent { signature, body }
    };
    for stranger in ["", "somebody", "0000000000001", "4111111111111111"] {
        world.callback(&signed(body(stranger))).await.unwrap();
    }
    assert_eq!(world.callback(&signed("{".to_owned())).await.unwrap_err().code(), "unreadable");
    // It says that it is paid, and it is not.
    world.callback(&signed(right)).await.unwrap();
    world.work().await;
    assert_eq!(world.told(id).await, "begun pending");
    let unknown = world.events().await.iter().filter(|it| it.name == "payment.callback_unknown").count();
    assert_eq!(unknown, 4);
    let health = world.ask(Some(web::Role::Manager), "list_gateways", &[], "", None).await.unwrap();
    assert_eq!(health["items"][0]["health"]["forged_callbacks"], 4);
    assert!(!health.to_string().contains(super::world::SECRET));
}

/// An hour without the gateway, payments coming all the time: each ends paid or explained, and its
/// payer was told.
async fn down_for_an_hour_at_peak(world: World) {
    let mut ids = Vec::new();
    for minute in 0..90 {
        world.gateway.down((15..75).contains(&minute));
        for _ in 0..2 {
            ids.push(world.begin(&world.wants("sim:take", 25_000)).await.unwrap());
        }
        world.pass(minutes(1)).await;
    }
    world.pass(minutes(60)).await;
    let (mut captured, mut expired) = (0, 0);
    for book in world.all().await {
        match book.payment.state {
            P::Captured => captured += 1,
            P::Expired => {
                expired += 1;
                assert!(world.told(book.payment.id).await.starts_with("begun waiting"), "its payer was told");
            }
            other => unreachable!("not explained: {other:?}"),
        }
        assert!(book.attempts.iter().all(|attempt| !attempt.state.is_open()));
    }
    assert_eq!(captured + expired, ids.len());
    // Those of the last half hour of the outage, and of the time before and after it, are paid.
    assert!(captured >= 110, "{captured}");
    assert_eq!(world.balance("buyer_funds").await, -25_000 * captured as i64);
    // A breaker keeps most tries from being made at all.
    let tries: usize = world.all().await.iter().map(|book| book.attempts.len()).sum();
    assert!(tries < ids.len() * 4, "{tries}");
}

async fn another_gateway_takes_over(world: World) {
    world.account(4, json!({ "basis_points": 900 })).await.unwrap();
    world.gateway.script([Play::Broken]);
    let id = world.pay("tok_1", 25_000).await;
    let book = world.book(id).await;
    assert_eq!(book.payment.state, P::Captured);
    let gateways: Vec<i64> = book.attempts.iter().map(|it| it.gateway).collect();
    assert!(gateways == [3, 4] || gateways == [4, 3], "{gateways:?}");
}

async fn a_reservation_is_captured_once_and_given_back(world: World) {
    let id = world.pay("sim:reserve", 25_000).await;
    assert_eq!(world.ledger().await.1, 1);
    let capture =
        || async { world.payments.capture(&world.market, id, Some(20_000), None, &world.ctx()).await };
    world.change(capture).await.unwrap();
    world.work().await;
    assert_eq!(world.told(id).await, "begun authorised captured");
    let path = [("id", id.to_string())];
    let path: Vec<(&str, &str)> = path.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refund = json!({ "amount": 5_000, "reason": "one meal was cold" });
    let role = Some(web::Role::Manager);
    world.ask(role, "refund_payment", &path, "", Some(refund)).await.unwrap();
    world.work().await;
    let too_much = json!({ "amount": 15_001, "reason": "all" });
    let refusal = world.ask(role, "refund_payment", &path, "", Some(too_much)).await.unwrap_err();
    assert_eq!(refusal.code(), "refund_exceeds");
    let (balances, holds) = world.ledger().await;
    assert_eq!((balances[&("buyer_funds".to_owned(), 42)], holds), (-15_000, 0));
}

/// An attempt was written down, and the process died: before the gateway heard of it, or after. The same
/// job comes again when its lease is over, and asks instead of sending.
async fn nothing_is_lost_when_the_process_dies_after_sending(world: World) {
    for (was_sent, soon) in [(false, P::Parked), (true, P::Captured)] {
        let id = world.begin(&world.wants("sim:take", 25_000)).await.unwrap();
        let book = world.book(id).await;
        let attempt = &book.attempts[0];
        let left = crate::payment::hear::leaves(&book, attempt.id, 3, &world.ctx());
        let stamp = Stamp { at: world.ctx().now, actor: Actor::System };
        world.market.commit(stamp, crate::payment::repo::decision(&left, stamp.at)).await.unwrap();
        if was_sent {
            let opened = world.payments.account(&world.market, 3).await.unwrap().unwrap();
            let order = world.payments.order(&left.after, attempt.id, &world.market).unwrap();
            let desk = world.payments.desk(&opened);
            opened.adapter.start(&desk, &order).await.unwrap();
        }
        world.work().await;
        assert_eq!(world.state(id).await, soon);
        world.pass(minutes(30)).await;
        assert_eq!(world.state(id).await, P::Captured);
        let tries = if was_sent { 1 } else { 2 };
        assert_eq!(world.book(id).await.attempts.len(), tries);
    }
    assert_eq!(world.balance("buyer_funds").await, -50_000);
}

async fn a_charge_back_is_heard_of_by_callback(world: World) {
    let id = world.pay("sim:charge_back", 25_000).await;
    let sent = world.callbacks();
    world.pass(minutes(61)).await;
    for callback in sent.iter().chain(&world.callbacks()) {
        world.callback(callback).await.unwrap();
    }
    world.work().await;
    assert_eq!(world.told(id).await, "begun captured charged_back");
    assert_eq!(world.balance("refunds").await, 25_000);
}

async fn old_callbacks_are_let_go(world: World) {
    world.pay("sim:take", 25_000).await;
    for (days, left) in [(0, 2), (89, 2), (2, 0)] {
        for callback in world.callbacks().iter().filter(|_| days == 0) {
            world.callback(callback).await.unwrap();
        }
        world.pass(SignedDuration::from_hours(24 * days)).await;
        world.job(0, "payment.tidy".to_owned(), "null".to_owned(), world.ctx().now).await;
        assert_eq!(world.kept_callbacks().await.len(), left, "{days}");
    }
}
