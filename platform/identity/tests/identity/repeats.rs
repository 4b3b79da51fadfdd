use serde_json::{Value, json};
use web::{Role, Scope};

use crate::world::{HERE, World, code_of, text};

testkit::on_both_engines! {
    what_was_done_is_not_done_again,
    a_code_is_redeemed_once_however_often_it_is_sent,
    passwords_are_set_once_and_right_ones_are_no_guesses,
}

/// The same again, and the same key for something else.
async fn repeated(world: &World, secret: &str, name: &str, first: &Value, other: Value) {
    for _ in 0..3 {
        assert_eq!(code_of(world.keyed(secret, "once", name, first.clone()).await), "already_done", "{name}");
    }
    assert_eq!(code_of(world.keyed(secret, "once", name, other).await), "key_used_otherwise", "{name}");
}

async fn what_was_done_is_not_done_again(world: World) {
    let person = world.person("a@example.org").await;
    world.give(person, Scope::Market(world.site(HERE).market_id), Role::Manager).await;
    let wish = json!({"contact": "a@example.org", "password": "correct horse"});
    let signed = world.keyed("", "once", "sign_in", wish.clone()).await.unwrap();
    let other = json!({"contact": "a@example.org", "password": "correct horse", "device": "laptop"});
    // Right passwords are no guesses, however often they are sent.
    repeated(&world, "", "sign_in", &wish, other.clone()).await;
    repeated(&world, "", "sign_in", &wish, other).await;
    let token = text(&signed, "access_token");
    let sessions = world.with(&token, "list_sessions", json!({})).await.unwrap();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);

    let wish = json!({"name": "till", "role": "staff", "scopes": ["providers"], "days": 1});
    let other = json!({"name": "other", "role": "staff", "scopes": ["providers"], "days": 1});
    world.keyed(&token, "once", "make_key", wish.clone()).await.unwrap();
    repeated(&world, &token, "make_key", &wish, other).await;
    let keys = world.with(&token, "list_keys", json!({})).await.unwrap();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1, "one live key");

    let wish = json!({"refresh_token": text(&signed, "refresh_token")});
    world.keyed("", "next", "refresh_tokens", wish.clone()).await.unwrap();
    world.advance(60);
    let again = world.keyed("", "next", "refresh_tokens", wish.clone()).await;
    assert_eq!(code_of(again), "already_done");
    assert!(world.caller(HERE, &token).await.is_ok(), "what is sent twice under one key is not stolen");
    assert_eq!(code_of(world.ask("refresh_tokens", wish).await), "wrong_sign_in");
    assert!(world.caller(HERE, &token).await.is_err(), "without the key it is");
}

async fn a_code_is_redeemed_once_however_often_it_is_sent(world: World) {
    world.person("a@example.org").await;
    let asked = world.ask("ask_for_code", json!({"contact": "a@example.org"})).await.unwrap();
    let digits = world.digits("a@example.org").await.unwrap();
    let wish = json!({"code": text(&asked, "code"), "digits": digits});
    world.keyed("", "once", "sign_in", wish.clone()).await.unwrap();
    let other = json!({"code": text(&asked, "code"), "digits": digits, "device": "laptop"});
    repeated(&world, "", "sign_in", &wish, other).await;
    assert_eq!(code_of(world.keyed("", "new", "sign_in", wish).await), "wrong_sign_in");
}

async fn passwords_are_set_once_and_right_ones_are_no_guesses(world: World) {
    world.person("a@example.org").await;
    let token = world.token("a@example.org").await;
    let wish = json!({"current": "correct horse", "new": "battery staple"});
    world.keyed(&token, "once", "set_password", wish.clone()).await.unwrap();
    repeated(&world, &token, "set_password", &wish, json!({"new": "staple battery"})).await;
    let change = |current: &str, new: &str| {
        let wish = json!({"current": current, "new": new});
        async { code_of(world.with(&token, "set_password", wish).await) }
    };
    for _ in 0..4 {
        assert_eq!(change("battery staple", "staple battery").await, "");
        assert_eq!(change("staple battery", "battery staple").await, "");
    }
    for _ in 0..5 {
        assert_eq!(change("wrong", "staple battery").await, "wrong_password");
    }
    assert_eq!(change("battery staple", "staple battery").await, "too_many_attempts");
}
