//! How many requests at once: found by watching whether latency grows (Gradient2).
//!
//! While requests take about as long as they have been taking, more of them are let in; when they
//! take longer, the queue has moved inside, and fewer are. As long as they are answered quickly nobody
//! is sent away, whatever the average was before: files are opened, reads give way to writes.

use crate::limits::{CONCURRENCY_MAX, CONCURRENCY_MIN, CONCURRENCY_START};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitPolicy {
    pub start: u32,
    pub min: u32,
    pub max: u32,
}

impl Default for LimitPolicy {
    fn default() -> Self {
        Self { start: CONCURRENCY_START, min: CONCURRENCY_MIN, max: CONCURRENCY_MAX }
    }
}

/// How much longer than usual a request may take before the limit shrinks.
const TOLERANCE: f64 = 1.5;
/// Up to here a request is answered quickly.
const CALM_NS: f64 = 20_000_000.0;
/// The most that one sample may shrink the limit.
const GRADIENT_MIN: f64 = 0.5;
/// Requests that may wait; what lets the limit grow.
const QUEUE: f64 = 4.0;
/// Weight of the newest.
const SMOOTHING: f64 = 0.2;
/// The usual latency is an average over about so many samples, plain until the first few are in.
const LONG_SAMPLES: f64 = 600.0;
const WARM_UP_SAMPLES: u32 = 10;
/// After a long spell of slowness the usual latency comes down by this factor per sample.
const DRIFT: f64 = 0.95;

/// The limit and what it has learned.
#[derive(Debug, Clone)]
pub struct Limit {
    policy: LimitPolicy,
    limit: f64,
    long_ns: f64,
    samples: u32,
}

impl Limit {
    pub fn new(policy: LimitPolicy) -> Self {
        let min = policy.min.max(1);
        let policy = LimitPolicy { min, max: policy.max.max(min), ..policy };
        Self { limit: f64::from(policy.start.clamp(min, policy.max)), policy, long_ns: 0.0, samples: 0 }
    }

    pub fn current(&self) -> u32 {
        self.limit as u32
    }

    /// One window of requests took `rtt_ns` on average, and at most `inflight` ran at once.
    pub fn sample(&mut self, rtt_ns: u64, inflight: u32) -> u32 {
        let short_ns = rtt_ns.max(1) as f64;
        self.learn(short_ns);
        // Half empty: latency says nothing about whether more would fit.
        if f64::from(inflight) * 2.0 >= self.limit {
            let usual_ns = self.long_ns.max(CALM_NS);
            let gradient = (TOLERANCE * usual_ns / short_ns).clamp(GRADIENT_MIN, 1.0);
            let wanted = self.limit * gradient + QUEUE;
            let smoothed = self.limit * (1.0 - SMOOTHING) + wanted * SMOOTHING;
            self.limit = smoothed.clamp(f64::from(self.policy.min), f64::from(self.policy.max));
        }
        self.current()
    }

    fn learn(&mut self, short_ns: f64) {
        if self.samples < WARM_UP_SAMPLES {
            self.samples += 1;
            self.long_ns += (short_ns - self.long_ns) / f64::from(self.samples);
        } else {
            self.long_ns += (short_ns - self.long_ns) * 2.0 / (LONG_SAMPLES + 1.0);
        }
        if self.long_ns > 2.0 * short_ns {
            self.long_ns *= DRIFT;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    /// A server that works on `lanes` requests at once, each for `service_ns`, and is always offered more.
    fn saturated(limit: &mut Limit, lanes: u32, service_ns: u64, samples: u32) -> u32 {
        for _ in 0..samples {
            let inflight = limit.current();
            limit.sample(service_ns * u64::from(inflight.max(lanes)) / u64::from(lanes), inflight);
        }
        limit.current()
    }

    #[test]
    fn it_grows_into_free_lanes_and_stops_soon_after() {
        let mut limit = Limit::new(LimitPolicy { start: 20, min: 10, max: 1_000 });
        let found = saturated(&mut limit, 100, 10 * MS, 300);
        assert!((100..=300).contains(&found), "{found}");
    }

    #[test]
    fn it_shrinks_when_the_server_slows_down_and_recovers() {
        let mut limit = Limit::new(LimitPolicy { start: 100, min: 10, max: 200 });
        let before = saturated(&mut limit, 200, 10 * MS, 100);
        // A database that takes ten times as long.
        let during = saturated(&mut limit, 20, 100 * MS, 30);
        let after = saturated(&mut limit, 200, 10 * MS, 400);
        assert!(during < before / 2, "{before} {during}");
        assert!(after > before * 9 / 10, "{before} {after}");
    }

    #[test]
    fn one_step_by_hand() {
        let mut limit = Limit::new(LimitPolicy { start: 100, min: 1, max: 1_000 });
        // Steady: 100 + 0.2 · 4.
        assert_eq!((limit.sample(100 * MS, 100), limit.limit), (100, 100.8));
        // Four times as slow: long is the mean of 1 and 4, g = 1.5 · 2.5 / 4 = 0.9375.
        limit.sample(400 * MS, 100);
        assert!((limit.limit - (100.8 * 0.8 + 0.2 * (100.8 * 0.9375 + 4.0))).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_sent_away_while_answers_are_quick() {
        let mut limit = Limit::new(LimitPolicy { start: 64, min: 16, max: 1_000 });
        let mut before = limit.current();
        for rtt_ns in [5_000, 5_000, 5_000, MS, 3 * MS, 20 * MS, 5_000, 25 * MS] {
            let after = limit.sample(rtt_ns, before);
            assert!(after >= before, "{rtt_ns}: {before} {after}");
            before = after;
        }
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds_and_does_not_grow_half_empty(
            samples in prop::collection::vec((any::<u64>(), any::<u32>()), 1..300),
            (start, min, max) in any::<(u32, u32, u32)>(),
        ) {
            let mut limit = Limit::new(LimitPolicy { start, min, max });
            for (rtt_ns, inflight) in samples {
                let before = limit.current();
                let after = limit.sample(rtt_ns, inflight);
                prop_assert!(after >= min.max(1) && after <= max.max(min).max(1));
                prop_assert!(u64::from(inflight) * 2 >= u64::from(before) || after == before);
                prop_assert!(after <= before.saturating_add(1));
            }
        }
    }
}
