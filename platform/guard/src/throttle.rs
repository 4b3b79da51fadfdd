//! Guessing made slow: after a few failures each further try waits twice as long as the last.

use std::time::Duration;

use crate::key::Key;
use crate::limits::{
    SIGN_IN_FIRST_WAIT, SIGN_IN_FORGET_AFTER, SIGN_IN_FREE_FAILURES, SIGN_IN_LONGEST_WAIT, THROTTLE_KEYS_MAX,
};
use crate::slots::{Remembered, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// So many failures cost nothing: everybody mistypes.
    pub free_failures: u32,
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// Counted from the last failure, or from the end of its wait if that is later.
    pub forget_after: Duration,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            free_failures: SIGN_IN_FREE_FAILURES,
            first_wait: SIGN_IN_FIRST_WAIT,
            longest_wait: SIGN_IN_LONGEST_WAIT,
            forget_after: SIGN_IN_FORGET_AFTER,
        }
    }
}

impl ThrottlePolicy {
    /// How long after so many failures.
    pub fn wait(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free_failures.saturating_add(1)) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

/// What is remembered of one key's failures. The default is a clean slate, which is also what a
/// success leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    failures: u32,
    free_at_ns: u64,
    forgotten_at_ns: u64,
}

impl Attempts {
    /// How long until the next try is allowed; zero is now.
    pub fn wait_ns(self, now_ns: u64) -> u64 {
        self.free_at_ns.saturating_sub(now_ns)
    }

    pub fn failures(self, now_ns: u64) -> u32 {
        if now_ns >= self.forgotten_at_ns { 0 } else { self.failures }
    }

    #[must_use]
    pub fn failed(self, now_ns: u64, policy: &ThrottlePolicy) -> Self {
        let failures = self.failures(now_ns).saturating_add(1);
        let free_at_ns = now_ns.saturating_add(nanos(policy.wait(failures)));
        let forgotten_at_ns = free_at_ns.saturating_add(nanos(policy.forget_after));
        Self { failures, free_at_ns, forgotten_at_ns }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Remembered for Attempts {
    fn until_ns(&self) -> u64 {
        self.forgotten_at_ns
    }
}

/// Failures of a bounded number of keys, in memory.
pub struct Throttle {
    policy: ThrottlePolicy,
    table: Table<Attempts>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(ThrottlePolicy::default(), THROTTLE_KEYS_MAX)
    }
}

impl Throttle {
    pub fn new(policy: ThrottlePolicy, keys_max: usize) -> Self {
        Self { policy, table: Table::new(keys_max) }
    }

    /// May this key try now? A try counts as a failure until [`Throttle::succeeded`] says otherwise,
    /// so that a hundred guesses sent at once are not a hundred free ones. If not, says how long to
    /// wait; asking too early does not make it longer.
    pub fn attempt(&self, now_ns: u64, key: Key) -> Result<(), u64> {
        let mut shard = self.table.lock(self.table.shard_of(&key));
        let attempts = shard.get(&key);
        match attempts.wait_ns(now_ns) {
            0 => {
                shard.put(key, attempts.failed(now_ns, &self.policy), now_ns);
                Ok(())
            }
            wait_ns => Err(wait_ns),
        }
    }

    /// Forgets the key's failures. Meant for the person who signed in and not for the address they
    /// came from: there, one good account would excuse guesses at all others.
    pub fn succeeded(&self, key: Key) {
        self.table.lock(self.table.shard_of(&key)).remove(&key);
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = ThrottlePolicy::default();
        let rows = [
            (0, 0),
            (3, 0),
            (4, 1),
            (5, 2),
            (6, 4),
            (13, 512),
            (14, 900),
            (15, 900),
            (500, 900),
            (u32::MAX, 900),
        ];
        for (failures, seconds) in rows {
            assert_eq!(policy.wait(failures), Duration::from_secs(seconds), "{failures}");
        }
    }

    #[test]
    fn a_day_of_guessing_is_few_guesses() {
        let (throttle, key) = (Throttle::default(), Key::other(0, 0, 1));
        let guesses = (0..24 * 3_600).filter(|second| throttle.attempt(second * SECOND, key).is_ok()).count();
        assert!(guesses < 120, "{guesses}");
        assert_eq!(throttle.attempt(24 * 3_600 * SECOND, Key::other(0, 0, 2)), Ok(()));
    }

    #[test]
    fn success_and_time_forget() {
        let (throttle, key) = (Throttle::default(), Key::other(0, 0, 1));
        let spend = |from_ns| (0..4).filter(|_| throttle.attempt(from_ns, key).is_ok()).count();
        assert_eq!(spend(0), 4);
        assert_eq!(throttle.attempt(0, key), Err(SECOND));
        throttle.succeeded(key);
        assert!(throttle.is_empty());
        assert_eq!(spend(0), 4);
        assert_eq!(throttle.attempt(SECOND, key), Ok(()));
        assert_eq!(throttle.attempt(SECOND, key), Err(2 * SECOND));
        assert_eq!(spend(25 * 3_600 * SECOND), 4);
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let throttle = Throttle::new(ThrottlePolicy::default(), 640);
        for id in 0..20_000 {
            assert_eq!(throttle.attempt(id, Key::other(0, 0, id)), Ok(()));
        }
        assert!(throttle.len() <= 640);
        (0..20_000).for_each(|id| throttle.succeeded(Key::other(0, 0, id)));
        assert!(throttle.is_empty());
    }

    proptest! {
        #[test]
        fn waiting_as_told_is_always_enough(
            free_failures in 0u32..5,
            (first, longest, forget) in (0u64..1_000, 0u64..100_000, 0u64..200_000),
            waits in prop::collection::vec(0u64..50_000, 1..60),
        ) {
            let policy = ThrottlePolicy {
                free_failures,
                first_wait: Duration::from_nanos(first),
                longest_wait: Duration::from_nanos(longest),
                forget_after: Duration::from_nanos(forget),
            };
            let (throttle, key) = (Throttle::new(policy, 1_000), Key::other(0, 0, 1));
            let mut now_ns = 0;
            for wait_ns in waits {
                now_ns += wait_ns;
                if let Err(told_ns) = throttle.attempt(now_ns, key) {
                    prop_assert!(told_ns <= longest);
                    prop_assert_eq!(throttle.attempt(now_ns + told_ns - 1, key), Err(1));
                    now_ns += told_ns;
                    prop_assert_eq!(throttle.attempt(now_ns, key), Ok(()));
                }
            }
        }
    }
}
