use serde_json::json;
use web::{Role, Scope};

use crate::world::{HERE, World, code_of, text};

testkit::on_both_engines! {
    keys_are_shown_once_and_follow_their_owner,
    a_key_gives_nobody_back_what_was_taken,
}

async fn a_key_gives_nobody_back_what_was_taken(world: World) {
    let (person, other) = (world.person("a@example.org").await, world.person("b@example.org").await);
    let here = world.site(HERE).market_id;
    world.give(person, Scope::Market(here), Role::Owner).await;
    world.give(other, Scope::Market(here), Role::Owner).await;
    let token = world.token("a@example.org").await;
    let make = async |lasting: bool, scopes: &[&str]| {
        let wish = json!({"name": "k", "role": "owner", "scopes": scopes, "days": 365, "lasting": lasting});
        world.with(&token, "make_key", wish).await
    };
    for scopes in [&["grants"][..], &["keys"], &["requests", "grants"]] {
        assert_eq!(code_of(make(true, scopes).await), "invalid_input", "{scopes:?}");
    }
    let lasting = make(true, &["requests", "requests"]).await.unwrap();
    assert_eq!(lasting["key"]["scopes"], json!(["requests"]));
    let own = text(&make(false, &["grants", "keys"]).await.unwrap(), "secret");
    let seen = world.with(&own, "list_grants", json!({})).await.unwrap();
    let items = seen["items"].as_array().unwrap();
    let held = items.iter().find(|it| it["person"] == json!(person)).unwrap();
    let path = json!({"{grant": text(held, "id")});
    world.with(&world.token("b@example.org").await, "take_grant", path).await.unwrap();
    let back = json!({"person": person, "place": "market", "role": "owner"});
    for secret in [&own, &token] {
        assert_eq!(code_of(world.with(secret, "give_grant", back.clone()).await), "not_allowed");
    }
    let caller = world.caller(HERE, &text(&lasting, "secret")).await.unwrap();
    assert!(caller.is(Role::Owner, here) && !caller.has_scope("grants"), "the tenant's own key stays");
}

async fn keys_are_shown_once_and_follow_their_owner(world: World) {
    let person = world.person("a@example.org").await;
    let here = world.site(HERE).market_id;
    world.give(person, Scope::Market(here), Role::Manager).await;
    let token = world.token("a@example.org").await;
    let new = json!({"name": "till", "role": "manager", "scopes": ["requests"], "days": 30});
    let made = world.with(&token, "make_key", new.clone()).await.unwrap();
    let secret = text(&made, "secret");
    assert!(secret.starts_with("irk_") && secret.len() == 47);
    for (change, expect) in [
        (json!({"role": "owner"}), "not_allowed"),
        (json!({"place": "tenant", "role": "staff"}), "not_allowed"),
        (json!({"lasting": true}), "not_allowed"),
        (json!({"days": 0}), "invalid_input"),
        (json!({"scopes": ["Not A Scope"]}), "invalid_input"),
        (json!({"scopes": ["request"]}), "invalid_input"),
    ] {
        let mut input = new.clone();
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(code_of(world.with(&token, "make_key", input).await), expect, "{change}");
    }
    let caller = world.caller(HERE, &secret).await.unwrap();
    assert!(caller.is(Role::Manager, here) && caller.person().is_none() && caller.is_known());
    assert!(caller.has_scope("requests") && !caller.has_scope("providers"));
    assert!(world.caller("/city/addis", &secret).await.is_err(), "another tenant");
    assert_eq!(code_of(world.with(&secret, "get_me", json!({})).await), "not_allowed", "a key is nobody");
    let list = world.with(&token, "list_keys", json!({})).await.unwrap();
    assert!(!list.to_string().contains(&secret));

    world.give(person, Scope::Market(here), Role::Staff).await;
    let caller = world.caller(HERE, &secret).await.unwrap();
    assert!(caller.is(Role::Staff, here) && !caller.is(Role::Manager, here), "loses what its owner loses");
    world.give(person, Scope::Market(here), Role::Manager).await;
    let path = json!({"{key": text(&made["key"], "id")});
    world.with(&token, "revoke_key", path.clone()).await.unwrap();
    assert!(world.caller(HERE, &secret).await.is_err());
    assert_eq!(code_of(world.with(&token, "revoke_key", path).await), "not_found");
    let short = json!({"name": "short", "scopes": [], "days": 1});
    let secret = text(&world.with(&token, "make_key", short).await.unwrap(), "secret");
    assert!(world.caller(HERE, &secret).await.is_ok());
    world.advance(24 * 3_600);
    assert!(world.caller(HERE, &secret).await.is_err(), "run out");
}
