//! What is seen and done over HTTP.

use kernel::Id;
use serde_json::json;
use web::Role;

use super::world::{PAYER, World, on_both_engines};
use crate::payment::model::{Method, NewPayment, from_reference};
use crate::payment::repo;

on_both_engines!(
    a_payment_is_seen_by_its_payer_and_by_staff,
    gateways_are_set_by_their_owner,
    an_attempt_is_found_by_either_name,
    wallets_and_cash
);

async fn a_payment_is_seen_by_its_payer_and_by_staff(world: World) {
    let id = world.pay("sim:never", 25_000).await.to_string();
    let path = [("id", id.as_str())];
    let own = world.ask_as(PAYER, "get_payment", &path).await.unwrap();
    assert!(own["next"].as_str().is_some_and(|it| it.starts_with("https://pay.example/")));
    assert_eq!(
        (own["payment"]["state"].as_str(), own["attempts"].as_array().map(Vec::len)),
        (Some("pending"), Some(0))
    );
    let staff = world.ask(Some(Role::Staff), "get_payment", &path, "", None).await.unwrap();
    assert_eq!(staff["attempts"][0]["flow"], "pay");
    for stranger in [PAYER + 1, 1_000] {
        assert_eq!(world.ask_as(stranger, "get_payment", &path).await.unwrap_err().code(), "not_found");
    }
    assert!(world.ask(None, "get_payment", &path, "", None).await.is_err());
    world.pay("sim:take", 10_000).await;
    for (query, count) in [
        ("", 2),
        ("state=captured", 1),
        ("state=failed", 0),
        ("about=42", 2),
        ("about=43", 0),
        ("limit=1", 1),
    ] {
        let page = world.ask(Some(Role::Staff), "list_payments", &[], query, None).await.unwrap();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}");
        assert_eq!(page["next"].is_string(), query == "limit=1");
    }
    for (person, count) in [(PAYER, 2), (PAYER + 1, 0)] {
        let query = format!("payer={}", Id::<kernel::Person>::from_raw(person));
        let page = world.ask(Some(Role::Staff), "list_payments", &[], &query, None).await.unwrap();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}");
    }
}

async fn gateways_are_set_by_their_owner(world: World) {
    let set = |changes| async { world.account(9, changes).await };
    for (changes, fault) in [
        (json!({ "adapter": "nobody" }), "/adapter unknown"),
        (json!({ "method": "cash" }), "/method not_offered"),
        (json!({ "secrets": {} }), "/secrets/secret missing"),
        (json!({ "secrets": { "secret": "x", "more": "y" } }), "/secrets/more unknown"),
        (json!({ "secrets": { "secret": "" } }), "/secrets/secret out_of_range"),
        (json!({ "name": "a\nb" }), "/name bad_character"),
        (json!({ "secrets": null }), "/secrets missing"),
    ] {
        let refusal = set(changes.clone()).await.unwrap_err();
        let faults: Vec<String> =
            refusal.faults().iter().map(|it| format!("{} {}", it.field, it.code)).collect();
        assert_eq!(faults, [fault], "{changes}");
    }
    set(json!({ "name": "Mine" })).await.unwrap();
    // Secrets stay when they are left out, and never come back.
    let again = set(json!({ "secrets": null, "fixed": 5 })).await.unwrap();
    assert_eq!((again["fixed"].as_i64(), again.get("secrets")), (Some(5), None));
    let all = world.ask(Some(Role::Manager), "list_gateways", &[], "", None).await.unwrap();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["items"][0]["health"]["breaker"], "closed");
    assert_eq!(all["items"][0]["health"]["success_per_mille"], 1_000);
}

async fn wallets_and_cash(world: World) {
    let begin =
        |method, payer: i64| NewPayment { method, payer: Some(Id::from_raw(payer)), ..world.wants("x", 900) };
    let poor = world.begin(&begin(Method::Wallet, PAYER + 1)).await.unwrap_err();
    assert_eq!(poor.code(), "no_funds");
    assert!(world.all().await.is_empty(), "what the ledger refuses was never begun");
    let wallet = world.begin(&begin(Method::Wallet, PAYER)).await.unwrap();
    let cash = world.begin(&begin(Method::Cash, PAYER)).await.unwrap();
    for id in [wallet, cash] {
        let by = Some(Id::from_raw(12));
        let capture = || async { world.payments.capture(&world.market, id, None, by, &world.ctx()).await };
        world.change(capture).await.unwrap();
        assert_eq!(world.told(id).await, "begun authorised captured");
    }
    let (balances, holds) = world.ledger().await;
    assert_eq!(holds, 0);
    assert_eq!(balances[&("cash".to_owned(), 12)], 900);
    assert_eq!(balances[&("wallet".to_owned(), PAYER)], 900);
    assert_eq!(balances[&("buyer_funds".to_owned(), 42)], -1_800);
}

async fn an_attempt_is_found_by_either_name(world: World) {
    let id = world.pay("sim:take", 900).await;
    let attempt = world.book(id).await.attempts[0].clone();
    let external = attempt.external.clone().unwrap();
    for (gateway, name, found) in
        [(3, external.as_str(), Some((attempt.id, id))), (4, &external, None), (3, "x", None)]
    {
        assert_eq!(repo::of_external(&world.market, gateway, name).await.unwrap(), found);
    }
    assert_eq!(repo::of_attempt(&world.market, attempt.id).await.unwrap(), Some(id));
    assert_eq!(from_reference(&attempt.reference()), Some(attempt.id));
}
