//! Random months of sales, refunds, runs and crashes, against a plain sum.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::Engine;

use super::world::{merchant, refund, sale};
use crate::ledger::Account;
use crate::settle::Progress;
use crate::testing::{World, world};

#[derive(Debug, Clone, Copy)]
enum Step {
    Earn {
        owner: i64,
        gross: i64,
    },
    /// What was earned long ago may have been settled since.
    Refund {
        owner: i64,
        amount: i64,
    },
    /// The same item once more, as after a lost answer.
    Again,
    Pass {
        days: i64,
    },
    /// All of it, or until a crash after a page.
    Settle {
        pages: usize,
    },
    TwoAtOnce,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1i64..8, 1i64..200_000).prop_map(|(owner, gross)| Step::Earn { owner, gross }),
        3 => (1i64..8, 1i64..100_000).prop_map(|(owner, amount)| Step::Refund { owner, amount }),
        1 => Just(Step::Again),
        3 => (1i64..9).prop_map(|days| Step::Pass { days }),
        3 => (0usize..3).prop_map(|pages| Step::Settle { pages }),
        1 => Just(Step::TwoAtOnce),
    ];
    prop::collection::vec(step, 1..60)
}

/// What one owner was ever given, by the model.
type Given = BTreeMap<i64, i64>;

async fn play(world: &World, first: i64, steps: &[Step], given: &mut Given) {
    let (mut cause, mut last) = (first, None);
    for step in steps {
        match *step {
            Step::Earn { owner, .. } | Step::Refund { owner, .. } => {
                let sums = match *step {
                    Step::Refund { amount, .. } => refund(amount),
                    Step::Earn { gross, .. } => sale(gross),
                    _ => continue,
                };
                cause += 1;
                world.earn(cause, merchant(owner), sums).await;
                *given.entry(owner).or_default() += sums.net().unwrap();
                last = Some((cause, owner, sums));
            }
            Step::Again => {
                if let Some((cause, owner, sums)) = last {
                    world.earn(cause, merchant(owner), sums).await;
                }
            }
            Step::Pass { days } => world.pass_days(days),
            Step::Settle { pages } => {
                world.settle(pages).await;
            }
            Step::TwoAtOnce => {
                let _: (Progress, Progress) = tokio::join!(world.settle(9), world.settle(9));
            }
        }
    }
}

async fn check(world: &World, given: &Given) {
    world.assert_sound().await;
    let statements = world.statements().await;
    let mut found: Given = world.left().await.into_iter().collect();
    for it in &statements {
        assert!(it.payable > 0 && it.kept >= 0 && it.released >= 0);
        assert_eq!(it.payable, it.net - it.kept + it.released);
        *found.entry(it.owner).or_default() += it.net;
    }
    // To the cent: what was given is in one statement, or in none yet.
    found.retain(|_, sum| *sum != 0);
    let expected: Given =
        given.iter().filter(|(_, sum)| **sum != 0).map(|(owner, sum)| (*owner, *sum)).collect();
    assert_eq!(found, expected);
    for owner in given.keys() {
        let its = statements.iter().filter(|it| it.owner == *owner);
        let (paid, kept) =
            its.fold((0, 0), |(paid, kept), it| (paid + it.payable, kept + it.kept - it.released));
        assert_eq!(world.posted(merchant(*owner).account()).await, given[owner] - paid - kept);
        assert_eq!(world.posted(merchant(*owner).reserve()).await, kept);
    }
    let all: i64 = statements.iter().map(|it| it.payable).sum();
    assert_eq!(world.posted(Account::own("payouts")).await, all);
    let mut once: Vec<(i64, i64)> = statements.iter().map(|it| (it.run, it.owner)).collect();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), statements.len(), "one statement in a run");
}

/// One market for all stories: each goes on where the one before left things.
fn stories(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Some(world) = runtime.block_on(world(engine)) else { return };
    let (mut first, mut given) = (0, Given::new());
    let state = std::cell::RefCell::new((&mut first, &mut given));
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    let all = (steps(), 0i64..30_000, 0i64..3_000, 1i64..20);
    runner
        .run(&all, |(steps, minimum, reserve_bp, reserve_days)| {
            let mut state = state.borrow_mut();
            runtime.block_on(async {
                world.set_policy(minimum, reserve_bp, reserve_days).await;
                let first = *state.0;
                play(&world, first, &steps, state.1).await;
                *state.0 = first + 1_000;
                check(&world, state.1).await;
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn nothing_is_lost_or_paid_twice_on_sqlite() {
    stories(Engine::Sqlite, 40);
}

#[test]
fn nothing_is_lost_or_paid_twice_on_postgres() {
    stories(Engine::Postgres, 12);
}
