use kernel::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, code_of, text, world};
use testkit::Engine;

testkit::on_both_engines! {
    many_at_once_get_one_successor,
    a_used_token_ends_its_session,
}

async fn refresh(world: &World, token: &str) -> Result<Value, Refusal> {
    world.ask("refresh_tokens", json!({"refresh_token": token})).await
}

async fn many_at_once_get_one_successor(world: World) {
    world.person("a@example.org").await;
    let token = text(&world.sign_in("a@example.org").await, "refresh_token");
    let all = futures_util::future::join_all((0..6).map(|_| refresh(&world, &token))).await;
    let next: std::collections::BTreeSet<String> =
        all.into_iter().map(|answer| text(&answer.unwrap(), "refresh_token")).collect();
    assert_eq!(next.len(), 1);
    assert_eq!(world.live_refresh_tokens().await, 1);
}

async fn a_used_token_ends_its_session(world: World) {
    world.person("a@example.org").await;
    let first = text(&world.sign_in("a@example.org").await, "refresh_token");
    let signed_in = refresh(&world, &first).await.unwrap();
    let (second, access) = (text(&signed_in, "refresh_token"), text(&signed_in, "access_token"));
    assert!(world.caller(crate::world::HERE, &access).await.is_ok());
    world.advance(11);
    assert_eq!(code_of(refresh(&world, &first).await), "wrong_sign_in");
    assert_eq!(code_of(refresh(&world, &second).await), "wrong_sign_in", "its successor is of no use either");
    assert!(world.caller(crate::world::HERE, &access).await.is_err());
    for strange in ["", "irr_", "irr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"] {
        assert!(refresh(&world, strange).await.is_err());
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Some of the tokens ever seen, presented at the same time.
    Present(Vec<usize>),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(0usize..6, 1..4).prop_map(Step::Present),
        1 => prop::sample::select(vec![1, 9, 10, 11, 100]).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is presented when, and by how many at once: never two live tokens.
    #[test]
    fn never_two_live_tokens_from_one(steps in prop::collection::vec(step(), 1..14)) {
        thread_local! {
            static WORLD: (tokio::runtime::Runtime, World) = {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let world = runtime.block_on(async {
                    let world = world(Engine::Sqlite).await.unwrap();
                    world.person("a@example.org").await;
                    world
                });
                (runtime, world)
            };
        }
        WORLD.with(|(runtime, world)| runtime.block_on(async {
            world.advance(30 * 24 * 3_600);
            kernel::Clock::now(&*world.clock);
            let first = world.sign_in("a@example.org").await;
            let before = world.live_refresh_tokens().await;
            let mut seen = vec![text(&first, "refresh_token")];
            for step in steps {
                match step {
                    Step::Wait(seconds) => world.advance(seconds),
                    Step::Present(which) => {
                        let tokens: Vec<&String> =
                            which.iter().filter_map(|back| seen.iter().rev().nth(*back)).collect();
                        let all = tokens.iter().map(|token| refresh(world, token));
                        let answers = futures_util::future::join_all(all).await;
                        for answer in answers.into_iter().flatten() {
                            let next = text(&answer, "refresh_token");
                            if !seen.contains(&next) {
                                seen.push(next);
                            }
                        }
                    }
                }
                assert!(world.live_refresh_tokens().await <= before);
            }
        }));
    }
}
