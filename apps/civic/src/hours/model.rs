use std::collections::BTreeMap;

use kernel::Fault;
use kernel::jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::limits;

pub const DAY_MINUTES: u16 = 24 * 60;

/// A time of work, in minutes since the midnight of the day it begins on. One that ends after 1440 ends
/// on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from: u16,
    pub to: u16,
}

/// The times of one day, in order and apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans(Vec<Span>);

/// Spans for each weekday, Monday first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week(pub [Spans; 7]);

/// A date that is unlike others of its weekday: nobody works, or at other times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    pub name: String,
    pub spans: Spans,
}

/// By days since 1970.
pub type Holidays = BTreeMap<i32, Holiday>;

/// A time of work as it is written: `{"from": "09:00", "to": "17:00"}`. Where `to` is not after `from`,
/// it is on the next day; `24:00` is midnight at the end of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanText {
    #[schemars(length(min = 5, max = 5))]
    pub from: String,
    #[schemars(length(min = 5, max = 5))]
    pub to: String,
}

impl Spans {
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// Or what is wrong with them; `at` is where they stood.
    pub fn of(mut spans: Vec<Span>, at: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if spans.len() > limits::SPANS_PER_DAY_MAX {
            let message = format!("A day has at most {} times of work.", limits::SPANS_PER_DAY_MAX);
            faults.push(Fault::new(at, "too_many", message));
        }
        for (place, span) in spans.iter().enumerate() {
            let sound = span.from < DAY_MINUTES && span.from < span.to && span.to - span.from <= DAY_MINUTES;
            if !sound {
                let message = "A time of work begins within the day and takes at most 24 hours.";
                faults.push(Fault::new(format!("{at}/{place}"), "bad_span", message));
            }
        }
        spans.sort_unstable();
        if faults.is_empty() && spans.windows(2).any(|two| two[1].from < two[0].to) {
            faults.push(Fault::new(at, "overlap", "Times of work of one day must not overlap."));
        }
        if faults.is_empty() { Ok(Self(spans)) } else { Err(faults) }
    }

    pub fn read(texts: &[SpanText], at: &str) -> Result<Self, Vec<Fault>> {
        let (mut spans, mut faults) = (Vec::new(), Vec::new());
        for (place, text) in texts.iter().enumerate() {
            match (minutes(&text.from), minutes(&text.to)) {
                (Some(from), Some(to)) => {
                    spans.push(Span { from, to: if to <= from { to + DAY_MINUTES } else { to } })
                }
                _ => {
                    let message = "Times are written as 09:00, up to 24:00.";
                    faults.push(Fault::new(format!("{at}/{place}"), "bad_time", message));
                }
            }
        }
        if faults.is_empty() { Self::of(spans, at) } else { Err(faults) }
    }

    pub fn write(&self) -> Vec<SpanText> {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let end = |to: u16| if to > DAY_MINUTES { clock(to - DAY_MINUTES) } else { clock(to) };
        self.0.iter().map(|span| SpanText { from: clock(span.from), to: end(span.to) }).collect()
    }

    /// As kept: `540-720,780-1020`.
    pub fn to_stored(&self) -> String {
        let each: Vec<String> = self.0.iter().map(|span| format!("{}-{}", span.from, span.to)).collect();
        each.join(",")
    }

    pub fn from_stored(text: &str) -> Result<Self, StoreError> {
        let broken = || StoreError::Bug("stored working hours cannot be read".into());
        let span = |text: &str| {
            let (from, to) = text.split_once('-')?;
            Some(Span { from: from.parse().ok()?, to: to.parse().ok()? })
        };
        let spans: Option<Vec<Span>> = text.split(',').filter(|it| !it.is_empty()).map(span).collect();
        Self::of(spans.ok_or_else(broken)?, "").map_err(|_| broken())
    }
}

fn minutes(text: &str) -> Option<u16> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (hours, minutes): (u16, u16) = match text.split_once(':')? {
        (hours, minutes) if hours.len() == 2 && minutes.len() == 2 => (digits(hours)?, digits(minutes)?),
        _ => return None,
    };
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= DAY_MINUTES).then_some(all)
}

impl Default for Week {
    /// Of a market that has said nothing: Monday to Friday, nine to five.
    fn default() -> Self {
        let day = |weekday: usize| {
            let spans = if weekday < 5 { vec![Span { from: 9 * 60, to: 17 * 60 }] } else { Vec::new() };
            Spans(spans)
        };
        Self(std::array::from_fn(day))
    }
}

/// Days since 1970.
pub fn day_number(date: Date) -> i32 {
    // Dates lie between the years -9999 and 9999, whose days fit.
    let epoch = Date::constant(1970, 1, 1);
    date.since(epoch).map_or(0, |span| span.get_days())
}

pub fn date_of(day: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(kernel::jiff::Span::new().try_days(day).ok()?).ok()
}

/// A weekday's row.
pub struct StoredDay {
    pub weekday: usize,
    pub spans: Spans,
}

impl FromRow for StoredDay {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let weekday: u8 = row.get(0)?;
        Ok(Self { weekday: weekday.into(), spans: Spans::from_stored(&row.get::<String>(1)?)? })
    }
}

/// A holiday's row.
pub struct StoredHoliday {
    pub day: i32,
    pub holiday: Holiday,
}

impl FromRow for StoredHoliday {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let spans = Spans::from_stored(&row.get::<String>(2)?)?;
        Ok(Self { day: row.get(0)?, holiday: Holiday { name: row.get(1)?, spans } })
    }
}
