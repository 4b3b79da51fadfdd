//! Whatever fails, dies, races or comes twice: every event has its effect once, and in order for
//! each subject.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bus::Bus;
use proptest::prelude::*;
use store::Kind;

use crate::world::{Dice, Engine, Logger, Mood, World, following};

const MARKETS: usize = 3;

#[derive(Debug, Clone)]
enum Act {
    Happen {
        market: usize,
        many: i64,
    },
    /// Two buses over one store for a while, as two processes over one database.
    Double,
    Single,
    Crash,
    Stop,
    Nudge {
        market: usize,
    },
    Poison {
        pos: i64,
    },
    Replay {
        market: usize,
    },
    Later {
        seconds: i64,
    },
    Pause {
        ms: u64,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..MARKETS, 1i64..60).prop_map(|(market, many)| Act::Happen { market, many }),
        1 => Just(Act::Double),
        1 => Just(Act::Single),
        2 => Just(Act::Crash),
        1 => Just(Act::Stop),
        2 => (0..MARKETS).prop_map(|market| Act::Nudge { market }),
        1 => (1i64..100).prop_map(|pos| Act::Poison { pos }),
        1 => (0..MARKETS).prop_map(|market| Act::Replay { market }),
        3 => (1i64..20).prop_map(|seconds| Act::Later { seconds }),
        5 => (0u64..8).prop_map(|ms| Act::Pause { ms }),
    ]
}

fn start(world: &World, mood: &Arc<Mood>, seed: u64) -> Bus {
    let registry = following("all", "thing", mood)
        .consumer(Kind::Market, Logger { name: "odd", wants: "thing.odd", mood: mood.clone() });
    world.bus(registry, seed)
}

async fn live(engine: Engine, seed: u64, acts: Vec<Act>) {
    let Some(mut world) = World::new(engine, MARKETS as i64).await else { return };
    let mood = Arc::new(Mood { dice: Some(Dice(AtomicU64::new(seed))), ..Mood::default() });
    mood.clumsy.store(60, Ordering::Relaxed);
    let mut buses = vec![start(&world, &mood, seed)];
    let mut expected = [0i64; MARKETS];
    let mut odd = [0usize; MARKETS];
    for act in acts {
        match act {
            Act::Happen { market, many } => {
                let is_odd = many % 2 == 1;
                let name = if is_odd { "thing.odd" } else { "thing.even" };
                world.happen(market, name, (0..many).map(|number| number % 7)).await;
                expected[market] += many;
                odd[market] += if is_odd { many as usize } else { 0 };
            }
            Act::Double if buses.len() == 1 => buses.push(start(&world, &mood, seed + 1)),
            Act::Single if buses.len() == 2 => drop(buses.pop()),
            Act::Double | Act::Single => {}
            Act::Crash => {
                buses.clear();
                world = world.crash().await;
                buses.push(start(&world, &mood, seed + 2));
            }
            Act::Stop => {
                for bus in buses.drain(..) {
                    bus.stop().await;
                }
                buses.push(start(&world, &mood, seed + 3));
            }
            Act::Nudge { market } => buses.iter().for_each(|bus| bus.nudge(&world.markets[market])),
            Act::Poison { pos } => drop(mood.poison.lock().insert(pos)),
            Act::Replay { market } => {
                for consumer in ["all", "odd"] {
                    // Before the first look at a market, its consumers have no cursor to wake.
                    let _ = bus::replay_all(&world.markets[market], world.stamp(), consumer).await;
                }
            }
            Act::Later { seconds } => world.advance(seconds),
            Act::Pause { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
    }
    mood.clumsy.store(0, Ordering::Relaxed);
    mood.poison.lock().clear();
    for market in 0..MARKETS {
        settle(&world, market, expected[market] as usize + odd[market]).await;
    }
    world.a_while().await;
    for market in 0..MARKETS {
        check(&world, market, expected[market], odd[market]).await;
    }
    for bus in buses {
        bus.stop().await;
    }
}

/// Nothing fails any more: what is parked is replayed until all is there.
async fn settle(world: &World, market: usize, wanted: usize) {
    let its = &world.markets[market];
    let all_there = async || {
        if !bus::parked(its).await.unwrap().iter().all(|parked| parked.released) {
            for consumer in ["all", "odd"] {
                bus::replay_all(its, world.stamp(), consumer).await.unwrap();
            }
        }
        world.logged(market).await.len() >= wanted
    };
    world.until(500, all_there).await;
}

async fn check(world: &World, market: usize, all: i64, odd: usize) {
    assert!(bus::parked(&world.markets[market]).await.unwrap().is_empty());
    let mut positions = world.positions(market, "all").await;
    positions.sort_unstable();
    assert_eq!(positions, (1..=all).collect::<Vec<_>>(), "market {market}: each once");
    let mut odds = world.positions(market, "odd").await;
    assert_eq!(odds.len(), odd);
    odds.sort_unstable();
    odds.dedup();
    assert_eq!(odds.len(), odd, "market {market}: no odd one twice");
    let mut last: HashMap<(String, i64), i64> = HashMap::new();
    for (who, pos, subject) in world.logged(market).await {
        let before = last.insert((who.clone(), subject), pos);
        assert!(before < Some(pos), "market {market}, {who}, subject {subject}: {pos} after {before:?}");
    }
}

fn run(engine: Engine, seed: u64, acts: Vec<Act>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    runtime.block_on(Box::pin(live(engine, seed >> 1, acts)));
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(24))]
    #[test]
    fn on_sqlite_every_effect_happens_once_and_in_order(
        seed in any::<u64>(),
        acts in prop::collection::vec(act(), 5..50),
    ) {
        run(Engine::Sqlite, seed, acts);
    }
}

proptest! {
    #![proptest_config(cases(6))]
    #[test]
    fn on_postgres_every_effect_happens_once_and_in_order(
        seed in any::<u64>(),
        acts in prop::collection::vec(act(), 5..50),
    ) {
        run(Engine::Postgres, seed, acts);
    }
}
