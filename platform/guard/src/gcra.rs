//! The generic cell rate algorithm: one number per caller instead of a log of calls.
//!
//! The number is the theoretical arrival time (`tat`): when the caller would be back at a full
//! allowance. The same formula can run in a shared cache as a script.

use std::time::Duration;

/// A steady rate, and how much may be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// The time one unit takes to come back.
    interval_ns: u64,
    burst: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// `tat_ns` is the number to keep; `remaining` may be taken right now; after `reset_after_ns`
    /// the allowance is full again.
    Allowed { tat_ns: u64, remaining: u32, reset_after_ns: u64 },
    /// Nothing was taken; after `retry_after_ns` the same request would be allowed.
    Refused { retry_after_ns: u64 },
}

impl Quota {
    /// So many in each window, and as many at once. Zero counts as one.
    pub const fn per(count: u32, window: Duration) -> Self {
        let count = if count == 0 { 1 } else { count };
        let interval_ns = window.as_nanos() / count as u128;
        let interval_ns = if interval_ns > u32::MAX as u128 * 1_000_000 {
            u32::MAX as u64 * 1_000_000
        } else if interval_ns == 0 {
            1
        } else {
            interval_ns as u64
        };
        Self { interval_ns, burst: count }
    }

    /// The same rate with another burst.
    pub const fn with_burst(self, burst: u32) -> Self {
        Self { burst: if burst == 0 { 1 } else { burst }, ..self }
    }

    /// So many times as much, at once and in the long run.
    pub const fn times(self, times: u32) -> Self {
        let times = if times == 0 { 1 } else { times };
        let interval_ns = self.interval_ns / times as u64;
        Self {
            interval_ns: if interval_ns == 0 { 1 } else { interval_ns },
            burst: self.burst.saturating_mul(times),
        }
    }

    pub const fn burst(self) -> u32 {
        self.burst
    }

    pub const fn interval_ns(self) -> u64 {
        self.interval_ns
    }
}

/// May `cost` units be taken now? A `tat` of 0 is a caller never seen. A cost above the burst could
/// never be met, so it counts as the burst: such a request waits for a full allowance.
pub fn decide(tat_ns: u64, now_ns: u64, quota: Quota, cost: u32) -> Verdict {
    let Quota { interval_ns, burst } = quota;
    let cost = cost.min(burst);
    if cost == 0 {
        return allowed(tat_ns.max(now_ns), now_ns, quota);
    }
    let tolerance_ns = interval_ns.saturating_mul(u64::from(burst - 1));
    // Refuse when now < tat + t·(n−1) − tau, with tau moved to the other side.
    let due_ns = tat_ns.saturating_add(interval_ns.saturating_mul(u64::from(cost - 1)));
    let reach_ns = now_ns.saturating_add(tolerance_ns);
    if reach_ns < due_ns {
        return Verdict::Refused { retry_after_ns: due_ns - reach_ns };
    }
    let taken_ns = interval_ns.saturating_mul(u64::from(cost));
    allowed(tat_ns.max(now_ns).saturating_add(taken_ns), now_ns, quota)
}

