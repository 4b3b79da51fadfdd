//! How gateways do: kept in memory by each process, and forgotten slowly. Whatever is here can be learnt
//! anew.

use std::collections::HashMap;

use guard::{Breaker, BreakerState, Ticket};
use parking_lot::Mutex;

use crate::payment::limits::HEALTH_MAX;

/// One full success, so that counters are whole numbers.
const ONE: i64 = 1 << 20;
/// A counter loses one part in so many with each outcome: the last few dozen count.
const MEMORY: i64 = 32;
/// With how many successes a gateway begins that nobody knows yet.
const TRUST: i64 = 4;

/// Outcomes of the last few dozen payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    good: i64,
    all: i64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { good: TRUST * ONE, all: TRUST * ONE }
    }
}

impl Counters {
    pub fn record(self, success: bool) -> Self {
        let fade = |counter: i64| counter - counter / MEMORY;
        Self { good: fade(self.good) + if success { ONE } else { 0 }, all: fade(self.all) + ONE }
    }

    /// Successes of a thousand; never none, because what never works would be asked never again.
    pub fn per_mille(self) -> i64 {
        (self.good * 1_000 / self.all.max(1)).clamp(1, 1_000)
    }
}

/// What is known of one gateway of one market.
#[derive(Debug, Clone, Default)]
struct Known {
    counters: Counters,
    breaker: Breaker,
    forged: u64,
    used_ns: u64,
}

/// What is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub counters: Counters,
    pub breaker: BreakerState,
    /// Callbacks that were not signed as they must be.
    pub forged: u64,
}

/// A market and the number of one of its gateways.
pub type Who = (i64, i64);

#[derive(Default)]
pub struct Health(Mutex<HashMap<Who, Known>>);

impl Health {
    fn with<T>(&self, who: Who, now_ns: u64, work: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.0.lock();
        if all.len() >= HEALTH_MAX && !all.contains_key(&who) {
            let oldest = all.iter().min_by_key(|(_, known)| known.used_ns).map(|(who, _)| *who);
            oldest.map(|who| all.remove(&who));
        }
        let known = all.entry(who).or_default();
        known.used_ns = now_ns;
        work(known)
    }

    pub fn view(&self, who: Who, now_ns: u64) -> View {
        self.with(who, now_ns, |known| View {
            counters: known.counters,
            breaker: known.breaker.state(now_ns),
            forged: known.forged,
        })
    }

    /// Leave for one call; `None` while the gateway is left alone.
    pub fn allow(&self, who: Who, now_ns: u64) -> Option<Ticket> {
        self.with(who, now_ns, |known| known.breaker.allow(now_ns).ok())
    }

    /// Whether the call got through.
    pub fn called(&self, who: Who, now_ns: u64, ticket: Ticket, success: bool) {
        self.with(who, now_ns, |known| known.breaker.record(now_ns, ticket, success));
    }

    /// Whether a payment went well there.
    pub fn paid(&self, who: Who, now_ns: u64, success: bool) {
        self.with(who, now_ns, |known| known.counters = known.counters.record(success));
    }

    pub fn forged(&self, who: Who, now_ns: u64) {
        self.with(who, now_ns, |known| known.forged += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_follows_the_last_few_dozen() {
        let after = |outcomes: &str| {
            let counters =
                outcomes.chars().fold(Counters::default(), |counters, it| counters.record(it == '.'));
            counters.per_mille()
        };
        for (outcomes, least, most) in [
            ("", 1_000, 1_000),
            ("....", 1_000, 1_000),
            ("x", 790, 810),
            ("xxxxxxxx", 280, 340),
            (&"x".repeat(200), 1, 5),
            (&format!("{}{}", "x".repeat(200), ".".repeat(64)), 850, 900),
            (&"x.".repeat(100), 450, 550),
        ] {
            let rate = after(outcomes);
            assert!((least..=most).contains(&rate), "{outcomes}: {rate}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let health = Health::default();
        for number in 0..HEALTH_MAX as i64 + 10 {
            health.paid((1, number), number as u64, true);
        }
        assert_eq!(health.0.lock().len(), HEALTH_MAX);
    }
}
