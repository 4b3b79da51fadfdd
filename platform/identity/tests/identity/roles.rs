use serde_json::json;
use web::{Role, Scope};

use crate::world::{HERE, World, code_of, text};

testkit::on_both_engines! { owners_give_and_take_roles }

async fn owners_give_and_take_roles(world: World) {
    let (owner, other) = (world.person("owner@example.org").await, world.person("other@example.org").await);
    let (here, there) = (world.site(HERE).market_id, world.site("/geo/adama").market_id);
    world.give(owner, Scope::Market(here), Role::Owner).await;
    let token = world.token("owner@example.org").await;
    let theirs = world.token("other@example.org").await;
    assert!(!world.caller(HERE, &theirs).await.unwrap().is(Role::Staff, here));
    let (_, provider) = world.operations.add_provider("geo", "addis", "Keke").await.unwrap();
    let (_, foreign) = world.operations.add_provider("geo", "adama", "Bajaj").await.unwrap();
    for (input, expect) in [
        (json!({"person": other, "place": "market", "role": "manager"}), ""),
        (json!({"person": other, "place": "provider", "provider": provider.id, "role": "owner"}), ""),
        (
            json!({"person": other, "place": "provider", "provider": foreign.id, "role": "staff"}),
            "invalid_input",
        ),
        (json!({"person": other, "place": "provider", "role": "staff"}), "invalid_input"),
        (json!({"person": other, "place": "tenant", "role": "staff"}), "not_allowed"),
        (json!({"person": "per_0000000000001", "place": "market", "role": "staff"}), "invalid_input"),
        (json!({"person": other, "place": "moon", "role": "king"}), "invalid_input"),
    ] {
        assert_eq!(code_of(world.with(&token, "give_grant", input.clone()).await), expect, "{input}");
    }
    let caller = world.caller(HERE, &theirs).await.unwrap();
    assert!(caller.is(Role::Manager, here) && !caller.is(Role::Owner, here), "seen at once");
    assert!(!caller.is(Role::Staff, there));
    assert!(caller.is_for(Role::Owner, here, provider.id));
    // A manager gives nothing, even past the edge.
    let input = json!({"person": other, "place": "market", "role": "owner"});
    assert_eq!(code_of(world.with(&theirs, "give_grant", input).await), "not_allowed");

    let list = world.with(&token, "list_grants", json!({})).await.unwrap();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    let manager = items.iter().find(|it| it["role"] == "manager").unwrap();
    let path = json!({"{grant": text(manager, "id")});
    let caller = world.caller(HERE, &token).await.unwrap();
    let elsewhere = world.ask_as(caller, "/geo/adama", "take_grant", path.clone()).await;
    assert_eq!(code_of(elsewhere), "not_found");
    world.with(&token, "take_grant", path.clone()).await.unwrap();
    assert!(!world.caller(HERE, &theirs).await.unwrap().is(Role::Staff, here));
    assert_eq!(code_of(world.with(&token, "take_grant", path).await), "not_found");
}
