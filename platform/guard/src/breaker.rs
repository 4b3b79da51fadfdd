//! A circuit breaker: leaves a neighbour alone that fails too often, and tries it again later.

use std::time::Duration;

use crate::limits::{BREAKER_OPEN_FOR, BREAKER_PERCENT, BREAKER_PROBES, BREAKER_WINDOW, BREAKER_WINDOW_MAX};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Opens when so many percent of the last `window` calls failed, and not before so many were made.
    pub percent: u32,
    pub window: u32,
    pub open_for: Duration,
    /// How many tries at once when half open, all of which must succeed.
    pub probes: u32,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            percent: BREAKER_PERCENT,
            window: BREAKER_WINDOW,
            open_for: BREAKER_OPEN_FOR,
            probes: BREAKER_PROBES,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

/// Leave for one call; handed back with its outcome. One from before the last change of state no
/// longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the outcome of the call is recorded with its ticket"]
pub struct Ticket(u64);

#[derive(Debug, Clone)]
pub struct Breaker {
    policy: BreakerPolicy,
    phase: Phase,
    /// Counts the changes of state.
    era: u64,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The last outcomes as bits, the newest lowest; one is a failure.
    Closed {
        outcomes: u64,
        calls: u32,
    },
    Open {
        until_ns: u64,
    },
    /// Tries that never came back are given up at `until_ns`, and new ones are sent.
    HalfOpen {
        sent: u32,
        succeeded: u32,
        until_ns: u64,
    },
}

const FRESH: Phase = Phase::Closed { outcomes: 0, calls: 0 };

impl Default for Breaker {
    fn default() -> Self {
        Self::new(BreakerPolicy::default())
    }
}

impl Breaker {
    pub fn new(policy: BreakerPolicy) -> Self {
        let policy = BreakerPolicy {
            percent: policy.percent.clamp(1, 100),
            window: policy.window.clamp(1, BREAKER_WINDOW_MAX),
            probes: policy.probes.max(1),
            ..policy
        };
        Self { policy, phase: FRESH, era: 0 }
    }

