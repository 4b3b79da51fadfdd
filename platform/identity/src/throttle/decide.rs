use kernel::jiff::Timestamp;

/// How a row of attempts is slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Attempts without any wait.
    pub free: u32,
    /// Before the next one; doubled for each one after.
    pub first_wait_s: u32,
    pub longest_wait_s: u32,
    /// After so long without an attempt everything is forgotten.
    pub forget_s: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    pub count: u32,
    pub since: Timestamp,
    pub last: Timestamp,
}

/// One more attempt, or how many seconds to wait before it. A clock that jumped back opens: nobody
/// can turn ours, and a person must not wait for it to catch up.
pub fn take(before: Option<Attempts>, policy: &Policy, now: Timestamp) -> Result<Attempts, u32> {
    let first = Attempts { count: 1, since: now, last: now };
    let Some(before) = before else { return Ok(first) };
    let idle = now.duration_since(before.last).as_secs();
    if idle < 0 || idle >= i64::from(policy.forget_s) {
        return Ok(first);
    }
    let wait = i64::from(policy.wait_s(before.count));
    if idle < wait {
        return Err(u32::try_from(wait - idle).unwrap_or(u32::MAX));
    }
    Ok(Attempts { count: before.count.saturating_add(1), last: now, ..before })
}

impl Policy {
    fn wait_s(&self, count: u32) -> u32 {
        match count.checked_sub(self.free) {
            None => 0,
            Some(over) => {
                let doubled = 1u32.checked_shl(over).unwrap_or(u32::MAX);
                self.first_wait_s.saturating_mul(doubled).min(self.longest_wait_s)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: Policy = Policy { free: 3, first_wait_s: 2, longest_wait_s: 60, forget_s: 100 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn waits_double_and_end() {
        // count before, seconds since the last, what follows
        for (count, idle, expect) in [
            (0, 0, Ok(1)),
            (2, 0, Ok(3)),
            (3, 0, Err(2)),
            (3, 1, Err(1)),
            (3, 2, Ok(4)),
            (4, 2, Err(2)),
            (7, 31, Err(1)),
            (8, 0, Err(60)),
            (4_000_000_000, 59, Err(1)),
            (4_000_000_000, 60, Ok(4_000_000_001)),
            (9, 100, Ok(1)),
            (9, -1, Ok(1)),
        ] {
            let before = Attempts { count, since: at(0), last: at(0) };
            let after = take(Some(before), &POLICY, at(idle)).map(|it| it.count);
            assert_eq!(after, expect, "{count} after {idle} s");
        }
    }

    proptest! {
        /// However somebody times it, a window holds few attempts.
        #[test]
        fn nobody_gets_many_attempts(pauses in prop::collection::vec(0i64..20, 1..300)) {
            let (mut state, mut now, mut taken) = (None, 0, Vec::new());
            for pause in pauses {
                now += pause;
                if let Ok(after) = take(state, &POLICY, at(now)) {
                    state = Some(after);
                    taken.push(now);
                }
            }
            for (place, first) in taken.iter().enumerate() {
                let within = taken[place..].iter().filter(|it| **it < first + 60).count();
                prop_assert!(within <= 3 + 5, "{within} within a minute");
            }
        }

        #[test]
        fn never_more_codes_than_five_an_hour(pauses in prop::collection::vec(0i64..2_000, 1..200)) {
            let (mut state, mut now, mut taken) = (None, 0, Vec::new());
            for pause in pauses {
                now += pause;
                if let Ok(after) = take(state, &crate::throttle::CODES, at(now)) {
                    state = Some(after);
                    taken.push(now);
                }
            }
            for (place, first) in taken.iter().enumerate() {
                prop_assert!(taken[place..].iter().filter(|it| **it < first + 3_600).count() <= 5);
            }
        }
    }
}
