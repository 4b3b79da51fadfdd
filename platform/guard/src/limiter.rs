//! Rate limits for many callers at once, in memory.

use parking_lot::MutexGuard;

use crate::gcra::{Quota, Verdict, decide};
use crate::key::Key;
use crate::limits::{ASKS_MAX, LIMITER_KEYS_MAX};
use crate::slots::{Remembered, Shard, Table};

/// One limit that a request is held against.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    pub key: Key,
    pub quota: Quota,
    pub cost: u32,
}

/// Which of the asks did not hold, and when all of them would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    pub ask: usize,
    pub retry_after_ns: u64,
}

/// Remembers a bounded number of callers. When there are more, those whose allowance is full again
/// are forgotten first, which changes nothing for them; then those nearest to it.
pub struct Limiter {
    table: Table<Tat>,
}

#[derive(Clone, Copy, Default)]
struct Tat(u64);

impl Remembered for Tat {
    fn until_ns(&self) -> u64 {
        self.0
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self::with_keys_max(LIMITER_KEYS_MAX)
    }
}

impl Limiter {
    pub fn with_keys_max(keys_max: usize) -> Self {
        Self { table: Table::new(keys_max) }
    }

    pub fn check(&self, now_ns: u64, ask: Ask) -> Verdict {
        let mut shard = self.table.lock(self.table.shard_of(&ask.key));
        let verdict = decide(shard.get(&ask.key).0, now_ns, ask.quota, ask.cost);
        if let Verdict::Allowed { tat_ns, .. } = verdict {
            shard.put(ask.key, Tat(tat_ns), now_ns);
        }
        verdict
    }

    /// What [`Limiter::check`] would say; nothing is taken.
    pub fn look(&self, now_ns: u64, ask: Ask) -> Verdict {
        let shard = self.table.lock(self.table.shard_of(&ask.key));
        decide(shard.get(&ask.key).0, now_ns, ask.quota, ask.cost)
    }

    /// All must hold: if one is refused, nothing is taken from any. The keys must differ. Answers
    /// with the verdict of the ask that has the least left.
    ///
    /// # Panics
    /// If there are more than [`ASKS_MAX`] asks, or none.
    pub fn check_all(&self, now_ns: u64, asks: &[Ask]) -> Result<Verdict, Refused> {
        assert!((1..=ASKS_MAX).contains(&asks.len()), "a request is held against 1 to {ASKS_MAX} limits");
        let shards = asks.iter().map(|ask| self.table.shard_of(&ask.key));
        let mut held = Held::lock(&self.table, shards);
        let mut tightest: Option<(u32, Verdict)> = None;
        let mut tats = [Tat::default(); ASKS_MAX];
        let mut refused: Option<Refused> = None;
        for (place, ask) in asks.iter().enumerate() {
            let tat = held.shard(self.table.shard_of(&ask.key)).get(&ask.key);
            match decide(tat.0, now_ns, ask.quota, ask.cost) {
                verdict @ Verdict::Allowed { tat_ns, remaining, .. } => {
                    tats[place] = Tat(tat_ns);
                    if tightest.is_none_or(|(least, _)| remaining < least) {
                        tightest = Some((remaining, verdict));
                    }
                }
                Verdict::Refused { retry_after_ns } => {
                    if refused.is_none_or(|worst| worst.retry_after_ns < retry_after_ns) {
                        refused = Some(Refused { ask: place, retry_after_ns });
                    }
                }
            }
        }
        match (refused, tightest) {
            (None, Some((_, verdict))) => {
                for (ask, tat) in asks.iter().zip(tats) {
                    held.shard(self.table.shard_of(&ask.key)).put(ask.key, tat, now_ns);
                }
                Ok(verdict)
            }
            (refused, _) => Err(refused.unwrap_or(Refused { ask: 0, retry_after_ns: 0 })),
        }
    }

