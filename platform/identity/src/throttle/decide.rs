use kernel::jiff::{SignedDuration, Timestamp};

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
    /// One attempt is forgotten each time so much passes, however many follow: what many people share
    /// must not fill up for ever. None where those in any one stretch of time are what is limited.
    pub forget_one: Option<SignedDuration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    pub count: u32,
    /// Until when forgetting has been reckoned: what is left of the time for one goes on from here.
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
    let before = before.by(now, policy);
    let wait = i64::from(policy.wait_s(before.count));
    if idle < wait {
        return Err(u32::try_from(wait - idle).unwrap_or(u32::MAX));
    }
    Ok(Attempts { count: before.count.saturating_add(1), last: now, ..before })
}

impl Attempts {
    fn by(self, now: Timestamp, policy: &Policy) -> Self {
        let Some(one) = policy.forget_one else { return self };
        let passed = now.duration_since(self.since).as_micros().max(0);
        let one_us = one.as_micros().max(1);
        let gone = u32::try_from(passed / one_us).unwrap_or(u32::MAX);
        if gone >= self.count {
            return Self { count: 0, since: now, ..self };
        }
        // Part of what passed, so it is before now.
        let reckoned = i64::try_from(i128::from(gone) * one_us)
            .map_or(now, |us| self.since.checked_add(SignedDuration::from_micros(us)).unwrap_or(now));
        Self { count: self.count - gone, since: reckoned, ..self }
    }
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

    const POLICY: Policy =
        Policy { free: 3, first_wait_s: 2, longest_wait_s: 60, forget_s: 100, forget_one: None };
    const LEAKY: Policy = Policy { forget_one: Some(SignedDuration::from_secs(10)), ..POLICY };

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

    #[test]
    fn one_is_forgotten_at_a_time() {
        // count before, seconds from its reckoning to the last and to now, what follows
        for (count, last, now, expect) in [
            (3, 0, 1, Err(1)),
            (3, 9, 10, Ok((3, 10))),
            (3, 19, 20, Ok((2, 20))),
            (3, 19, 29, Ok((2, 20))),
            (3, 29, 30, Ok((1, 30))),
            (3, 39, 45, Ok((1, 45))),
            (5, 9, 12, Err(1)),
            (5, 9, 13, Ok((5, 10))),
            (0, 3, 4, Ok((1, 4))),
        ] {
            let before = Attempts { count, since: at(0), last: at(last) };
            let after = take(Some(before), &LEAKY, at(now)).map(|it| (it.count, it.since));
            assert_eq!(after, expect.map(|(count, since)| (count, at(since))), "{count} at {now} s");
        }
    }

    #[test]
    fn a_guesser_of_one_account_waits_longer_and_longer() {
        let (mut state, mut now, mut waits) = (None, 0, Vec::new());
        while now < 7 * 24 * 3_600 {
            match take(state, &crate::throttle::SIGN_INS, at(now)) {
                Ok(after) => state = Some(after),
                Err(wait) => {
                    waits.push(wait);
                    now += i64::from(wait);
                }
            }
        }
        assert_eq!(waits[..8], [2, 4, 8, 16, 32, 64, 128, 256]);
        // Never shorter again, and few a day for as long as it goes on.
        assert!(waits[8..].iter().all(|wait| *wait >= 256), "{waits:?}");
        assert!(waits.len() <= 7 * 24 * 5 + 20, "{} in a week", waits.len());
    }

    #[test]
    fn many_behind_one_address_are_never_slowed_down_below_its_allowance() {
        for (policy, every_ms) in [(super::super::ADDRESS, 6_000), (super::super::TENANT, 12)] {
            let mut state = None;
            for round in 0..100_000 {
                let now = at(0) + SignedDuration::from_millis(round * every_ms);
                state = Some(take(state, &policy, now).expect("within the allowance"));
            }
            // A burst above it is slowed down, and over after a while even if the steady ones go on.
            let mut now = at(0) + SignedDuration::from_millis(100_000 * every_ms);
            let burst = (0..=policy.free).find_map(|_| match take(state, &policy, now) {
                Ok(after) => {
                    state = Some(after);
                    None
                }
                Err(wait) => Some(wait),
            });
            assert_eq!(burst, Some(policy.first_wait_s));
            for _ in 0..2 * policy.free {
                now += SignedDuration::from_millis(2 * every_ms);
                state = take(state, &policy, now).ok().or(state);
            }
            assert!(state.is_some_and(|it| it.count <= 2), "{state:?}");
        }
    }

    proptest! {
        /// However long it lasts and whatever was before: below the rate at which attempts are
        /// forgotten nobody is refused.
        #[test]
        fn a_steady_rate_below_the_allowance_is_never_refused(
            pauses in prop::collection::vec(10_000i64..40_000, 1..500),
        ) {
            let (mut state, mut now) = (None, at(0));
            for pause in pauses {
                now += SignedDuration::from_millis(pause);
                let after = take(state, &LEAKY, now);
                prop_assert!(after.is_ok(), "{:?}", after);
                state = after.ok();
            }
        }

        /// Whoever waits as long as they were told is let in, and what is let in has its bound.
        #[test]
        fn waiting_as_told_is_enough(pauses in prop::collection::vec(0i64..15, 1..300)) {
            let (mut state, mut now, mut taken) = (None, 0, Vec::new());
            for pause in pauses {
                now += pause;
                match take(state, &LEAKY, at(now)) {
                    Ok(after) => {
                        state = Some(after);
                        taken.push(now);
                    }
                    Err(wait) => prop_assert!(take(state, &LEAKY, at(now + i64::from(wait))).is_ok()),
                }
            }
            for (place, first) in taken.iter().enumerate() {
                let within = taken[place..].iter().filter(|it| **it < first + 60).count();
                prop_assert!(within <= 3 + 5 + 6, "{within} within a minute");
            }
        }

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
