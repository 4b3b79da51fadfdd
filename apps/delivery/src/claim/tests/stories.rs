use std::sync::Arc;

use kernel::jiff::SignedDuration;
use serde_json::{Value, json};

use super::rig::{accepted, account, ask, brought, claim, decided, is_over, open, request, set};
use crate::claim::model::{Dispute, State};
use crate::order::tests::rig::{BUYER, RIDER, Rig};
use crate::settings::{ClaimRule, Settings};
use crate::testing::{World, faults, on_both_engines, rand};

fn wallet() -> Value {
    json!({"method": "wallet"})
}

fn missing(line: u16, count: u16) -> Value {
    json!([{"line": line, "count": count, "reason": "missing", "note": "not in the bag"}])
}

async fn in_wallet(rig: &Rig) -> i64 {
    rig.in_it(account("wallet", BUYER)).await.0
}

async fn of_merchant(rig: &Rig) -> i64 {
    rig.in_it(account("merchant", rig.merchant.raw())).await.0
}

/// The price is the order's, whatever anybody says.
async fn nobody_names_a_price(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3), (&rig.tea, 1)], wallet(), json!({})).await;
    for extra in [json!({"amount": rand(100_000)}), json!({"price": 1}), json!({"each": rand(9_999)})] {
        let mut lines = missing(0, 1);
        for (key, value) in extra.as_object().unwrap() {
            lines[0][key] = value.clone();
        }
        let refused = request(&rig, &order, lines).await.unwrap_err();
        assert_eq!(crate::testing::codes(&refused), ["unknown_field"], "{extra}");
    }
    let asked = request(&rig, &order, missing(0, 2)).await.unwrap();
    assert_eq!((asked["asked"].clone(), asked["state"].as_str()), (rand(4_000), Some("requested")));
}

async fn all_that_is_wrong_is_named(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3), (&rig.tea, 1)], wallet(), json!({})).await;
    let lines = json!([
        {"line": 0, "count": 4, "reason": "missing"},
        {"line": 7, "count": 1, "reason": "late"},
        {"line": 1, "count": 1, "reason": "other"},
        {"line": 1, "count": 1, "reason": "other"},
    ]);
    let refused = request(&rig, &order, lines).await.unwrap_err();
    assert_eq!(
        faults(&refused),
        [
            ("/lines/0/count", "out_of_range"),
            ("/lines/1/line", "unknown_line"),
            ("/lines/3/line", "repeated"),
        ]
    );
    rig.world.clock.advance(SignedDuration::from_hours(49));
    assert_eq!(request(&rig, &order, missing(0, 1)).await.unwrap_err().code(), "claim_too_late");
}

async fn strangers_find_nothing(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3)], wallet(), json!({})).await;
    let body = json!({"lines": missing(0, 1)});
    let refused = ask(&rig, rig.caller(99), "claim_request", &order, body).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let asked = request(&rig, &order, missing(0, 1)).await.unwrap();
    for (name, body) in [("claim_read", json!(null)), ("claim_dispute", json!({"note": "n"}))] {
        let refused = ask(&rig, rig.caller(99), name, &asked, body).await.unwrap_err();
        assert_eq!(refused.code(), "not_found", "{name}");
    }
    let other = rig.world.merchant("Papa's").await.to_string();
    let path = [("provider", other.as_str()), ("id", asked["id"].as_str().unwrap())];
    let refused = rig.ask(rig.merchant(), "provider_claim", &path, json!(null)).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
}

