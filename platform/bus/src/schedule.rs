//! Cron, in the time zone of a market.
//!
//! A fixed time of day that a clock change skips runs once, right after the gap; one that happens
//! twice runs once, the first time. Patterns with several times a day follow the clock on the wall.

use std::str::FromStr;

use croner::Cron;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

/// Work that returns. Every market of its kind holds one job row for it at any time.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) key: String,
    cron: Cron,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule {name}: \"{pattern}\" is not a cron pattern that ever comes due: {detail}")]
pub struct BadSchedule {
    pub name: &'static str,
    pub pattern: String,
    pub detail: String,
}

pub(crate) const KEY_PREFIX: &str = "cron:";

impl Schedule {
    /// `pattern` is minute, hour, day of month, month, day of week; `kind` is the handler's.
    pub fn new(name: &'static str, pattern: &str, kind: &'static str) -> Result<Self, BadSchedule> {
        let bad = |error: croner::errors::CronError| BadSchedule {
            name,
            pattern: pattern.to_owned(),
            detail: error.to_string(),
        };
        let cron = Cron::from_str(pattern).map_err(bad)?;
        cron.find_next_occurrence(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC), false).map_err(bad)?;
        Ok(Self { name, kind, key: format!("{KEY_PREFIX}{name}"), cron })
    }

    /// The first time after `now`; `None` when the calendar ends before it.
    pub(crate) fn next_after(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let now = now.to_zoned(zone.clone());
        self.cron.find_next_occurrence(&now, false).ok().map(|next| next.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs from `from` on, as wall time with offset.
    fn runs(pattern: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::new("test", pattern, "test.run").unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut now: Timestamp = from.parse().unwrap();
        let mut seen = Vec::new();
        for _ in 0..count {
            now = schedule.next_after(now, &zone).unwrap();
            seen.push(now.to_zoned(zone.clone()).strftime("%m-%d %H:%M %:z").to_string());
        }
        seen
    }

    #[test]
    fn a_time_in_a_gap_runs_once_that_day() {
        // Berlin, 29 March 2026: 02:00 becomes 03:00.
        let berlin = runs("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3);
        assert_eq!(berlin, ["03-28 02:30 +01:00", "03-29 03:00 +02:00", "03-30 02:30 +02:00"]);
        // Cairo, 24 April 2026: 00:00 becomes 01:00.
        let cairo = runs("30 0 * * *", "Africa/Cairo", "2026-04-22T12:00:00Z", 3);
        assert_eq!(cairo, ["04-23 00:30 +02:00", "04-24 01:00 +03:00", "04-25 00:30 +03:00"]);
    }

    #[test]
    fn a_time_in_a_fold_runs_once_that_day() {
        // Berlin, 25 October 2026: 03:00 becomes 02:00.
        let berlin = runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(berlin, ["10-25 02:30 +02:00", "10-26 02:30 +01:00"]);
        // Cairo, the night to 30 October 2026: 00:00 becomes 23:00 of the 29th.
        let cairo = runs("30 23 * * *", "Africa/Cairo", "2026-10-29T12:00:00Z", 2);
        assert_eq!(cairo, ["10-29 23:30 +03:00", "10-30 23:30 +02:00"]);
    }

    #[test]
    fn a_zone_without_summer_time_has_even_days() {
        let addis = runs("30 2 * * *", "Africa/Addis_Ababa", "2026-03-28T00:00:00Z", 3);
        assert_eq!(addis, ["03-29 02:30 +03:00", "03-30 02:30 +03:00", "03-31 02:30 +03:00"]);
    }

    #[test]
    fn intervals_go_on_through_a_clock_change() {
        let spring = runs("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 3);
        assert_eq!(spring, ["03-29 03:00 +02:00", "03-29 03:30 +02:00", "03-29 04:00 +02:00"]);
        let autumn = runs("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3);
        assert_eq!(autumn, ["10-25 02:30 +02:00", "10-25 02:30 +01:00", "10-25 03:30 +01:00"]);
    }

    #[test]
    fn nonsense_is_refused() {
        for pattern in ["", "every day", "61 * * * *", "0 0 30 2 *", "* * * *"] {
            assert!(Schedule::new("test", pattern, "test.run").is_err(), "{pattern}");
        }
    }
}
