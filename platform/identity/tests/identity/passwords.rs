use serde_json::json;

use crate::world::{World, code_of, text};

testkit::on_both_engines! {
    wrong_passwords_take_longer_and_longer,
    changing_the_password_ends_other_sessions,
}

async fn wrong_passwords_take_longer_and_longer(world: World) {
    world.person("a@example.org").await;
    let attempt =
        |password: &str| world.ask("sign_in", json!({"contact": "A@example.org", "password": password}));
    assert_eq!(code_of(attempt("correct horse").await), "");
    for _ in 0..5 {
        assert_eq!(code_of(attempt("wrong").await), "wrong_sign_in");
    }
    let refusal = attempt("correct horse").await.unwrap_err();
    assert_eq!((refusal.code(), refusal.retry_after_s()), ("too_many_attempts", Some(2)));
    world.advance(2);
    assert_eq!(code_of(attempt("wrong").await), "wrong_sign_in");
    assert_eq!(attempt("wrong").await.unwrap_err().retry_after_s(), Some(4));
    world.advance(4);
    assert_eq!(code_of(attempt("correct horse").await), "");
    assert_eq!(code_of(attempt("correct horse").await), "", "the count is forgotten");
}

async fn changing_the_password_ends_other_sessions(world: World) {
    world.person("a@example.org").await;
    let (phone, laptop) = (world.token("a@example.org").await, world.token("a@example.org").await);
    let sessions = world.with(&phone, "list_sessions", json!({})).await.unwrap();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
    let wrong = json!({"current": "wrong horse", "new": "battery staple"});
    assert_eq!(code_of(world.with(&phone, "set_password", wrong).await), "wrong_password");
    assert_eq!(
        code_of(world.with(&phone, "set_password", json!({"new": "battery staple"})).await),
        "wrong_password"
    );
    let right = json!({"current": "correct horse", "new": "battery staple"});
    world.with(&phone, "set_password", right).await.unwrap();
    assert_eq!(code_of(world.with(&laptop, "get_me", json!({})).await), "sign_in_required");
    let me = world.with(&phone, "get_me", json!({})).await.unwrap();
    assert_eq!(text(&me, "name"), "Abebe");
    let old = json!({"contact": "a@example.org", "password": "correct horse"});
    assert_eq!(code_of(world.ask("sign_in", old).await), "wrong_sign_in");
    let new = json!({"contact": "a@example.org", "password": "battery staple"});
    assert_eq!(code_of(world.ask("sign_in", new).await), "");
}