async fn the_merchant_bears_what_was_missing(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3), (&rig.tea, 1)], wallet(), json!({})).await;
    let (before, owed) = (in_wallet(&rig).await, of_merchant(&rig).await);
    let commission = rig.in_it(account("commission", 0)).await.0;
    let vat = rig.in_it(account("vat", 0)).await.0;

    let asked = request(&rig, &order, missing(0, 2)).await.unwrap();
    let early = decided(&rig, &asked, json!([{"line": 0, "count": 2}])).await.unwrap_err();
    assert_eq!(early.code(), "merchant_may_answer");
    let bare = ask(&rig, rig.merchant(), "provider_claim_answer", &asked, json!({"accepts": false})).await;
    assert_eq!(faults(&bare.unwrap_err()), [("/note", "missing")]);
    let word = json!({"accepts": false, "note": "they were in it"});
    ask(&rig, rig.merchant(), "provider_claim_answer", &asked, word.clone()).await.unwrap();
    let twice = ask(&rig, rig.merchant(), "provider_claim_answer", &asked, word).await.unwrap_err();
    assert_eq!(twice.code(), "wrong_status");

    let part = decided(&rig, &asked, json!([{"line": 0, "count": 1}])).await.unwrap();
    assert_eq!(part["state"], "partly_approved");
    assert_eq!(decided(&rig, &asked, json!([])).await.unwrap_err().code(), "wrong_status");
    rig.settle().await;
    assert_eq!(claim(&rig, &asked).await.state, State::Paid);
    assert_eq!(in_wallet(&rig).await - before, 2_000);
    // Fifteen in a hundred were not the merchant's, and come back to nobody else.
    assert_eq!(owed - of_merchant(&rig).await, 1_700);
    let (net, tax) = (rig.in_it(account("commission", 0)).await.0, rig.in_it(account("vat", 0)).await.0);
    assert_eq!((commission - net) + (vat - tax), 300);
    assert_eq!(vat - tax, 39);
    assert_eq!(rig.order(&order).await.returned, 2_000);
    is_over(&rig, &order).await;
    let shown = ask(&rig, rig.caller(BUYER), "claim_read", &asked, json!(null)).await.unwrap();
    let states: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["requested", "under_review", "partly_approved", "paid"]);
}

async fn what_was_cash_is_in_the_wallet(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 2)], json!({"method": "cash"}), json!({})).await;
    let before = in_wallet(&rig).await;
    let asked = accepted(&rig, &order, missing(0, 1)).await;
    decided(&rig, &asked, json!([{"line": 0, "count": 1}])).await.unwrap();
    rig.settle().await;
    assert_eq!(in_wallet(&rig).await - before, 2_000);
    assert_eq!(claim(&rig, &asked).await.state, State::Paid);
    is_over(&rig, &order).await;
}

async fn each_bears_what_is_theirs(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3), (&rig.tea, 2)], wallet(), json!({})).await;
    let (owed, brings) = (of_merchant(&rig).await, rig.in_it(account("rider", RIDER)).await.0);
    let lines = json!([
        {"line": 0, "count": 2, "reason": "damaged"}, {"line": 1, "count": 2, "reason": "quality"},
    ]);
    let asked = accepted(&rig, &order, lines).await;
    let word = json!([
        {"line": 0, "count": 2, "bearer": "rider", "share_bp": 5_000}, {"line": 1, "count": 2, "bearer": "platform"},
    ]);
    let answer = decided(&rig, &asked, word).await.unwrap();
    assert_eq!(answer["verdict"]["goods"], rand(5_000));
    rig.settle().await;
    assert_eq!(of_merchant(&rig).await, owed, "nothing is the merchant's fault");
    assert_eq!(brings - rig.in_it(account("rider", RIDER)).await.0, 2_000);
    assert_eq!(rig.in_it(account("refunds", 0)).await.0, 3_000);
    is_over(&rig, &order).await;
}

async fn gifts_and_coins_go_back_to_who_gave_them(world: World) {
    let rig = open(world).await;
    let promotions = crate::promotion::http::endpoints();
    let terms = json!({
        "name": "A fifth off", "payer": "platform", "from": "2020-01-01T00:00:00Z",
        "benefit": {"kind": "percent", "share_bp": 2_000},
    });
    rig.world.ask(&promotions, "promotion_create", &[], "", Some(terms)).await.unwrap();
    rig.give(account("coins", BUYER), 1_000).await;
    let order = brought(&rig, &[(&rig.bread, 5)], wallet(), json!({"coins": 100})).await;
    let given = rig.in_it(account("promotions", 0)).await.0;
    let (purse, money) = (rig.in_it(account("coins", BUYER)).await.0, in_wallet(&rig).await);
    let (mut had, mut coins) = (0, 0);
    for count in [1, 4] {
        let asked = accepted(&rig, &order, missing(0, count)).await;
        let answer = decided(&rig, &asked, json!([{"line": 0, "count": count}])).await.unwrap();
        had += answer["verdict"]["money"]["amount"].as_i64().unwrap();
        coins += answer["verdict"]["coins"]["amount"].as_i64().unwrap();
        rig.settle().await;
        is_over(&rig, &order).await;
    }
    // A hundred rand, of which the platform gave twenty.
    assert_eq!(had + coins, 8_000);
    assert_eq!(given - rig.in_it(account("promotions", 0)).await.0, 2_000);
    assert!(coins > 500 && coins < 1_000, "those that paid for the way do not: {coins}");
    // A hundredth of what was paid in money was earned, and is taken back.
    assert_eq!(rig.in_it(account("coins", BUYER)).await.0 - purse, coins - 70);
    assert_eq!(rig.in_it(account("rewards", 0)).await.0, 1_000);
    assert_eq!(in_wallet(&rig).await - money, had);
    let late = request(&rig, &order, missing(0, 1)).await.unwrap_err();
    assert_eq!(faults(&late), [("/lines/0/count", "given_back_already")]);
}

