//! Spans of time that are counted by themselves, and any span as few of them.
//!
//! A day is one of the market's own zone, so that the map, the trends and the people who read them
//! mean the same by it. Counters keep the zone they were begun with: if the market's zone becomes
//! another one, they follow once they are made anew.

use kernel::jiff::civil::{Date, date};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{Timestamp, ToSpan};
use kernel::zone::local_date;

const FIRST: Date = date(1800, 1, 1);
const DAYS: i64 = 1 << 18;
const MONTHS: i64 = 12 * 700;
const DAY_FROM: i64 = 1 << 18;

/// How many bits the code of a period has.
pub const BITS: u32 = 20;

/// All of time, one month or one day; months and days are counted from the year 1800 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    All,
    Month(i64),
    Day(i64),
}

impl Period {
    /// The periods that an instant is counted in.
    pub fn of(at: Timestamp, zone: &TimeZone) -> [Self; 3] {
        let date = local_date(at, zone);
        [Self::All, Self::month(date), Self::day(date)]
    }

    pub fn day(date: Date) -> Self {
        let days = FIRST.duration_until(date).as_hours() / 24;
        Self::Day(days.clamp(0, DAYS - 1))
    }

    pub fn month(date: Date) -> Self {
        let months = (i64::from(date.year()) - i64::from(FIRST.year())) * 12 + i64::from(date.month()) - 1;
        Self::Month(months.clamp(0, MONTHS - 1))
    }

    pub fn code(self) -> i64 {
        match self {
            Self::All => 0,
            Self::Month(month) => month + 1,
            Self::Day(day) => DAY_FROM + day,
        }
    }

    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::All),
            1..=MONTHS => Some(Self::Month(code - 1)),
            DAY_FROM.. if code < DAY_FROM + DAYS => Some(Self::Day(code - DAY_FROM)),
            _ => None,
        }
    }
}

/// The date of a day, as it is counted.
pub fn date_of(day: i64) -> Date {
    FIRST.saturating_add(day.clamp(0, DAYS - 1).days())
}

/// The days from one date to another, both included, as periods to add (1) and to take away (-1):
/// whole months, the days beside them, or a month without the few days that are not meant.
pub fn cover(from: Date, to: Date) -> Vec<(Period, i64)> {
    let mut parts = Vec::new();
    let mut month = from.first_of_month();
    while month <= to {
        let (first, last) = (month.max(from), month.last_of_month().min(to));
        let meant = i32::from(last.day()) - i32::from(first.day()) + 1;
        let left = i32::from(month.days_in_month()) - meant;
        if left + 1 < meant {
            parts.push((Period::month(month), 1));
            let before = days(month, first, false);
            let after = days(last, month.last_of_month(), true);
            parts.extend(before.chain(after).map(|day| (day, -1)));
        } else {
            parts.extend(days(first, last, false).chain([Period::day(last)]).map(|day| (day, 1)));
        }
        match month.checked_add(1.month()) {
            Ok(next) => month = next,
            Err(_) => break,
        }
    }
    parts
}

/// The days between two dates, without the later one, or without the earlier one.
fn days(from: Date, to: Date, without_first: bool) -> impl Iterator<Item = Period> {
    let (Period::Day(from), Period::Day(to)) = (Period::day(from), Period::day(to)) else {
        unreachable!("a day is a day")
    };
    let shift = i64::from(without_first);
    (from + shift..to + shift).map(Period::Day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_cover_is_each_day_once(start in 0i64..3_000, length in 0i64..1_000) {
            let from = date(2020, 1, 1).checked_add(start.days()).unwrap();
            let to = from.checked_add(length.days()).unwrap();
            let parts = cover(from, to);
            let mut days: BTreeMap<Date, i64> = BTreeMap::new();
            for (period, sign) in &parts {
                match period {
                    Period::Day(day) => *days.entry(date_of(*day)).or_default() += sign,
                    _ => {
                        let first = (0..200).map(|it| date(2020, 1, 1).saturating_add(it.months()));
                        let first = first.into_iter().find(|it| Period::month(*it) == *period).unwrap();
                        for more in 0..i64::from(first.days_in_month()) {
                            *days.entry(first.saturating_add(more.days())).or_default() += sign;
                        }
                    }
                }
            }
            days.retain(|_, times| *times != 0);
            prop_assert_eq!(days.len() as i64, length + 1);
            prop_assert!(days.values().all(|times| *times == 1));
            prop_assert!(*days.first_key_value().unwrap().0 == from && *days.last_key_value().unwrap().0 == to);
            prop_assert!(parts.len() as i64 <= 32 + length / 28);
        }
    }

    #[test]
    fn codes_are_distinct_and_few_periods_make_a_year() {
        let zone = TimeZone::UTC;
        for at in [
            "1969-12-31T23:59:59Z",
            "2026-02-28T00:00:00Z",
            "-000300-01-01T00:00:00Z",
            "9000-01-01T00:00:00Z",
        ] {
            for period in Period::of(at.parse().unwrap(), &zone) {
                assert_eq!(Period::from_code(period.code()), Some(period), "{at}");
                assert!((0..1 << BITS).contains(&period.code()));
            }
        }
        assert_eq!(cover(date(2025, 1, 1), date(2025, 12, 31)).len(), 12);
        assert_eq!(cover(date(2025, 3, 7), date(2026, 3, 6)).len(), 11 + 1 + 6 + 6);
        assert_eq!(cover(date(2025, 3, 7), date(2025, 3, 7)), [(Period::day(date(2025, 3, 7)), 1)]);
    }
}
