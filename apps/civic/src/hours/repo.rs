use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::calendar::Calendar;
use super::model::{Holiday, Holidays, Spans, StoredDay, StoredHoliday, Week, day_number};
use crate::limits;

kernel::statements! {
    short WEEK = "select weekday, spans from working_hours order by weekday limit 7";
    short HOLIDAYS = "select day, name, spans from holiday where day between ?1 and ?2 order by day limit ?3";
    short PART = "select version from calendar_part where part = ?1";
    short PUT_DAY = "insert into working_hours (weekday, spans) values (?1, ?2) \
        on conflict (weekday) do update set spans = excluded.spans";
    short PUT_HOLIDAY = "insert into holiday (day, name, spans) values (?1, ?2, ?3) \
        on conflict (day) do update set name = excluded.name, spans = excluded.spans";
    short REMOVE_HOLIDAY = "delete from holiday where day = ?1";
    /// Of two changes at once one is first, and the other decides again.
    short PUT_PART = "insert into calendar_part (part, version, at) values (?1, ?2, ?3) \
        on conflict (part) do update set version = excluded.version, at = excluded.at \
        where calendar_part.version = excluded.version - 1";
}

/// The part of the calendar that the week is; a year is another.
pub const WEEK_PART: &str = "week";

pub(crate) fn week_of(days: Vec<StoredDay>) -> Week {
    if days.is_empty() {
        return Week::default();
    }
    let mut week = Week(std::array::from_fn(|_| Spans::default()));
    for day in days {
        if let Some(spans) = week.0.get_mut(day.weekday) {
            *spans = day.spans;
        }
    }
    week
}

pub(crate) fn by_day(rows: Vec<StoredHoliday>) -> Holidays {
    rows.into_iter().map(|row| (row.day, row.holiday)).collect()
}

/// The week, or the one that a market has that said nothing.
pub async fn week(market: &Market) -> Result<Week, StoreError> {
    Ok(week_of(market.list(WEEK, values![]).await?))
}

pub async fn holidays(market: &Market, year: i16) -> Result<Holidays, StoreError> {
    let (first, last) = year_days(year);
    let limit = limits::HOLIDAYS_READ_MAX;
    Ok(by_day(market.list(HOLIDAYS, values![first, last, limit]).await?))
}

/// First and last day of a year.
pub fn year_days(year: i16) -> (i32, i32) {
    let day = |year, month, day| kernel::jiff::civil::Date::new(year, month, day).map_or(0, day_number);
    (day(year, 1, 1), day(year, 12, 31))
}

/// All that deadlines of what begins at `start` need.
pub async fn calendar(market: &Market, zone: &TimeZone, start: Timestamp) -> Result<Calendar, StoreError> {
    let first = (start.as_second().div_euclid(86_400) - 2) as i32;
    let last = first + limits::DEADLINE_DAYS_MAX as i32 + 4;
    let queries = vec![
        Query { sql: WEEK, params: values![] },
        Query { sql: HOLIDAYS, params: values![first, last, limits::HOLIDAYS_READ_MAX] },
    ];
    let rows = market.snapshot(queries).await?;
    let part = |place: usize| rows.get(place).cloned().unwrap_or_default();
    Ok(Calendar { week: week_of(part(0).list()?), holidays: by_day(part(1).list()?), zone: zone.clone() })
}

/// How often a part of the calendar was changed.
pub async fn version(market: &Market, part: &str) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = market.one(PART, values![part]).await?;
    Ok(row.map_or(0, |(version,)| version))
}

pub fn put_part(part: &str, version: i64, at: Timestamp) -> Change {
    PUT_PART.with(values![part, version, at])
}

pub fn put_day(weekday: usize, spans: &Spans) -> Change {
    PUT_DAY.with(values![weekday as i64, spans.to_stored()])
}

pub fn put_holiday(day: i32, holiday: &Holiday) -> Change {
    PUT_HOLIDAY.with(values![day, &holiday.name, holiday.spans.to_stored()])
}

pub fn remove_holiday(day: i32) -> Change {
    REMOVE_HOLIDAY.with(values![day])
}