    pub fn state(&self, now_ns: u64) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until_ns } if now_ns < until_ns => BreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// A ticket for the call, or how long to leave the neighbour alone.
    pub fn allow(&mut self, now_ns: u64) -> Result<Ticket, u64> {
        match self.phase {
            Phase::Closed { .. } => {}
            Phase::Open { until_ns } | Phase::HalfOpen { until_ns, .. } if now_ns >= until_ns => {
                let until_ns = self.later(now_ns);
                self.enter(Phase::HalfOpen { sent: 1, succeeded: 0, until_ns });
            }
            Phase::HalfOpen { sent, succeeded, until_ns } if sent < self.policy.probes => {
                self.phase = Phase::HalfOpen { sent: sent + 1, succeeded, until_ns };
            }
            Phase::Open { until_ns } | Phase::HalfOpen { until_ns, .. } => return Err(until_ns - now_ns),
        }
        Ok(Ticket(self.era))
    }

    pub fn record(&mut self, now_ns: u64, ticket: Ticket, success: bool) {
        if ticket.0 != self.era {
            return;
        }
        match self.phase {
            Phase::Closed { outcomes, calls } => {
                let outcomes = outcomes << 1 | u64::from(!success);
                let calls = (calls + 1).min(self.policy.window);
                self.phase = Phase::Closed { outcomes, calls };
                if self.fails_too_often(outcomes, calls) {
                    self.open(now_ns);
                }
            }
            Phase::HalfOpen { .. } if !success => self.open(now_ns),
            Phase::HalfOpen { succeeded, .. } if succeeded + 1 == self.policy.probes => self.enter(FRESH),
            Phase::HalfOpen { sent, succeeded, until_ns } => {
                self.phase = Phase::HalfOpen { sent, succeeded: succeeded + 1, until_ns };
            }
            Phase::Open { .. } => {}
        }
    }

    fn fails_too_often(&self, outcomes: u64, calls: u32) -> bool {
        let BreakerPolicy { window, percent, .. } = self.policy;
        let failures = (outcomes << (u64::BITS - window)).count_ones();
        calls == window && failures * 100 >= percent * window
    }

    fn open(&mut self, now_ns: u64) {
        self.enter(Phase::Open { until_ns: self.later(now_ns) });
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.era += 1;
    }

    fn later(&self, now_ns: u64) -> u64 {
        let open_for_ns = u64::try_from(self.policy.open_for.as_nanos()).unwrap_or(u64::MAX);
        now_ns.saturating_add(open_for_ns)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPEN_NS: u64 = BREAKER_OPEN_FOR.as_nanos() as u64;

    fn call(breaker: &mut Breaker, now_ns: u64, success: bool) -> bool {
        let ticket = breaker.allow(now_ns);
        ticket.map(|ticket| breaker.record(now_ns, ticket, success)).is_ok()
    }

    #[test]
    fn opens_at_half_of_the_last_twenty() {
        let rows = [
            ("....................", false),
            ("x.x.x.x.x.x.x.x.x.x.", true),
            ("x.x.x.x.x.x.x.x.x...", false),
            ("xxxxxxxxxxxxxxxxxxx", false), // nineteen calls say nothing yet
            ("xxxxxxxxx...........", false),
            ("xxxxxxxxxx..........", true),
            ("xxxxxxxxx............x", false), // the oldest has been forgotten
        ];
        for (calls, opens) in rows {
            let mut breaker = Breaker::default();
            calls.chars().for_each(|outcome| {
                call(&mut breaker, 0, outcome == '.');
            });
            let expected = if opens { BreakerState::Open } else { BreakerState::Closed };
            assert_eq!(breaker.state(0), expected, "{calls}");
        }
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        (0..20).for_each(|_| assert!(call(&mut breaker, 0, false)));
        breaker
    }

    #[test]
    fn closes_when_every_try_went_well() {
        let mut breaker = opened();
        assert_eq!(breaker.allow(1), Err(OPEN_NS - 1));
        let tickets: Vec<Ticket> = (0..3).map(|_| breaker.allow(OPEN_NS).unwrap()).collect();
        assert!(breaker.allow(OPEN_NS).is_err());
        for ticket in tickets {
            assert_eq!(breaker.state(OPEN_NS), BreakerState::HalfOpen);
            breaker.record(OPEN_NS, ticket, true);
        }
        assert_eq!(breaker.state(OPEN_NS), BreakerState::Closed);
        // With a clean memory: one failure does not open it again.
        assert!(call(&mut breaker, OPEN_NS, false) && call(&mut breaker, OPEN_NS, true));
    }

    #[test]
    fn one_failed_try_opens_it_again() {
        let mut breaker = opened();
        let (good, bad) = (breaker.allow(OPEN_NS).unwrap(), breaker.allow(OPEN_NS).unwrap());
        breaker.record(OPEN_NS + 5, bad, false);
        breaker.record(OPEN_NS + 6, good, true);
        assert_eq!(breaker.allow(OPEN_NS + 6), Err(OPEN_NS - 1));
    }

    #[test]
    fn lost_and_late_tries_do_not_hold_it() {
        let mut breaker = Breaker::default();
        let late = breaker.allow(0).unwrap();
        (0..20).for_each(|_| assert!(call(&mut breaker, 0, false)));
        let _lost: Vec<_> = (0..3).map(|_| breaker.allow(OPEN_NS)).collect();
        breaker.record(OPEN_NS, late, false);
        assert_eq!(breaker.state(OPEN_NS), BreakerState::HalfOpen);
        assert!((0..3).all(|_| call(&mut breaker, 2 * OPEN_NS, true)));
        assert_eq!(breaker.state(2 * OPEN_NS), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn closed_it_agrees_with_a_list(
            window in 1u32..=BREAKER_WINDOW_MAX,
            percent in 1u32..=100,
            outcomes in prop::collection::vec(any::<bool>(), 1..200),
        ) {
            let mut breaker = Breaker::new(BreakerPolicy { window, percent, ..BreakerPolicy::default() });
            let mut list: Vec<bool> = Vec::new();
            for success in outcomes {
                prop_assert!(call(&mut breaker, 0, success));
                list.push(success);
                let last = &list[list.len().saturating_sub(window as usize)..];
                let failures = last.iter().filter(|success| !**success).count() as u32;
                let opens = last.len() as u32 == window && failures * 100 >= percent * window;
                prop_assert_eq!(breaker.state(0) == BreakerState::Open, opens);
                if opens {
                    break;
                }
            }
        }

        #[test]
        fn it_never_stays_shut_for_longer_than_told(steps in prop::collection::vec((0u64..2 * OPEN_NS, any::<bool>(), any::<bool>()), 1..300)) {
            let mut breaker = Breaker::default();
            let mut now_ns = 0;
            for (wait_ns, answers, success) in steps {
                now_ns += wait_ns / 8;
                match breaker.allow(now_ns) {
                    Ok(ticket) if answers => breaker.record(now_ns, ticket, success),
                    Ok(_) => {}
                    Err(told_ns) => {
                        prop_assert!(told_ns <= OPEN_NS);
                        prop_assert!(breaker.clone().allow(now_ns + told_ns).is_ok());
                    }
                }
            }
        }
    }
}