/// Two operators decide two claims about the same bread at once: one of them is told.
async fn decided_at_the_same_instant(world: World) {
    let rig = Arc::new(open(world).await);
    for _ in 0..5 {
        let order = brought(&rig, &[(&rig.tea, 2)], wallet(), json!({})).await;
        let before = in_wallet(&rig).await;
        let mut both = Vec::new();
        for _ in 0..2 {
            both.push(accepted(&rig, &order, missing(0, 2)).await);
        }
        let tasks = both.into_iter().map(|asked| {
            let rig = rig.clone();
            tokio::spawn(async move { decided(&rig, &asked, json!([{"line": 0, "count": 2}])).await })
        });
        let found = futures_util::future::join_all(tasks).await;
        let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        let refused: Vec<_> = found.iter().filter_map(|it| it.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{found:?}");
        assert_eq!(crate::testing::codes(refused[0]), ["given_back_already"]);
        rig.settle().await;
        assert_eq!(in_wallet(&rig).await - before, 3_000);
        is_over(&rig, &order).await;
    }
}

async fn small_ones_are_approved_by_themselves_if_the_market_says_so(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3)], wallet(), json!({})).await;
    let asked = request(&rig, &order, missing(0, 1)).await.unwrap();
    rig.settle().await;
    assert_eq!(claim(&rig, &asked).await.state, State::Requested, "it is off unless it is wanted");
    let claim_rule = ClaimRule { automatic_max_minor: Some(2_000), ..ClaimRule::default() };
    set(&rig, &Settings { claim: claim_rule, ..Settings::default() }).await;
    let order = brought(&rig, &[(&rig.bread, 3)], wallet(), json!({})).await;
    let before = in_wallet(&rig).await;
    let large = request(&rig, &order, missing(0, 2)).await.unwrap();
    let small = request(&rig, &order, missing(0, 1)).await.unwrap();
    let second = request(&rig, &order, missing(0, 1)).await.unwrap();
    rig.settle().await;
    for (asked, state) in [(&large, State::Requested), (&small, State::Paid), (&second, State::Requested)] {
        assert_eq!(claim(&rig, asked).await.state, state);
    }
    assert_eq!(in_wallet(&rig).await - before, 2_000);
    is_over(&rig, &order).await;
    // Nobody answers the others in time: a person decides.
    rig.world.clock.advance(SignedDuration::from_hours(25));
    rig.settle().await;
    assert_eq!(claim(&rig, &large).await.state, State::UnderReview);
}

async fn a_dispute_is_decided_once_and_for_good(world: World) {
    let rig = open(world).await;
    let order = brought(&rig, &[(&rig.bread, 3)], wallet(), json!({})).await;
    let before = in_wallet(&rig).await;
    let asked = accepted(&rig, &order, missing(0, 3)).await;
    let dispute = |note: &'static str| {
        let (rig, asked) = (&rig, &asked);
        async move { ask(rig, rig.caller(BUYER), "claim_dispute", asked, json!({"note": note})).await }
    };
    assert_eq!(dispute("too early").await.unwrap_err().code(), "nothing_to_dispute");
    assert_eq!(decided(&rig, &asked, json!([])).await.unwrap()["state"], "rejected");
    dispute("I have a picture").await.unwrap();
    assert_eq!(dispute("again").await.unwrap_err().code(), "nothing_to_dispute");
    let answer = decided(&rig, &asked, json!([{"line": 0, "count": 2}])).await.unwrap();
    assert_eq!(
        (answer["state"].as_str(), answer["dispute"].as_str()),
        (Some("partly_approved"), Some("decided"))
    );
    rig.settle().await;
    assert_eq!(decided(&rig, &asked, json!([])).await.unwrap_err().code(), "wrong_status");
    assert_eq!(dispute("and again").await.unwrap_err().code(), "nothing_to_dispute");
    let now = claim(&rig, &asked).await;
    assert_eq!((now.state, now.dispute), (State::Paid, Dispute::Decided));
    assert_eq!(in_wallet(&rig).await - before, 4_000);
    is_over(&rig, &order).await;
}

