use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::rig::Rig;
use crate::testing::{World, on_both_engines};

const BUYERS: i64 = 64;

async fn all_at_once(
    rig: &Arc<Rig>,
    lines: impl Fn(i64) -> Vec<(String, u16)>,
) -> Vec<Result<Value, Refusal>> {
    let mut quotes = Vec::new();
    for buyer in 0..BUYERS {
        let lines = lines(buyer);
        let lines: Vec<(&str, u16)> =
            lines.iter().map(|(product, count)| (product.as_str(), *count)).collect();
        quotes.push(rig.quote(1_000 + buyer, &lines, json!({})).await.unwrap());
    }
    let mut all = JoinSet::new();
    for (buyer, quote) in (0..BUYERS).zip(quotes) {
        let rig = rig.clone();
        all.spawn(async move { patiently(&rig, 1_000 + buyer, &quote, "cash").await });
    }
    all.join_all().await
}

/// Whoever is told that too much waits comes again.
async fn patiently(rig: &Rig, buyer: i64, quote: &Value, method: &str) -> Result<Value, Refusal> {
    for _ in 0..20 {
        match rig.place(buyer, quote, method).await {
            Err(refusal) if refusal.kind() == RefusalKind::Unavailable => {}
            found => return found,
        }
    }
    rig.place(buyer, quote, method).await
}

fn sold_out(found: &[Result<Value, Refusal>]) -> usize {
    let codes: Vec<&str> = found.iter().filter_map(|it| it.as_ref().err()).map(Refusal::code).collect();
    assert!(codes.iter().all(|code| *code == "sold_out"), "{codes:?}");
    codes.len()
}

async fn the_last_ten_go_to_ten(world: World) {
    let rig = Arc::new(Rig::open(world).await);
    let found = all_at_once(&rig, |_| vec![(rig.bread.clone(), 1)]).await;
    assert_eq!(sold_out(&found), 54);
    assert_eq!(rig.left(&rig.bread).await, (0, 0));
}

async fn two_products_in_crossed_order_go_to_ten(world: World) {
    let rig = Arc::new(Rig::open(world).await);
    let cake = rig.product("Cake", 3_000, Some(10)).await;
    let found = all_at_once(&rig, |buyer| {
        let mut lines = vec![(rig.bread.clone(), 1), (cake.clone(), 1)];
        if buyer % 2 == 1 {
            lines.reverse();
        }
        lines
    })
    .await;
    assert_eq!(sold_out(&found), 54);
    assert_eq!((rig.left(&rig.bread).await, rig.left(&cake).await), ((0, 0), (0, 0)));
}

/// One wallet, many orders: it is never overdrawn.
async fn a_wallet_pays_for_what_is_in_it(world: World) {
    let rig = Arc::new(Rig::open(world).await);
    let quote = rig.quote(7, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let total = quote["total"]["amount"].as_i64().unwrap();
    rig.give(money::ledger::Account::of("wallet", 7), 5 * total + 1).await;
    let mut quotes = vec![quote];
    for _ in 1..20 {
        quotes.push(rig.quote(7, &[(&rig.tea, 1)], json!({})).await.unwrap());
    }
    let mut all = JoinSet::new();
    for quote in quotes {
        let rig = rig.clone();
        all.spawn(async move { patiently(&rig, 7, &quote, "wallet").await });
    }
    let found = all.join_all().await;
    let refused: Vec<&str> = found.iter().filter_map(|it| it.as_ref().err()).map(Refusal::code).collect();
    assert_eq!(refused, ["debit_too_little"; 15]);
    assert_eq!(rig.in_it(money::ledger::Account::of("wallet", 7)).await, (5 * total + 1, 5 * total));
    rig.is_sound().await;
}

/// A buyer cancels while the merchant accepts: one of them is told that it is too late.
async fn accepted_or_cancelled(world: World) {
    let rig = Arc::new(Rig::open(world).await);
    for _ in 0..6 {
        let quote = rig.quote(7, &[(&rig.tea, 1)], json!({})).await.unwrap();
        let order = rig.place(7, &quote, "cash").await.unwrap();
        let (one, two) = (rig.clone(), rig.clone());
        let (first, second) = (order.clone(), order.clone());
        let reject = json!({"reason": "closed"});
        let cancel =
            tokio::spawn(async move { one.step(one.caller(7), "order_cancel", &first, json!({})).await });
        let refuse =
            tokio::spawn(async move { two.step(two.merchant(), "order_reject", &second, reject).await });
        let found = [cancel.await.unwrap(), refuse.await.unwrap()];
        assert_eq!(found.iter().filter(|it| it.is_ok()).count(), 1, "{found:?}");
        rig.settle().await;
    }
    rig.is_sound().await;
}

on_both_engines!(
    the_last_ten_go_to_ten,
    two_products_in_crossed_order_go_to_ten,
    a_wallet_pays_for_what_is_in_it,
    accepted_or_cancelled,
);
