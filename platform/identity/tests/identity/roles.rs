use serde_json::json;
use web::{Role, Scope};

use crate::world::{HERE, World, code_of, text};

testkit::on_both_engines! {
    owners_give_and_take_roles,
    the_last_owner_stays,
    owners_who_remove_each_other_leave_one,
}

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

/// The grants of the tenant's owners by person, as one of them sees them.
async fn owners(world: &World, token: &str) -> Vec<(String, String)> {
    let list = world.with(token, "list_grants", json!({})).await.unwrap();
    let items = list["items"].as_array().unwrap();
    let owners = items.iter().filter(|it| it["place"] == "tenant" && it["role"] == "owner");
    owners.map(|it| (text(it, "person"), text(it, "id"))).collect()
}

async fn the_last_owner_stays(world: World) {
    let (one, other) = (world.person("one@example.org").await, world.person("other@example.org").await);
    world.give(one, Scope::Tenant, Role::Owner).await;
    let token = world.token("one@example.org").await;
    let own = owners(&world, &token).await.remove(0).1;
    let take = async |grant: &str| code_of(world.with(&token, "take_grant", json!({"{grant": grant})).await);
    let make = async |person, role: &str| {
        let input = json!({"person": person, "place": "tenant", "role": role});
        code_of(world.with(&token, "give_grant", input).await)
    };
    assert_eq!(take(&own).await, "last_owner");
    assert_eq!(make(one, "manager").await, "last_owner");
    let demoted = web::Grant { scope: Scope::Tenant, role: Role::Staff };
    let refused =
        world.identity.give_role(&world.home(), one, demoted, None, world.sources()).await.unwrap_err();
    assert_eq!(refused.code(), "last_owner");
    assert_eq!(owners(&world, &token).await.len(), 1, "what was refused changed nothing");

    // A manager is no owner, and an owner of one market is none of the tenant.
    assert_eq!(make(other, "manager").await, "");
    world.give(other, Scope::Market(world.site(HERE).market_id), Role::Owner).await;
    assert_eq!(take(&own).await, "last_owner");
    assert_eq!(make(other, "owner").await, "");
    assert_eq!(make(other, "staff").await, "", "while there is another one");
    assert_eq!(make(other, "owner").await, "");
    assert_eq!(take(&own).await, "");
}

/// Each time one of them wins, and the other one is told why not.
async fn owners_who_remove_each_other_leave_one(world: World) {
    let contacts = ["one@example.org", "two@example.org", "three@example.org"];
    let mut people = Vec::new();
    for contact in contacts {
        people.push(world.person(contact).await);
    }
    for round in 0..12_usize {
        for person in &people {
            world.give(*person, Scope::Tenant, Role::Owner).await;
        }
        let caller = world.caller(HERE, &world.token(contacts[0]).await).await.unwrap();
        let grants = world.ask_as(caller.clone(), HERE, "list_grants", json!({})).await.unwrap();
        let items = grants["items"].as_array().unwrap();
        let grant_of =
            |person: &_| text(items.iter().find(|it| it["person"] == json!(person)).unwrap(), "id");
        let grants: Vec<String> = people.iter().map(grant_of).collect();
        // All owners at once, some taken away and some made less.
        let end = async |place: usize| {
            let caller = caller.clone();
            let result = if (place + round).is_multiple_of(2) {
                world.ask_as(caller, HERE, "take_grant", json!({"{grant": grants[place]})).await
            } else {
                let input = json!({"person": people[place], "place": "tenant", "role": "staff"});
                world.ask_as(caller, HERE, "give_grant", input).await
            };
            code_of(result)
        };
        let (one, two, three) = tokio::join!(end(0), end(1), end(2));
        let mut codes = [one, two, three];
        codes.sort_unstable();
        assert_eq!(codes, ["", "", "last_owner"], "round {round}");
    }
}
