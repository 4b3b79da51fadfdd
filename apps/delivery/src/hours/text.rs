use std::collections::BTreeMap;

use kernel::Fault;
use kernel::jiff::civil::Date;
use kernel::text::{self, Lines};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{DAY_MIN, Hours, Span, Spans, SpecialDay, Week, date_of, day_number};
use crate::limits;

/// `{"from": "17:00", "to": "02:00"}`. What does not end after it begins ends on the next day; 24:00 is the
/// midnight at the end of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanText {
    #[schemars(length(min = 5, max = 5))]
    pub from: String,
    #[schemars(length(min = 5, max = 5))]
    pub to: String,
}

/// The spans of each weekday; without any it is closed on that day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeekText {
    #[schemars(length(max = 8))]
    pub monday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub tuesday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub wednesday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub thursday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub friday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub saturday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub sunday: Vec<SpanText>,
}

/// A date with hours of its own; without any it is closed on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialDayText {
    #[schemars(extend("format" = "date"))]
    pub date: String,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub spans: Vec<SpanText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HoursText {
    pub week: WeekText,
    /// Holidays, and days with other hours.
    #[schemars(length(max = 100))]
    pub special_days: Vec<SpecialDayText>,
}

impl Spans {
    pub fn of(texts: &[SpanText], at: &str) -> Result<Self, Vec<Fault>> {
        let (mut spans, mut faults) = (Vec::with_capacity(texts.len()), Vec::new());
        if texts.len() > limits::SPANS_PER_DAY_MAX {
            let message = format!("A day has at most {} spans.", limits::SPANS_PER_DAY_MAX);
            return Err(vec![Fault::new(at, "too_many", message)]);
        }
        for (place, text) in texts.iter().enumerate() {
            match (minute(&text.from).filter(|from| *from < DAY_MIN), minute(&text.to)) {
                (Some(from), Some(to)) if to > from => spans.push(Span { from, to }),
                (Some(from), Some(to)) => spans.push(Span { from, to: to + DAY_MIN }),
                _ => {
                    let message = "Must be two times such as 09:00; it begins before 24:00.";
                    faults.push(Fault::new(format!("{at}/{place}"), "bad_time", message));
                }
            }
        }
        spans.sort_unstable();
        if faults.is_empty() && spans.windows(2).any(|two| two[1].from < two[0].to) {
            faults.push(Fault::new(at, "overlap", "The spans of a day must not overlap."));
        }
        if faults.is_empty() { Ok(Self(spans)) } else { Err(faults) }
    }

    pub fn to_text(&self) -> Vec<SpanText> {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let end = |minute: u16| clock(if minute > DAY_MIN { minute - DAY_MIN } else { minute });
        self.0.iter().map(|span| SpanText { from: clock(span.from), to: end(span.to) }).collect()
    }
}

impl Week {
    pub fn of(text: &WeekText, at: &str) -> Result<Self, Vec<Fault>> {
        let days: [(&str, &[SpanText]); 7] = [
            ("monday", &text.monday),
            ("tuesday", &text.tuesday),
            ("wednesday", &text.wednesday),
            ("thursday", &text.thursday),
            ("friday", &text.friday),
            ("saturday", &text.saturday),
            ("sunday", &text.sunday),
        ];
        let mut faults = Vec::new();
        let week = days.map(|(name, spans)| {
            Spans::of(spans, &format!("{at}/{name}")).unwrap_or_else(|found| {
                faults.extend(found);
                Spans::default()
            })
        });
        if faults.is_empty() { Ok(Self(week)) } else { Err(faults) }
    }

    pub fn to_text(&self) -> WeekText {
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
            std::array::from_fn(|day| self.0[day].to_text());
        WeekText { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }
}

impl Hours {
    /// Or everything that is wrong with them; `at` is where they stand.
    pub fn of(text: &HoursText, at: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let week = Week::of(&text.week, &format!("{at}/week")).unwrap_or_else(|found| {
            faults.extend(found);
            Week::default()
        });
        let mut special = BTreeMap::new();
        if text.special_days.len() > limits::SPECIAL_DAYS_MAX {
            let message = format!("There are at most {} special days.", limits::SPECIAL_DAYS_MAX);
            faults.push(Fault::new(format!("{at}/special_days"), "too_many", message));
        }
        for (place, text) in text.special_days.iter().enumerate().take(limits::SPECIAL_DAYS_MAX) {
            let at = format!("{at}/special_days/{place}");
            match special_day(text, &at) {
                Ok((day, its)) => {
                    if special.insert(day, its).is_some() {
                        let message = "This date is there already.";
                        faults.push(Fault::new(format!("{at}/date"), "repeated", message));
                    }
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Self { week, special }) } else { Err(faults) }
    }

    pub fn to_text(&self) -> HoursText {
        let special = self.special.iter().filter_map(|(day, its)| {
            let date = date_of(*day)?.to_string();
            Some(SpecialDayText { date, name: its.name.clone(), spans: its.spans.to_text() })
        });
        HoursText { week: self.week.to_text(), special_days: special.collect() }
    }
}

fn special_day(its: &SpecialDayText, at: &str) -> Result<(i32, SpecialDay), Vec<Fault>> {
    let mut faults: Vec<Fault> =
        text::fault(&format!("{at}/name"), &its.name, Lines::One).into_iter().collect();
    let name = its.name.trim();
    if text::is_blank(name) {
        faults.push(Fault::new(format!("{at}/name"), "blank", "Say what day it is."));
    }
    let spans = Spans::of(&its.spans, &format!("{at}/spans")).unwrap_or_else(|found| {
        faults.extend(found);
        Spans::default()
    });
    // Others write dates in ways that are read as something else here.
    let date =
        Some(&its.date).filter(|date| date.len() == "2026-12-25".len()).map(|date| date.parse::<Date>());
    match date {
        Some(Ok(date)) if faults.is_empty() => {
            Ok((day_number(date), SpecialDay { name: name.to_owned(), spans }))
        }
        Some(Ok(_)) => Err(faults),
        _ => {
            faults.push(Fault::new(format!("{at}/date"), "bad_date", "Must be a date such as 2026-12-25."));
            Err(faults)
        }
    }
}

/// `09:30` is 570; `24:00` is the last.
fn minute(text: &str) -> Option<u16> {
    let &[tens, ones, b':', minute_tens, minute_ones] = text.as_bytes() else { return None };
    let number = |tens: u8, ones: u8| {
        let are_digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        are_digits.then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let (hour, minute) = (number(tens, ones)?, number(minute_tens, minute_ones)?);
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= DAY_MIN).then_some(whole)
}