    /// How many callers are remembered.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The shards of one request, each locked once and in order, so that no two requests wait for each
/// other.
struct Held<'a> {
    shards: [Option<(usize, MutexGuard<'a, Shard<Tat>>)>; ASKS_MAX],
}

impl<'a> Held<'a> {
    fn lock(table: &'a Table<Tat>, wanted: impl ExactSizeIterator<Item = usize>) -> Self {
        let count = wanted.len();
        let mut order = [usize::MAX; ASKS_MAX];
        for (place, shard) in wanted.enumerate() {
            order[place] = shard;
        }
        order[..count].sort_unstable();
        let mut shards = [const { None }; ASKS_MAX];
        for place in 0..count {
            if place == 0 || order[place] != order[place - 1] {
                shards[place] = Some((order[place], table.lock(order[place])));
            }
        }
        Self { shards }
    }

    fn shard(&mut self, wanted: usize) -> &mut Shard<Tat> {
        let found = self.shards.iter_mut().flatten().find(|(shard, _)| *shard == wanted);
        found.map(|(_, guard)| &mut **guard).expect("every shard asked for was locked at the start")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn key(id: u64) -> Key {
        Key::other(0, 0, id)
    }

    fn quota(burst: u32) -> Quota {
        Quota::per(1, Duration::from_nanos(100)).with_burst(burst)
    }

    proptest! {
        #[test]
        fn many_keys_behave_as_each_alone(calls in prop::collection::vec((0u64..300, prop::collection::btree_set(0u64..12, 1..=ASKS_MAX), 1u32..3), 1..200)) {
            let limiter = Limiter::with_keys_max(10_000);
            let mut model: HashMap<u64, u64> = HashMap::new();
            let mut now_ns = 0;
            for (wait_ns, ids, cost) in calls {
                now_ns += wait_ns;
                let asks: Vec<Ask> = ids.iter().map(|&id| Ask { key: key(id), quota: quota(2 + id as u32), cost }).collect();
                let each: Vec<Verdict> = ids.iter().zip(&asks)
                    .map(|(id, ask)| decide(model.get(id).copied().unwrap_or(0), now_ns, ask.quota, cost))
                    .collect();
                let wait = each.iter().filter_map(|verdict| match verdict {
                    Verdict::Refused { retry_after_ns } => Some(*retry_after_ns),
                    Verdict::Allowed { .. } => None,
                }).max();
                if wait.is_none() {
                    for (id, verdict) in ids.iter().zip(&each) {
                        if let Verdict::Allowed { tat_ns, .. } = verdict {
                            model.insert(*id, *tat_ns);
                        }
                    }
                }
                let got = if asks.len() == 1 {
                    match limiter.check(now_ns, asks[0]) {
                        Verdict::Refused { retry_after_ns } => Err(retry_after_ns),
                        Verdict::Allowed { .. } => Ok(()),
                    }
                } else {
                    limiter.check_all(now_ns, &asks).map(|_| ()).map_err(|refused| refused.retry_after_ns)
                };
                prop_assert_eq!(got.err(), wait);
            }
        }
    }

    #[test]
    fn a_look_says_what_taking_would_and_takes_nothing() {
        let limiter = Limiter::default();
        let ask = Ask { key: key(1), quota: quota(3), cost: 1 };
        for now_ns in [1, 1, 1, 1, 2, 150] {
            let seen = limiter.look(now_ns, ask);
            assert_eq!(limiter.look(now_ns, ask), seen);
            assert_eq!(limiter.check(now_ns, ask), seen, "at {now_ns}");
        }
    }

    #[test]
    fn a_full_table_forgets_those_who_lose_nothing() {
        let limiter = Limiter::with_keys_max(256);
        let ask = |id| Ask { key: key(id), quota: quota(1), cost: 1 };
        for id in 0..100_000 {
            // Each is full again by the time the next one comes.
            assert!(matches!(limiter.check(1_000 + id * 200, ask(id)), Verdict::Allowed { .. }));
            assert!(matches!(limiter.check(1_000 + id * 200, ask(id)), Verdict::Refused { .. }));
            assert!(limiter.len() <= 256);
        }
    }

    #[test]
    fn a_flood_of_strangers_leaves_the_bound_and_the_longest_waits() {
        let limiter = Limiter::with_keys_max(256);
        let spent = Ask { key: key(u64::MAX), quota: quota(1_000), cost: 1_000 };
        assert!(matches!(limiter.check(1, spent), Verdict::Allowed { .. }));
        for id in 0..10_000 {
            limiter.check(1, Ask { key: key(id), quota: quota(1), cost: 1 });
        }
        assert!(limiter.len() <= 256);
        assert!(matches!(limiter.check(1, spent), Verdict::Refused { .. }));
    }

    #[test]
    fn threads_together_take_no_more_than_the_burst() {
        let limiter = Limiter::default();
        let asks = [1, 2, 3].map(|id| Ask { key: key(id), quota: quota(500), cost: 1 });
        let admitted: usize = std::thread::scope(|scope| {
            let run = |backwards: bool| {
                let (limiter, mut asks) = (&limiter, asks);
                if backwards {
                    asks.reverse();
                }
                scope.spawn(move || (0..400).filter(|_| limiter.check_all(7, &asks).is_ok()).count())
            };
            let threads = [false, true, false, true].map(run);
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 500);
    }
}
