//! What kind of hour it is, by the clocks and the calendar of a market.

use std::collections::BTreeSet;

use kernel::jiff::Timestamp;
use kernel::jiff::civil::{Date, Weekday};
use kernel::jiff::tz::TimeZone;

use crate::settings::ForecastRule;

pub const HOUR_S: i64 = 3_600;

/// The kind of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Monday is 0.
    pub weekday: usize,
    pub hour: usize,
    pub is_pay_day: bool,
    pub is_holiday: bool,
}

impl Kind {
    /// Hours of working days and of the weekend are told apart: people do not eat at the same time.
    pub fn is_weekend(&self) -> bool {
        self.weekday >= 5
    }
}

/// When people are paid and when they are at home.
pub struct Calendar {
    zone: TimeZone,
    pay_days: Vec<u8>,
    last_working_day: bool,
    holidays: BTreeSet<Date>,
}

impl Calendar {
    pub fn new(rule: &ForecastRule, zone: TimeZone) -> Self {
        let (pay_days, last_working_day) = (rule.pay_days.clone(), rule.last_working_day);
        Self { zone, pay_days, last_working_day, holidays: rule.holidays.iter().copied().collect() }
    }

    /// The kind of the hour that begins so many hours after 1970.
    pub fn kind(&self, hour: i64) -> Kind {
        let at = Timestamp::from_second(hour.saturating_mul(HOUR_S)).unwrap_or(Timestamp::UNIX_EPOCH);
        let time = self.zone.to_datetime(at);
        let date = time.date();
        Kind {
            weekday: usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default(),
            hour: usize::try_from(time.hour()).unwrap_or_default(),
            is_pay_day: self.is_pay_day(date),
            is_holiday: self.holidays.contains(&date),
        }
    }

    pub fn is_pay_day(&self, date: Date) -> bool {
        let last = date.last_of_month();
        let falls_here = |day: &u8| i64::from(*day).min(last.day().into()) == i64::from(date.day());
        self.pay_days.iter().any(falls_here)
            || (self.last_working_day && date == self.last_working_day_of(last))
    }

    /// The last day, at or before this one, on which people work.
    fn last_working_day_of(&self, last: Date) -> Date {
        let is_free = |date: &Date| {
            matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) || self.holidays.contains(date)
        };
        let days = (0..last.day()).filter_map(|back| last.with().day(last.day() - back).build().ok());
        days.into_iter().find(|date| !is_free(date)).unwrap_or(last)
    }
}
