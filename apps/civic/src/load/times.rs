//! Times as files write them, and ids that stand where their times say.

use kernel::jiff::civil::{Date, DateTime};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{IDS_PER_MS, first_id_at};

use crate::request::model::RequestId;

/// A moment with its zone, or a date with or without a time as the market's clocks showed it.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(whole_microseconds(at));
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(Default::default())))?;
    zone.to_ambiguous_timestamp(local).compatible().ok().map(whole_microseconds)
}

/// What is kept of a time.
fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Nothing older is taken for a request, nor anything further ahead than clocks differ.
pub fn is_believable(at: Timestamp, now: Timestamp) -> bool {
    at >= Timestamp::UNIX_EPOCH && at <= now.checked_add(SignedDuration::from_hours(24)).unwrap_or(now)
}

/// An id for a request of `at`, so that lists by id are lists by time. Which one of those that a
/// moment has is told by `turn`. What is older than the first ids has the seconds since 1970 in place of
/// the milliseconds since then, which all fall into the first twenty days: before everything later.
pub fn id_at(at: Timestamp, turn: i64) -> RequestId {
    let first = match first_id_at(at) {
        early if early < 0 => at.as_second().max(0) * IDS_PER_MS,
        first => first,
    };
    RequestId::from_raw(first + turn.rem_euclid(IDS_PER_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_files_write_them() {
        let zone = TimeZone::get("America/New_York").unwrap();
        for (text, expect) in [
            ("2024-07-01T10:00:00Z", Some("2024-07-01T10:00:00Z")),
            ("2024-07-01T10:00:00-04:00", Some("2024-07-01T14:00:00Z")),
            ("2024-07-01 10:00:00", Some("2024-07-01T14:00:00Z")),
            ("2024-07-01T10:00", Some("2024-07-01T14:00:00Z")),
            ("2024-01-01", Some("2024-01-01T05:00:00Z")),
            ("2024-03-10 02:30:00", Some("2024-03-10T07:30:00Z")),
            ("yesterday", None),
            ("", None),
            ("2024-13-01", None),
        ] {
            let expect = expect.map(|text| text.parse::<Timestamp>().unwrap());
            assert_eq!(moment(text, &zone), expect, "{text}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_times() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let times = ["1970-01-01T00:00:00Z", "2019-05-05T00:00:00Z", "2023-12-31T23:59:59Z"];
        let later = ["2024-02-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z"];
        let ids: Vec<RequestId> = times
            .iter()
            .chain(&later)
            .zip((0..).map(|it| it * 7_919))
            .map(|(text, turn)| id_at(at(text), turn))
            .collect();
        assert!(ids.is_sorted_by(|a, b| a < b && a.raw() >= 0), "{ids:?}");
    }
}
