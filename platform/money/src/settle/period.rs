//! When periods end, on the clocks of a market.

use kernel::jiff::civil::{Date, Weekday};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{Timestamp, ToSpan};

/// The latest end of a period that is not after `now`: the first moment of a day, on the weekday or on any.
pub fn last_cut(now: Timestamp, zone: &TimeZone, weekday: Option<Weekday>) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let since = weekday.map_or(0, |weekday| i64::from(weekday.until(today.weekday())));
    begin(back(today, since), zone, now)
}

/// The first end of a period after `now`.
pub fn next_cut(now: Timestamp, zone: &TimeZone, weekday: Option<Weekday>) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let until = weekday.map_or(1, |weekday| match today.weekday().until(weekday) {
        0 => 7,
        days => i64::from(days),
    });
    begin(back(today, -until), zone, now)
}

fn back(day: Date, days: i64) -> Date {
    day.checked_sub(days.days()).unwrap_or(day)
}

/// A day that begins in a gap begins after it; one that begins twice, the first time.
fn begin(day: Date, zone: &TimeZone, otherwise: Timestamp) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(otherwise, |begin| begin.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cuts(zone: &str, now: &str, weekday: Option<Weekday>) -> [String; 2] {
        let (zone, now) = (TimeZone::get(zone).unwrap(), now.parse().unwrap());
        [last_cut(now, &zone, weekday), next_cut(now, &zone, weekday)]
            .map(|it| it.to_zoned(zone.clone()).strftime("%a %m-%d %H:%M %:z").to_string())
    }

    /// Zone, moment, weekday by number, the end before and the next.
    const PERIODS: &str = "
        Africa/Johannesburg 2026-11-22T21:59:59Z 1 | Mon 11-16 00:00 +02:00 | Mon 11-23 00:00 +02:00
        Africa/Johannesburg 2026-11-22T22:00:00Z 1 | Mon 11-23 00:00 +02:00 | Mon 11-30 00:00 +02:00
        Africa/Johannesburg 2026-11-22T22:00:00Z - | Mon 11-23 00:00 +02:00 | Tue 11-24 00:00 +02:00
        Africa/Addis_Ababa  2026-11-22T12:00:00Z 4 | Thu 11-19 00:00 +03:00 | Thu 11-26 00:00 +03:00
        Europe/Berlin       2026-03-29T12:00:00Z 1 | Mon 03-23 00:00 +01:00 | Mon 03-30 00:00 +02:00
        Europe/Berlin       2026-10-25T12:00:00Z 1 | Mon 10-19 00:00 +02:00 | Mon 10-26 00:00 +01:00
        Africa/Cairo        2026-04-23T21:59:59Z 5 | Fri 04-17 00:00 +02:00 | Fri 04-24 01:00 +03:00
        Africa/Cairo        2026-04-23T22:00:00Z 5 | Fri 04-24 01:00 +03:00 | Fri 05-01 00:00 +03:00
        America/Havana      2026-11-01T05:30:00Z 7 | Sun 11-01 00:00 -04:00 | Sun 11-08 00:00 -05:00";

    /// Berlin has a week of 167 hours and one of 169. In Cairo, on 24 April 2026, midnight is skipped and
    /// the day begins at one. In Havana, on 1 November 2026, the hour from midnight happens twice, and the
    /// first begins the day.
    #[test]
    fn periods_end_with_days_on_the_markets_clock() {
        for line in PERIODS.lines().skip(1) {
            let (when, expect) = line.split_once(" | ").unwrap();
            let [zone, now, day] = when.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            let weekday = day.parse().ok().map(|day| Weekday::from_monday_one_offset(day).unwrap());
            assert_eq!(cuts(zone, now, weekday).join(" | "), expect, "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_in_one_period(
            second in 1_700_000_000i64..1_900_000_000,
            zone in prop::sample::select(vec!["Africa/Johannesburg", "Europe/Berlin", "Africa/Cairo", "America/Havana"]),
            day in prop::option::of(1i8..=7),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let weekday = day.map(|day| Weekday::from_monday_one_offset(day).unwrap());
            let now = Timestamp::from_second(second).unwrap();
            let (last, next) = (last_cut(now, &zone, weekday), next_cut(now, &zone, weekday));
            prop_assert!(last <= now && now < next);
            prop_assert_eq!(last_cut(next, &zone, weekday), next);
            prop_assert_eq!(next_cut(last, &zone, weekday), next);
        }
    }
}
