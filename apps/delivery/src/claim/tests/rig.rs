//! Orders that were brought, and claims about them.

use kernel::jiff::SignedDuration;
use kernel::{Decision, Id, Refusal};
use money::ledger::Account;
use serde_json::{Value, json};
use web::Caller;

use crate::claim::{Claim, repo};
use crate::order::tests::rig::{BUYER, RIDER, Rig};
use crate::order::{self, Order};
use crate::settings::{self, Settings};
use crate::testing::World;

pub fn account(code: &'static str, owner: i64) -> Account {
    Account::of(code, owner)
}

/// A place that has been here long enough for merchants to pay for their sales.
pub async fn open(world: World) -> Rig {
    let rig = Rig::open(world).await;
    rig.world.clock.advance(SignedDuration::from_hours(24 * 60));
    rig.open_gateway().await;
    rig.give(account("wallet", BUYER), 1_000_000).await;
    rig
}

pub async fn set(rig: &Rig, settings: &Settings) {
    let now = kernel::Clock::now(&*rig.world.clock);
    let market = &rig.world.market;
    let version = settings::repo::version(market).await.unwrap();
    let put = settings::repo::put(now, settings, now, kernel::Actor::System);
    let decision = Decision::nothing().change(settings::repo::changed_from(version, now)).change(put);
    rig.world.commit(decision).await.unwrap();
}

/// Bought, and brought by a rider; its money is divided.
pub async fn brought(rig: &Rig, lines: &[(&str, u16)], pay: Value, more: Value) -> Value {
    let quote = rig.quote(BUYER, lines, more).await.unwrap();
    let wish = json!({"quote": quote["id"], "payment": pay, "address": "2 Short Street"});
    let order = rig.ask(rig.caller(BUYER), "order_place", &[], wish).await.unwrap();
    rig.settle().await;
    rig.step(rig.merchant(), "order_accept", &order, json!({"prepares_min": 15})).await.unwrap();
    // Somebody brings it who is not known to dispatch.
    let after = Order { job: None, rider: Some(Id::from_raw(RIDER)), ..rig.order(&order).await };
    rig.world.commit(Decision::nothing().change(order::repo::put(&after))).await.unwrap();
    rig.step(rig.merchant(), "order_prepare", &order, json!({})).await.unwrap();
    rig.step(rig.merchant(), "order_ready", &order, json!({})).await.unwrap();
    for to in ["picked_up", "in_transit", "delivered"] {
        let wish = json!({"to": to, "reason": "by telephone"});
        rig.step(rig.merchant(), "order_move", &order, wish).await.unwrap();
    }
    rig.settle().await;
    assert!(rig.order(&order).await.earned);
    order
}

pub async fn ask(rig: &Rig, who: Caller, name: &str, id: &Value, body: Value) -> Result<Value, Refusal> {
    let provider = rig.merchant.to_string();
    let path = [("provider", provider.as_str()), ("id", id["id"].as_str().unwrap())];
    rig.ask(who, name, &path, body).await
}

/// What the buyer asks back.
pub async fn request(rig: &Rig, order: &Value, lines: Value) -> Result<Value, Refusal> {
    ask(rig, rig.caller(BUYER), "claim_request", order, json!({"lines": lines})).await
}

/// As an operator decides; the merchant has accepted before.
pub async fn decided(rig: &Rig, claim: &Value, lines: Value) -> Result<Value, Refusal> {
    let word = json!({"lines": lines, "reason": "as seen"});
    ask(rig, rig.caller(1), "claim_decide", claim, word).await
}

pub async fn accepted(rig: &Rig, order: &Value, lines: Value) -> Value {
    let claim = request(rig, order, lines).await.unwrap();
    let word = json!({"accepts": true});
    ask(rig, rig.merchant(), "provider_claim_answer", &claim, word).await.unwrap()
}

pub async fn claim(rig: &Rig, claim: &Value) -> Claim {
    let id = claim["id"].as_str().unwrap().parse().unwrap();
    repo::one(&rig.world.market, id).await.unwrap().unwrap()
}

/// Nothing of the order's money is left anywhere between.
pub async fn is_over(rig: &Rig, order: &Value) {
    let id = rig.order(order).await.id;
    assert_eq!(rig.in_it(account("buyer_funds", id.raw())).await, (0, 0));
    rig.is_sound().await;
}