async fn what_a_cancelled_order_kept_can_be_asked_back(world: World) {
    let rig = open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 5)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "wallet").await.unwrap();
    rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
    rig.world.clock.advance(SignedDuration::from_mins(6));
    rig.step(rig.caller(BUYER), "order_cancel", &order, json!({})).await.unwrap();
    rig.settle().await;
    let before = in_wallet(&rig).await;
    let asked = accepted(&rig, &order, missing(0, 5)).await;
    assert_eq!(asked["asked"], rand(1_000), "no more than was kept");
    decided(&rig, &asked, json!([{"line": 0, "count": 5}])).await.unwrap();
    rig.settle().await;
    assert_eq!(in_wallet(&rig).await - before, 1_000);
    assert_eq!(of_merchant(&rig).await, 0);
    is_over(&rig, &order).await;
    let free = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let free = rig.place(BUYER, &free, "wallet").await.unwrap();
    assert_eq!(request(&rig, &free, missing(0, 1)).await.unwrap_err().code(), "nothing_to_claim");
}

/// The gateway does not take it: the claim is open again, the money waits for the buyer, and nothing is
/// paid twice.
async fn a_refund_that_fails_is_sent_again(world: World) {
    let rig = open(world).await;
    let card = json!({"method": "card", "token": "sim:charge_back"});
    let order = brought(&rig, &[(&rig.bread, 2)], card, json!({})).await;
    rig.world.clock.advance(SignedDuration::from_hours(2));
    let before = in_wallet(&rig).await;
    let asked = accepted(&rig, &order, missing(0, 2)).await;
    decided(&rig, &asked, json!([{"line": 0, "count": 2}])).await.unwrap();
    rig.settle().await;
    let failed = claim(&rig, &asked).await;
    assert_eq!((failed.state, failed.failed), (State::Approved, true));
    let id = rig.order(&order).await.id;
    assert_eq!(rig.in_it(account("buyer_funds", id.raw())).await, (4_000, 0));
    rig.is_sound().await;
    let again = json!({"to_wallet": false});
    ask(&rig, rig.caller(1), "claim_send_again", &asked, again).await.unwrap();
    rig.settle().await;
    assert!(claim(&rig, &asked).await.failed, "it is the same gateway");
    let wallet = json!({"to_wallet": true});
    ask(&rig, rig.caller(1), "claim_send_again", &asked, wallet.clone()).await.unwrap();
    rig.settle().await;
    let refused = ask(&rig, rig.caller(1), "claim_send_again", &asked, wallet).await.unwrap_err();
    assert_eq!(refused.code(), "nothing_failed");
    assert_eq!(claim(&rig, &asked).await.state, State::Paid);
    assert_eq!(in_wallet(&rig).await - before, 4_000);
    is_over(&rig, &order).await;
}

async fn a_card_is_given_back_through_its_gateway(world: World) {
    let rig = open(world).await;
    let card = json!({"method": "card", "token": "sim:take"});
    let order = brought(&rig, &[(&rig.bread, 2)], card, json!({})).await;
    let held = rig.in_it(account("gateway", 1)).await.0;
    let asked = accepted(&rig, &order, missing(0, 1)).await;
    decided(&rig, &asked, json!([{"line": 0, "count": 1}])).await.unwrap();
    assert_eq!(claim(&rig, &asked).await.state, State::Approved);
    rig.settle().await;
    assert_eq!(claim(&rig, &asked).await.state, State::Paid);
    assert_eq!(held - rig.in_it(account("gateway", 1)).await.0, 2_000);
    is_over(&rig, &order).await;
}

on_both_engines!(
    nobody_names_a_price,
    all_that_is_wrong_is_named,
    strangers_find_nothing,
    the_merchant_bears_what_was_missing,
    what_was_cash_is_in_the_wallet,
    each_bears_what_is_theirs,
    gifts_and_coins_go_back_to_who_gave_them,
    decided_at_the_same_instant,
    small_ones_are_approved_by_themselves_if_the_market_says_so,
    a_dispute_is_decided_once_and_for_good,
    what_a_cancelled_order_kept_can_be_asked_back,
    a_refund_that_fails_is_sent_again,
    a_card_is_given_back_through_its_gateway,
);
