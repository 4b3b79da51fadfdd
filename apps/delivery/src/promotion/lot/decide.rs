use kernel::jiff::Timestamp;
use kernel::{Decision, NewJob};

use super::jobs::EXPIRE;
use super::model::{Left, Lot};
use super::repo;

const DAY_S: i64 = 24 * 3_600;

/// When coins that come now are gone: with the end of a day, so that all of a day go together.
pub fn expires(now: Timestamp, days: u32) -> Timestamp {
    let day = now.as_second().div_euclid(DAY_S) + i64::from(days) + 1;
    Timestamp::from_second(day * DAY_S).unwrap_or(Timestamp::MAX)
}

/// Lots that come in one decision; each leaves the job of the day on which it is gone.
pub fn came(lots: &[Lot]) -> Decision {
    let lots: Vec<&Lot> = lots.iter().filter(|lot| lot.minor > 0).collect();
    let mut days: Vec<Timestamp> = lots.iter().map(|lot| lot.expires).collect();
    days.sort_unstable();
    days.dedup();
    let jobs = days.into_iter().map(|day| NewJob::new(EXPIRE, day, &()).once(format!("{EXPIRE}:{day}")));
    jobs.fold(Decision::nothing().changes(lots.into_iter().map(repo::add)), Decision::job)
}

/// How much of lots whose time is over is still there: `free` is what is in the purse and not set aside,
/// `later` what came in lots that hold longer.
pub fn expired(free: i64, (over, later): (i64, i64)) -> i64 {
    (free - later).clamp(0, over.max(0))
}

/// What is gone next, and when; `lots` has the latest first.
pub fn next(free: i64, lots: &[Left]) -> Option<Left> {
    let mut rest = free;
    let mut next: Option<Left> = None;
    for lot in lots {
        let minor = lot.minor.min(rest);
        if minor <= 0 {
            break;
        }
        rest -= minor;
        next = Some(match next {
            Some(known) if known.expires == lot.expires => Left { minor: known.minor + minor, ..known },
            _ => Left { minor, ..*lot },
        });
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY_S).unwrap()
    }

    #[test]
    fn coins_are_gone_with_the_end_of_a_day() {
        for (second, days, day) in [(0, 1, 2), (DAY_S - 1, 1, 2), (DAY_S, 1, 3), (DAY_S + 7, 365, 367)] {
            assert_eq!(expires(Timestamp::from_second(second).unwrap(), days), at(day), "{second} {days}");
        }
    }

    #[test]
    fn the_oldest_are_spent_first() {
        // In the purse, came in lots that are over, came later; gone.
        for (free, over, later, gone) in [
            (100, 60, 40, 60),
            (70, 60, 40, 30),
            (40, 60, 40, 0),
            (10, 60, 40, 0),
            (60, 60, 0, 60),
            (90, 60, 0, 60),
        ] {
            assert_eq!(expired(free, (over, later)), gone, "{free} {over} {later}");
        }
        let lots = [(9, 10), (5, 20), (5, 5), (3, 40)].map(|(day, minor)| Left { expires: at(day), minor });
        for (free, expect) in [
            (0, None),
            (8, Some((9, 8))),
            (15, Some((5, 5))),
            (35, Some((5, 25))),
            (36, Some((3, 1))),
            (99, Some((3, 40))),
        ] {
            let expect = expect.map(|(day, minor)| Left { expires: at(day), minor });
            assert_eq!(next(free, &lots), expect, "{free}");
        }
    }

    proptest! {
        /// Day by day, against a purse of which every coin is known.
        #[test]
        fn as_if_every_coin_were_known(days in prop::collection::vec((0_i64..50, 0_i64..80), 1..40), lasts in 1_i64..10) {
            let (mut coins, mut lots, mut purse) = (std::collections::VecDeque::new(), Vec::new(), 0);
            let mut over = 0;
            for (day, (comes, goes)) in (0_i64..).zip(days) {
                let due: i64 = lots[over..].iter().filter(|(end, _)| *end <= day).map(|(_, minor)| minor).sum();
                let later: i64 = lots.iter().filter(|(end, _)| *end > day).map(|(_, minor): &(i64, i64)| minor).sum();
                over = lots.iter().filter(|(end, _)| *end <= day).count();
                let gone = expired(purse, (due, later));
                let known = coins.iter().filter(|end| **end <= day).count() as i64;
                prop_assert_eq!(gone, known);
                coins.retain(|end| *end > day);
                purse -= gone;
                lots.push((day + lasts, comes));
                coins.extend(std::iter::repeat_n(day + lasts, comes as usize));
                purse += comes;
                let goes = goes.min(purse);
                coins.drain(..goes as usize);
                purse -= goes;
            }
        }
    }
}
