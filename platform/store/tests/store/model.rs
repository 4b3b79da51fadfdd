//! The store against a model in memory: decisions run at the same time must come out as if they had
//! run one after the other, in some order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use kernel::{Change, Decision, values};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use store::{CommitError, Market};

use crate::world::*;
use testkit::Engine;

#[derive(Debug, Clone)]
enum Op {
    Add { id: i64, name: Option<u8>, amount: i64 },
    Rename { id: i64, name: u8, version: i64 },
    Take { id: i64, amount: i64 },
    Delete { id: i64 },
}

type Model = BTreeMap<i64, Thing>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Conflict,
    Refused(&'static str),
}

fn op() -> impl Strategy<Value = Op> {
    let id = 0..4i64;
    prop_oneof![
        3 => (id.clone(), prop::option::of(0..3u8), 0..4i64).prop_map(|(id, name, amount)| Op::Add { id, name, amount }),
        2 => (id.clone(), 0..3u8, 0..2i64).prop_map(|(id, name, version)| Op::Rename { id, name, version }),
        3 => (id.clone(), 0..3i64).prop_map(|(id, amount)| Op::Take { id, amount }),
        1 => id.prop_map(|id| Op::Delete { id }),
    ]
}

/// Rounds of decisions that run at the same time.
fn rounds() -> impl Strategy<Value = Vec<Vec<Vec<Op>>>> {
    // A row that is taken away and made anew by one decision looks, to one that waits for the old row,
    // as if it were gone: no order explains that, and no app does it.
    let steady = |ops: &Vec<Op>| {
        let deletes = ops.iter().any(|op| matches!(op, Op::Delete { .. }));
        let adds = ops.iter().any(|op| matches!(op, Op::Add { .. }));
        !(deletes && adds)
    };
    let decision = prop::collection::vec(op(), 1..4).prop_filter("steady rows", steady);
    prop::collection::vec(prop::collection::vec(decision, 1..5), 1..6)
}

fn name(number: u8) -> String {
    format!("name {number}")
}

fn change(op: &Op) -> Change {
    match op {
        Op::Add { id, name: of, amount } => ADD.with(values![*id, of.map(name), *amount]).or_refuse(taken()),
        Op::Rename { id, name: to, version } => RENAME.with(values![name(*to), *id, *version]),
        Op::Take { id, amount } => take(*id, *amount),
        Op::Delete { id } => DELETE.with(values![*id]),
    }
}

fn apply(model: &Model, ops: &[Op]) -> (Outcome, Model) {
    let mut next = model.clone();
    for op in ops {
        let outcome = apply_one(&mut next, op);
        if outcome != Outcome::Done {
            return (outcome, model.clone());
        }
    }
    (Outcome::Done, next)
}

fn apply_one(model: &mut Model, op: &Op) -> Outcome {
    let has_name = |model: &Model, but: i64, name: &str| {
        model.values().any(|thing| thing.id != but && thing.name.as_deref() == Some(name))
    };
    match op {
        Op::Add { id, name: of, amount } => {
            let named = of.map(name);
            if model.contains_key(id) || named.as_deref().is_some_and(|it| has_name(model, *id, it)) {
                return Outcome::Refused("taken");
            }
            model.insert(*id, Thing { id: *id, name: named, version: 0, amount: *amount });
        }
        Op::Rename { id, name: to, version } => {
            if has_name(model, *id, &name(*to)) {
                return Outcome::Conflict;
            }
            match model.get_mut(id).filter(|thing| thing.version == *version) {
                None => return Outcome::Conflict,
                Some(thing) => {
                    thing.name = Some(name(*to));
                    thing.version += 1;
                }
            }
        }
        Op::Take { id, amount } => match model.get_mut(id).filter(|thing| thing.amount >= *amount) {
            None => return Outcome::Refused("sold_out"),
            Some(thing) => thing.amount -= amount,
        },
        Op::Delete { id } => {
            if model.remove(id).is_none() {
                return Outcome::Conflict;
            }
        }
    }
    Outcome::Done
}

/// Whether some order of these decisions gives what was answered and what is there now. A conflict is
/// always a fair answer: the caller decides again.
fn explained(model: &Model, waiting: &[(Vec<Op>, Outcome)], now: &Model) -> bool {
    if waiting.is_empty() {
        return model == now;
    }
    (0..waiting.len()).any(|first| {
        let mut rest = waiting.to_vec();
        let (ops, answered) = rest.remove(first);
        if answered == Outcome::Conflict {
            return explained(model, &rest, now);
        }
        let (outcome, next) = apply(model, &ops);
        outcome == answered && explained(&next, &rest, now)
    })
}

async fn play(market: &Market, rounds: &[Vec<Vec<Op>>]) -> Result<(), TestCaseError> {
    let mut model = Model::new();
    let mut done = 0;
    for decisions in rounds {
        let tasks: Vec<_> = decisions
            .iter()
            .map(|ops| {
                let market = market.clone();
                let decision =
                    Decision::nothing().changes(ops.iter().map(change)).event(event("thing.changed", 0, 0));
                tokio::spawn(async move { market.commit(stamp(), decision).await })
            })
            .collect();
        let mut answered = Vec::new();
        for (ops, task) in decisions.iter().zip(tasks) {
            let outcome = match task.await.unwrap() {
                Ok(()) => Outcome::Done,
                Err(CommitError::Conflict) => Outcome::Conflict,
                Err(CommitError::Refused(refusal)) => Outcome::Refused(refusal.code()),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            done += i64::from(outcome == Outcome::Done);
            answered.push((ops.clone(), outcome));
        }
        let now: Model = sorted(market).await.into_iter().map(|thing| (thing.id, thing)).collect();
        prop_assert!(explained(&model, &answered, &now), "from {model:?}\nby {answered:?}\nto {now:?}");
        if let [(ops, outcome)] = answered.as_slice() {
            prop_assert_eq!(*outcome, apply(&model, ops).0, "alone, a decision has one outcome");
        }
        model = now;
    }
    prop_assert_eq!(market.settle().await.unwrap(), done, "one event for each decision that was done");
    Ok(())
}

fn run(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let Some(world) = runtime.block_on(world(engine)) else { return };
    let numbers = AtomicI64::new(10);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(config)
        .run(&rounds(), |rounds| {
            runtime.block_on(async {
                let place = place(numbers.fetch_add(1, Ordering::Relaxed));
                let market = world.store.create(&place).await.unwrap();
                let outcome = play(&market, &rounds).await;
                world.store.drop_market(&place).await.unwrap();
                outcome
            })
        })
        .unwrap();
}

#[test]
fn sqlite_does_what_the_model_does() {
    run(Engine::Sqlite, 100);
}

#[test]
fn postgres_does_what_the_model_does() {
    run(Engine::Postgres, 100);
}
