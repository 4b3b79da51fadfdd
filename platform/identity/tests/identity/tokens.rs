use kernel::jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use crate::world::{HERE, World, code_of, text, world};

testkit::on_both_engines! {
    the_operator_says_how_long_tokens_are_good,
    a_token_is_good_here_and_for_a_while,
    ended_sessions_are_refused_at_once,
    signing_keys_change_without_anybody_noticing,
}

async fn a_token_is_good_here_and_for_a_while(world: World) {
    let person = world.person("a@example.org").await;
    let token = world.token("a@example.org").await;
    for _ in 0..2 {
        let caller = world.caller(HERE, &token).await.unwrap();
        assert_eq!(caller.person(), Some(person));
    }
    assert!(world.caller("/geo/adama", &token).await.is_ok(), "another market of the tenant");
    let foreign = world.caller("/city/addis", &token).await.unwrap_err();
    let (head, tail) = token.rsplit_once('.').unwrap();
    let tampered = world.caller(HERE, &format!("{head}A.{tail}")).await.unwrap_err();
    let unknown = world.caller(HERE, "irk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.unwrap_err();
    assert!(foreign == tampered && tampered == unknown, "all alike");
    let verifier = world.identity.verifier();
    let site = world.site(HERE);
    assert!(verifier.caller(&site, None).await.unwrap().person().is_none());
    assert!(verifier.caller(&site, Some(&format!("Basic {token}"))).await.is_err());
    world.advance(899);
    assert!(world.caller(HERE, &token).await.is_ok());
    world.advance(1);
    assert!(world.caller(HERE, &token).await.is_err(), "run out, also in memory");
}

async fn ended_sessions_are_refused_at_once(world: World) {
    world.person("a@example.org").await;
    world.person("b@example.org").await;
    let (phone, laptop) = (world.sign_in("a@example.org").await, world.token("a@example.org").await);
    let other = world.token("b@example.org").await;
    let (access, session) = (text(&phone, "access_token"), text(&phone, "session"));
    let input = json!({"{session": session});
    assert_eq!(
        code_of(world.with(&other, "end_session", input.clone()).await),
        "not_found",
        "somebody else's"
    );
    assert_eq!(code_of(world.with(&laptop, "end_session", input.clone()).await), "");
    assert!(world.caller(HERE, &access).await.is_err());
    assert_eq!(code_of(world.with(&laptop, "end_session", input).await), "not_found");
    let refresh = json!({"refresh_token": text(&phone, "refresh_token")});
    assert_eq!(code_of(world.ask("refresh_tokens", refresh).await), "wrong_sign_in");
    let third = world.token("a@example.org").await;
    world.with(&laptop, "end_other_sessions", json!({})).await.unwrap();
    assert!(world.caller(HERE, &third).await.is_err());
    assert!(world.caller(HERE, &laptop).await.is_ok());
    assert!(world.caller(HERE, &other).await.is_ok());
}

async fn signing_keys_change_without_anybody_noticing(world: World) {
    world.person("a@example.org").await;
    let mut signed_in = world.sign_in("a@example.org").await;
    let mut kids = std::collections::BTreeSet::new();
    // Half an hour at a time past the life of a signing key, with the chore every few hours.
    for turn in 0..60 {
        world.advance(12 * 3_600);
        use kernel::Clock;
        world.identity.tidy(&world.home(), world.clock.now()).await.unwrap();
        for _ in 0..8 {
            let input = json!({"refresh_token": text(&signed_in, "refresh_token")});
            signed_in = world.ask("refresh_tokens", input).await.unwrap();
            let access = text(&signed_in, "access_token");
            world.advance(600);
            assert!(world.caller(HERE, &access).await.is_ok(), "turn {turn}");
        }
        let keys = world.ask("public_keys", json!({})).await.unwrap();
        for key in keys["keys"].as_array().unwrap() {
            assert_eq!((key["crv"].as_str(), key["alg"].as_str()), (Some("Ed25519"), Some("EdDSA")));
            kids.insert(text(key, "kid"));
        }
    }
    assert_eq!(kids.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_header_panics_or_opens(header in "\\PC{0,60}|(?i:bearer) {1,3}(irk_)?[A-Za-z0-9_.-]{0,60}") {
        thread_local! {
            static WORLD: (tokio::runtime::Runtime, World) = {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let world = runtime.block_on(world(testkit::Engine::Sqlite)).unwrap();
                (runtime, world)
            };
        }
        WORLD.with(|(runtime, world)| {
            let site = world.site(HERE);
            let found = runtime.block_on(world.identity.verifier().caller(&site, Some(&header)));
            assert!(found.is_err());
        });
    }
}

async fn the_operator_says_how_long_tokens_are_good(world: World) {
    let world = world.with_settings(identity::Settings {
        token_life: SignedDuration::from_mins(60),
        refresh_life: SignedDuration::from_hours(24),
        ..identity::Settings::default()
    });
    world.person("a@example.org").await;
    let signed = world.sign_in("a@example.org").await;
    assert_eq!((&signed["expires_in"], &signed["refresh_expires_in"]), (&json!(3_600), &json!(86_400)));
    let (token, refresh) = (text(&signed, "access_token"), text(&signed, "refresh_token"));
    world.advance(3_599);
    assert!(world.caller(HERE, &token).await.is_ok());
    world.advance(1);
    assert!(world.caller(HERE, &token).await.is_err());
    let next = async |token: &str| {
        let answer = world.ask("refresh_tokens", json!({"refresh_token": token})).await;
        answer.map(|it| text(&it, "refresh_token"))
    };
    let refresh = next(&refresh).await.unwrap();
    world.advance(86_399);
    let refresh = next(&refresh).await.unwrap();
    world.advance(86_400);
    assert!(next(&refresh).await.is_err());
}
