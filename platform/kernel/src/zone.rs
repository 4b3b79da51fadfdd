//! Instants as stored, and days as people in a place count them.

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::limits::ZONE_TEXT_BYTES_MAX;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    #[error("\"{0}\" is not a time zone; zones are named like Africa/Lagos")]
    Unknown(String),
    #[error("this date is outside the years -9999 to 9999")]
    OutOfRange,
}

/// As stored: microseconds since 1970, UTC.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub fn from_micros(micros: i64) -> Result<Timestamp, ZoneError> {
    Timestamp::from_microsecond(micros).map_err(|_| ZoneError::OutOfRange)
}

/// A zone by its IANA name. Abbreviations and fixed offsets are no place anyone lives in.
pub fn zone(name: &str) -> Result<TimeZone, ZoneError> {
    let unknown = || ZoneError::Unknown(name.chars().take(ZONE_TEXT_BYTES_MAX).collect());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    if name.len() > ZONE_TEXT_BYTES_MAX || !name.bytes().all(plain) {
        return Err(unknown());
    }
    let zone = TimeZone::get(name).map_err(|_| unknown())?;
    let named = zone.iana_name().is_some_and(|iana| iana == "UTC" || iana.contains('/'));
    if named && !zone.is_unknown() { Ok(zone) } else { Err(unknown()) }
}

/// The date on the wall there and then.
pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// The first instant of a day. Where clocks are put forward at midnight the day starts at one; where
/// a place skipped the day altogether, the answer is the start of the next.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Result<Timestamp, ZoneError> {
    let noon = date.to_datetime(time(12, 0, 0, 0)).to_zoned(zone.clone());
    let start = noon.and_then(|noon| noon.start_of_day()).map_err(|_| ZoneError::OutOfRange)?;
    if start.time() == Time::midnight() {
        return Ok(start.timestamp());
    }
    // The clocks jumped over midnight, so the day starts with that jump, wherever in the hour it was.
    let just_after = start.timestamp().saturating_add(SignedDuration::from_nanos(1));
    let jump = just_after.ok().and_then(|after| zone.preceding(after).next());
    Ok(jump.map_or(start.timestamp(), |jump| jump.timestamp()))
}

/// The instants of a day, from its start to just before the start of the next.
pub fn day(date: Date, zone: &TimeZone) -> Result<std::ops::Range<Timestamp>, ZoneError> {
    let next = date.tomorrow().map_err(|_| ZoneError::OutOfRange)?;
    Ok(start_of_day(date, zone)?..start_of_day(next, zone)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zones_are_found_by_their_name_only() {
        for good in
            ["Africa/Lagos", "Africa/Addis_Ababa", "America/Argentina/Ushuaia", "UTC", "africa/kigali"]
        {
            assert!(zone(good).is_ok(), "{good}");
        }
        assert_eq!(zone("africa/kigali").unwrap().iana_name(), Some("Africa/Kigali"));
        for bad in
            ["", "Lagos", "WAT", "EST", "+01:00", "Africa/Nowhere", "../../etc/passwd", "Etc/Unknown", "é/é"]
        {
            assert_eq!(zone(bad), Err(ZoneError::Unknown(bad.to_owned())), "{bad}");
        }
        let Err(ZoneError::Unknown(shown)) = zone(&"x".repeat(10_000)) else { panic!("too long for a zone") };
        assert_eq!(shown.len(), ZONE_TEXT_BYTES_MAX);
    }

    #[test]
    fn days_start_where_the_clock_says() {
        let rows = [
            ("2026-03-01", "Africa/Lagos", "2026-02-28T23:00:00Z"),
            ("2026-03-01", "Africa/Johannesburg", "2026-02-28T22:00:00Z"),
            // Clocks go forward at two: the day still starts at midnight.
            ("2026-03-08", "America/New_York", "2026-03-08T05:00:00Z"),
            // Clocks go forward at midnight: the day starts at one.
            ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00Z"),
            // Midnight comes twice: the day starts with the first.
            ("2024-11-03", "America/Havana", "2024-11-03T04:00:00Z"),
            // A gap from 23:30 to 00:30 around midnight.
            ("1919-03-31", "America/Toronto", "1919-03-31T04:30:00Z"),
            // Samoa had no 30 December 2011.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ];
        for (date, name, start) in rows {
            let start: Timestamp = start.parse().unwrap();
            assert_eq!(start_of_day(date.parse().unwrap(), &zone(name).unwrap()), Ok(start), "{date} {name}");
        }
        assert_eq!(start_of_day(Date::MIN, &zone("Pacific/Auckland").unwrap()), Err(ZoneError::OutOfRange));
        assert_eq!(from_micros(i64::MAX), Err(ZoneError::OutOfRange));
    }

    proptest! {
        #[test]
        fn an_instant_lies_in_its_own_day(
            seconds in -2_000_000_000i64..4_000_000_000,
            name in prop::sample::select(vec!["Africa/Cairo", "America/Havana", "Pacific/Apia", "Africa/Kigali", "Asia/Beirut", "America/Toronto"]),
        ) {
            let (at, zone) = (Timestamp::from_second(seconds).unwrap(), zone(name).unwrap());
            let day = day(local_date(at, &zone), &zone).unwrap();
            prop_assert!(day.contains(&at));
            prop_assert_eq!(from_micros(micros(at)), Ok(at));
        }
    }
}
