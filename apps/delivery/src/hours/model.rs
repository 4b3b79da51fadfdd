use std::collections::BTreeMap;

use kernel::jiff::Span as Distance;
use kernel::jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub const DAY_MIN: u16 = 24 * 60;

/// From one minute of a day up to another, which is not included. Beyond 1440 it ends on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u16, u16)", into = "(u16, u16)")]
pub struct Span {
    pub from: u16,
    pub to: u16,
}

/// The spans that begin on one day, in order and apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spans(pub(super) Vec<Span>);

/// The spans of each weekday, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(pub [Spans; 7]);

/// A date on which its weekday's spans do not hold, but these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialDay {
    pub name: String,
    pub spans: Spans,
}

/// All that is known of when something is open; kept as JSON in its row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hours {
    pub week: Week,
    /// By days since 1970.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub special: BTreeMap<i32, SpecialDay>,
}

impl Spans {
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }
}

impl Hours {
    /// The spans that begin on a day.
    pub(super) fn spans(&self, day: i32) -> &[Span] {
        match self.special.get(&day) {
            Some(special) => special.spans.as_slice(),
            // The first of January 1970 was a Thursday.
            None => self.week.0[(day + 3).rem_euclid(7) as usize].as_slice(),
        }
    }
}

/// Days since 1970.
pub fn day_number(date: Date) -> i32 {
    date.since(EPOCH).map_or(0, |distance| distance.get_days())
}

pub fn date_of(day: i32) -> Option<Date> {
    EPOCH.checked_add(Distance::new().try_days(day).ok()?).ok()
}

const EPOCH: Date = Date::constant(1970, 1, 1);

impl From<(u16, u16)> for Span {
    fn from((from, to): (u16, u16)) -> Self {
        Self { from, to }
    }
}

impl From<Span> for (u16, u16) {
    fn from(span: Span) -> Self {
        (span.from, span.to)
    }
}
