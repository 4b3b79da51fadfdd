//! Which requests a map shows: of some categories, in some statuses, of some days.

use std::collections::BTreeSet;

use kernel::jiff::civil::Date;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{Span, Timestamp};
use kernel::zone::{local_date, start_of_day};
use kernel::{Fault, Refusal};
use store::Market;

use super::follow::FOLLOWER;
use super::limits;
use super::names::{Kind, Names};
use super::period::{self, Period};
use super::told::{STATUSES, status_number};
use crate::request::model::Status;

/// As it is asked, checked but for the market's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub categories: Option<BTreeSet<String>>,
    pub statuses: Option<BTreeSet<usize>>,
    pub days: Option<(Date, Date)>,
}

/// As the counters are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// By the number of a category, whether it is asked for; `None` is all.
    pub categories: Option<Vec<bool>>,
    pub statuses: [bool; STATUSES.len()],
    /// Periods to add or to take away.
    pub periods: Vec<(Period, i64)>,
    /// The instants of its days, for requests themselves.
    pub instants: Option<(Timestamp, Timestamp)>,
    /// By name, for requests themselves.
    pub category_names: Option<BTreeSet<String>>,
}

impl Asked {
    pub fn new(
        category: Option<&str>,
        status: Option<&str>,
        days: Option<(Date, Date)>,
    ) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let categories = category.map(list);
        if categories.as_ref().is_some_and(|it| it.len() > limits::CATEGORIES_ASKED_MAX) {
            let message = format!("Name at most {} categories.", limits::CATEGORIES_ASKED_MAX);
            faults.push(Fault::new("?category", "too_many", message));
        }
        let statuses = status.map(|text| {
            let number = |name: String| match Status::named(&name) {
                Some(status) => Some(status_number(status)),
                None => {
                    let known = STATUSES.map(Status::name).join(", ");
                    let message = format!("Must be one or more of {known}, parted by commas.");
                    faults.push(Fault::new("?status", "unknown_status", message));
                    None
                }
            };
            list(text).into_iter().filter_map(number).collect()
        });
        faults.dedup();
        faults.extend(days.and_then(|(from, to)| days_fault(from, to, limits::DAYS_MAX)));
        if faults.is_empty() {
            Ok(Self { categories, statuses, days })
        } else {
            Err(Refusal::invalid(faults))
        }
    }

    /// In this market's numbers. Days are those of the zone that its counters were begun with.
    pub async fn in_market(&self, market: &Market, zone: &TimeZone) -> Result<Which, Refusal> {
        let names = match (&self.categories, self.days) {
            (None, None) => Names::default(),
            _ => Names::load(market, FOLLOWER).await?,
        };
        Ok(self.with(&names, &names.kept_zone().unwrap_or_else(|| zone.clone())))
    }

    pub fn with(&self, names: &Names, zone: &TimeZone) -> Which {
        let numbers = |codes: &BTreeSet<String>| {
            let mut asked = vec![false; limits::NAMES_MAX + 1];
            let known = codes.iter().filter_map(|code| names.find(Kind::Category, code));
            known.for_each(|number| asked[number as usize] = true);
            asked
        };
        let start = |date: Date| start_of_day(date, zone).unwrap_or(Timestamp::MAX);
        let is_asked = |place: usize| self.statuses.as_ref().is_none_or(|it| it.contains(&place));
        Which {
            categories: self.categories.as_ref().map(numbers),
            statuses: std::array::from_fn(is_asked),
            periods: self.days.map_or(vec![(Period::All, 1)], |(from, to)| period::cover(from, to)),
            instants: self
                .days
                .map(|(from, to)| (start(from), start(to.saturating_add(Span::new().days(1))))),
            category_names: self.categories.clone(),
        }
    }
}

impl Which {
    pub fn has(&self, category: u64, status: usize) -> bool {
        self.statuses.get(status).copied().unwrap_or(false)
            && self.categories.as_ref().is_none_or(|it| it.get(category as usize).copied().unwrap_or(false))
    }

    pub fn has_request(&self, category: &str, at: Timestamp) -> bool {
        self.category_names.as_ref().is_none_or(|it| it.contains(category))
            && self.instants.is_none_or(|(from, to)| from <= at && at < to)
    }
}

/// The last so many days, today among them.
pub fn last_days(now: Timestamp, zone: &TimeZone, days: u16) -> (Date, Date) {
    let today = local_date(now, zone);
    (today.saturating_sub(Span::new().days(i64::from(days.max(1)) - 1)), today)
}

pub fn days_fault(from: Date, to: Date, days_max: i64) -> Option<Fault> {
    let (Period::Day(first), Period::Day(last)) = (Period::day(from), Period::day(to)) else { return None };
    if to < from {
        return Some(Fault::new("?to", "before_from", "Must not be before `from`."));
    }
    let message = format!("Ask for at most {days_max} days.");
    (last - first >= days_max).then(|| Fault::new("?to", "too_long", message))
}

fn list(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The first of so many days that end with this one.
pub fn first_of(last: Date, days: i64) -> Date {
    last.saturating_sub(Span::new().days(days - 1))
}
