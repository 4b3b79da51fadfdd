//! The hours of a market in which people are left in peace.

use kernel::jiff::Timestamp;
use kernel::jiff::civil::Time;
use kernel::jiff::tz::TimeZone;

/// From one time on the wall to another; over midnight where the second is the earlier one. Two equal
/// times are no quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    pub from: Time,
    pub to: Time,
}

impl Quiet {
    fn holds(&self, time: Time) -> bool {
        match self.from <= self.to {
            true => self.from <= time && time < self.to,
            false => time >= self.from || time < self.to,
        }
    }

    /// Now, or the end of the quiet hours. Where clocks are put back over their end, they end the
    /// first time; where that time is skipped, right after the gap.
    pub fn next_allowed(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let wall = zone.to_datetime(now);
        if !self.holds(wall.time()) {
            return now;
        }
        let is_tomorrow = self.from > self.to && wall.time() >= self.from;
        let date = if is_tomorrow { wall.date().tomorrow() } else { Ok(wall.date()) };
        let end = date.and_then(|date| date.to_datetime(self.to).to_zoned(zone.clone()));
        end.map_or(now, |end| end.timestamp().max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::SignedDuration;
    use kernel::jiff::civil::time;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        kernel::zone::zone(name).unwrap()
    }

    #[test]
    fn nobody_is_woken() {
        let night = Quiet { from: time(21, 0, 0, 0), to: time(8, 0, 0, 0) };
        let noon = Quiet { from: time(12, 0, 0, 0), to: time(14, 0, 0, 0) };
        let never = Quiet { from: time(8, 0, 0, 0), to: time(8, 0, 0, 0) };
        for (quiet, place, now, then) in [
            (night, "Africa/Kigali", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
            (night, "Africa/Kigali", "2026-03-01T19:00:00Z", "2026-03-02T06:00:00Z"),
            (night, "Africa/Kigali", "2026-03-01T23:59:59Z", "2026-03-02T06:00:00Z"),
            (night, "Africa/Kigali", "2026-03-02T05:59:59Z", "2026-03-02T06:00:00Z"),
            (night, "Africa/Kigali", "2026-03-02T06:00:00Z", "2026-03-02T06:00:00Z"),
            // Clocks go forward that night: an hour less to wait.
            (night, "America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T12:00:00Z"),
            (night, "America/New_York", "2026-11-01T03:00:00Z", "2026-11-01T13:00:00Z"),
            (noon, "UTC", "2026-03-01T12:00:00Z", "2026-03-01T14:00:00Z"),
            (noon, "UTC", "2026-03-01T14:00:00Z", "2026-03-01T14:00:00Z"),
            (never, "UTC", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"),
        ] {
            let (now, then): (Timestamp, Timestamp) = (now.parse().unwrap(), then.parse().unwrap());
            assert_eq!(quiet.next_allowed(now, &zone(place)), then, "{quiet:?} {place} {now}");
        }
        // The end lies in a gap: right after it.
        let gap = Quiet { from: time(22, 0, 0, 0), to: time(2, 30, 0, 0) };
        let now = "2026-03-08T05:00:00Z".parse().unwrap();
        let then: Timestamp = "2026-03-08T07:30:00Z".parse().unwrap();
        assert_eq!(gap.next_allowed(now, &zone("America/New_York")), then);
    }

    proptest! {
        /// Against looking at the clock on the wall every minute, where no clock is changed.
        #[test]
        fn it_agrees_with_watching_the_clock(
            minute in 0i64..3 * 1_440, from in 0i8..24, to in 0i8..24, half in any::<bool>(),
        ) {
            let quiet = Quiet { from: time(from, 0, 0, 0), to: time(to, if half { 30 } else { 0 }, 0, 0) };
            let zone = zone("Asia/Kolkata");
            let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
            let now = start + SignedDuration::from_mins(minute);
            let mut watched = now;
            while quiet.holds(zone.to_datetime(watched).time()) {
                watched += SignedDuration::from_mins(1);
            }
            prop_assert_eq!(quiet.next_allowed(now, &zone), watched);
        }

        #[test]
        fn it_never_goes_back_and_never_waits_longer_than_a_day_and_a_gap(
            seconds in 1_700_000_000i64..1_900_000_000, from in 0i8..24, to in 0i8..24,
            place in prop::sample::select(vec!["America/New_York", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe"]),
        ) {
            let quiet = Quiet { from: time(from, 0, 0, 0), to: time(to, 15, 0, 0) };
            let now = Timestamp::from_second(seconds).unwrap();
            let then = quiet.next_allowed(now, &zone(place));
            prop_assert!(then >= now && then.duration_since(now) <= SignedDuration::from_hours(26));
        }
    }
}
