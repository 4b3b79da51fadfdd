//! How many messages one recipient gets.

use kernel::jiff::{SignedDuration, Timestamp};

/// So many within any stretch of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub count: usize,
    pub per: SignedDuration,
}

impl Pace {
    /// Now, or when enough of the earlier ones are past. `recent` is newest first.
    pub fn next_allowed(&self, recent: &[Timestamp], now: Timestamp) -> Timestamp {
        let Some(last_that_counts) = self.count.checked_sub(1).map(|place| recent.get(place)) else {
            return now.checked_add(self.per).unwrap_or(now);
        };
        match last_that_counts {
            None => now,
            Some(earlier) => earlier.checked_add(self.per).unwrap_or(now).max(now),
        }
    }
}

/// When all of them allow it.
pub fn next_allowed(paces: &[Pace], recent: &[Timestamp], now: Timestamp) -> Timestamp {
    paces.iter().map(|pace| pace.next_allowed(recent, now)).max().unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        /// Against counting what lies in the window, second by second.
        #[test]
        fn it_agrees_with_counting(
            mut seconds in prop::collection::vec(0i64..100, 0..20), count in 1usize..6, per in 1i64..40,
        ) {
            seconds.sort_unstable_by(|a, b| b.cmp(a));
            let recent: Vec<Timestamp> = seconds.iter().map(|second| at(*second)).collect();
            let pace = Pace { count, per: SignedDuration::from_secs(per) };
            let mut then = 100;
            while seconds.iter().filter(|second| **second > then - per).count() >= count {
                then += 1;
            }
            prop_assert_eq!(pace.next_allowed(&recent, at(100)), at(then));
        }
    }

    #[test]
    fn the_slowest_pace_holds() {
        let paces = [
            Pace { count: 1, per: SignedDuration::from_secs(10) },
            Pace { count: 2, per: SignedDuration::from_secs(60) },
        ];
        assert_eq!(next_allowed(&paces, &[], at(100)), at(100));
        assert_eq!(next_allowed(&paces, &[at(95)], at(100)), at(105));
        assert_eq!(next_allowed(&paces, &[at(85), at(80)], at(100)), at(140));
        let none = Pace { count: 0, per: SignedDuration::from_secs(5) };
        assert_eq!(none.next_allowed(&[], at(100)), at(105));
    }
}