fn allowed(tat_ns: u64, now_ns: u64, Quota { interval_ns, burst }: Quota) -> Verdict {
    let full_ns = interval_ns.saturating_mul(u64::from(burst));
    let reset_after_ns = tat_ns - now_ns;
    let remaining = full_ns.saturating_sub(reset_after_ns) / interval_ns;
    Verdict::Allowed { tat_ns, remaining: remaining.min(u64::from(burst)) as u32, reset_after_ns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A bucket that fills by one unit per interval, reckoned exactly in nanoseconds of filling.
    struct Bucket {
        filled_ns: u128,
        at_ns: u64,
    }

    impl Bucket {
        fn take(&mut self, now_ns: u64, quota: Quota, cost: u32) -> bool {
            let interval_ns = u128::from(quota.interval_ns);
            let full_ns = interval_ns * u128::from(quota.burst);
            self.filled_ns = (self.filled_ns + u128::from(now_ns - self.at_ns)).min(full_ns);
            self.at_ns = now_ns;
            let needed_ns = interval_ns * u128::from(cost.min(quota.burst));
            let enough = self.filled_ns >= needed_ns;
            if enough {
                self.filled_ns -= needed_ns;
            }
            enough
        }
    }

    proptest! {
        #[test]
        fn admits_exactly_what_a_bucket_would(
            count in 1u32..20,
            window_ns in 1u64..10_000,
            burst in 1u32..30,
            calls in prop::collection::vec((0u64..2_000, 0u32..6), 1..200),
        ) {
            let quota = Quota::per(count, Duration::from_nanos(window_ns)).with_burst(burst);
            let mut bucket = Bucket { filled_ns: u128::from(quota.interval_ns) * u128::from(burst), at_ns: 0 };
            let (mut tat_ns, mut now_ns) = (0, 0);
            for (wait_ns, cost) in calls {
                now_ns += wait_ns;
                let expected = bucket.take(now_ns, quota, cost);
                match decide(tat_ns, now_ns, quota, cost) {
                    Verdict::Allowed { tat_ns: tat, remaining, reset_after_ns } => {
                        prop_assert!(expected);
                        tat_ns = tat;
                        prop_assert_eq!(u128::from(remaining), bucket.filled_ns / u128::from(quota.interval_ns));
                        let full = matches!(decide(tat, now_ns + reset_after_ns, quota, burst), Verdict::Allowed { .. });
                        prop_assert!(full);
                    }
                    Verdict::Refused { retry_after_ns } => {
                        prop_assert!(!expected);
                        let after = |ns: u64| matches!(decide(tat_ns, now_ns + ns, quota, cost), Verdict::Allowed { .. });
                        prop_assert!(after(retry_after_ns) && !after(retry_after_ns - 1));
                    }
                }
            }
        }

        #[test]
        fn no_window_admits_more_than_burst_and_rate(
            burst in 1u32..10,
            interval_ns in 1u64..100,
            waits in prop::collection::vec(0u64..150, 1..150),
        ) {
            let quota = Quota::per(1, Duration::from_nanos(interval_ns)).with_burst(burst);
            let (mut tat_ns, mut now_ns, mut admitted) = (0, 0, Vec::new());
            for wait_ns in waits {
                now_ns += wait_ns;
                if let Verdict::Allowed { tat_ns: tat, .. } = decide(tat_ns, now_ns, quota, 1) {
                    tat_ns = tat;
                    admitted.push(now_ns);
                }
            }
            for (first, &from) in admitted.iter().enumerate() {
                for (last, &to) in admitted.iter().enumerate().skip(first) {
                    prop_assert!((last - first + 1) as u64 <= u64::from(burst) + (to - from) / interval_ns);
                }
            }
        }

        #[test]
        fn absurd_numbers_do_not_overflow(tat in any::<u64>(), now in any::<u64>(), count in any::<u32>(), burst in any::<u32>(), cost in any::<u32>(), window in any::<u64>()) {
            let quota = Quota::per(count, Duration::from_secs(window)).with_burst(burst);
            let _ = decide(tat, now, quota, cost);
        }
    }

    #[test]
    fn some_times_as_much() {
        let quota = |count, seconds| Quota::per(count, Duration::from_secs(seconds));
        assert_eq!(quota(60, 60).times(5), quota(300, 60));
        assert_eq!(quota(60, 60).times(0), quota(60, 60));
        let most = Quota::per(u32::MAX, Duration::from_nanos(1)).times(u32::MAX);
        assert_eq!((most.interval_ns(), most.burst()), (1, u32::MAX));
    }

    #[test]
    fn a_table_of_calls() {
        // Ten per second, burst three: (milliseconds, cost, remaining or wait in milliseconds).
        let quota = Quota::per(10, Duration::from_secs(1)).with_burst(3);
        let rows: [(u64, u32, Result<u32, u64>); 9] = [
            (1_000, 1, Ok(2)),
            (1_000, 1, Ok(1)),
            (1_000, 1, Ok(0)),
            (1_000, 1, Err(100)),
            (1_099, 1, Err(1)),
            (1_100, 1, Ok(0)),
            (1_250, 2, Err(50)),
            (1_250, 1, Ok(0)),
            (9_000, 99, Ok(0)),
        ];
        let mut tat = 0;
        for (at_ms, cost, expected) in rows {
            let got = match decide(tat, at_ms * 1_000_000, quota, cost) {
                Verdict::Allowed { tat_ns, remaining, .. } => {
                    tat = tat_ns;
                    Ok(remaining)
                }
                Verdict::Refused { retry_after_ns } => Err(retry_after_ns / 1_000_000),
            };
            assert_eq!(got, expected, "at {at_ms} ms");
        }
    }
}
