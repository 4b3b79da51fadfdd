//! Rules become the dates of a year. Pure.

use std::collections::BTreeMap;

use kernel::jiff::civil::{Date, Weekday, date};
use kernel::jiff::{Span, ToSpan};

use super::city::{HolidayText, Observed, WEEKDAYS};

/// When a holiday is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The same day each year.
    Fixed {
        month: i8,
        day: i8,
    },
    /// The first, …, fifth such weekday of a month, or with zero its last.
    Nth {
        nth: i8,
        weekday: Weekday,
        month: i8,
    },
    /// So many days after Easter Sunday.
    Easter(i64),
    Once(Date),
}

/// Reads `07-04`, `3 mon 01`, `last mon 05`, `easter-2` or `2026-06-01`.
pub fn rule(text: &str) -> Result<Rule, String> {
    let wrong = || format!("{text:?}: write 07-04, 3 mon 01, last mon 05, easter-2 or 2026-06-01");
    if let Ok(once) = text.parse::<Date>() {
        return Ok(Rule::Once(once));
    }
    if let Some(offset) = text.strip_prefix("easter") {
        let days = if offset.is_empty() { Ok(0) } else { offset.parse() };
        return days.ok().filter(|days: &i64| days.abs() <= 120).map(Rule::Easter).ok_or_else(wrong);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let month = |text: &str| text.parse().ok().filter(|month| (1..=12).contains(month));
    let rule = match words[..] {
        [nth, weekday, its] => {
            let nth =
                if nth == "last" { Some(0) } else { nth.parse().ok().filter(|nth| (1..=5).contains(nth)) };
            let weekday = WEEKDAYS.iter().position(|name| *name == weekday);
            let weekday = weekday.and_then(|place| Weekday::from_monday_zero_offset(place as i8).ok());
            nth.zip(weekday).zip(month(its)).map(|((nth, weekday), month)| Rule::Nth { nth, weekday, month })
        }
        [fixed] => fixed.split_once('-').and_then(|(its, day)| {
            let (month, day) = (month(its)?, day.parse().ok()?);
            // A year that has every day there is.
            Date::new(2024, month, day).ok().map(|_| Rule::Fixed { month, day })
        }),
        _ => None,
    };
    rule.ok_or_else(wrong)
}

impl Rule {
    /// Not every year has every day.
    pub fn date(self, year: i16) -> Option<Date> {
        match self {
            Rule::Fixed { month, day } => Date::new(year, month, day).ok(),
            Rule::Nth { nth: 0, weekday, month } => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(-1, weekday).ok()
            }
            Rule::Nth { nth, weekday, month } => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
            Rule::Easter(days) => easter(year).checked_add(days.days()).ok(),
            Rule::Once(date) => Some(date).filter(|date| date.year() == year),
        }
    }
}

/// Easter Sunday of the Gregorian calendar, by the usual rule of the moon's cycle of nineteen years.
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (century, golden) = (year / 100, year % 19);
    let moon = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
    let full = moon - moon / 28 * (1 - moon / 28 * (29 / (moon + 1)) * ((21 - golden) / 11));
    let weekday = (year + year / 4 + full + 2 - century + century / 4) % 7;
    let since = full - weekday;
    let month = 3 + (since + 40) / 44;
    let day = since + 28 - 31 * (month / 4);
    date(year as i16, month as i8, day as i8)
}

fn observed(on: Date, how: Observed) -> Date {
    let moved: Span = match (how, on.weekday()) {
        (Observed::Nearest, Weekday::Saturday) => (-1).days(),
        (Observed::Nearest | Observed::Monday, Weekday::Sunday) => 1.days(),
        _ => return on,
    };
    on.checked_add(moved).unwrap_or(on)
}

/// The holidays of a year, also those of the next one that are observed in this one. A holiday that
/// moves stands on both days, for whoever works on days off; where it meets another one, that one stays.
pub fn of_year(texts: &[HolidayText], year: i16) -> BTreeMap<Date, String> {
    let mut found = BTreeMap::new();
    let mut moved = Vec::new();
    for text in texts {
        let Ok(rule) = rule(&text.on) else { continue };
        for its in [year - 1, year, year + 1] {
            let Some(on) = rule.date(its).filter(|_| text.since.is_none_or(|since| its >= since)) else {
                continue;
            };
            found.insert(on, text.name.clone());
            let other = observed(on, text.observed);
            if other != on {
                moved.push((other, format!("{} (observed)", text.name)));
            }
        }
    }
    for (on, name) in moved {
        found.entry(on).or_insert(name);
    }
    found.retain(|on, _| on.year() == year);
    found
}

#[cfg(test)]
mod tests {
    use super::super::templates;
    use super::*;

    #[test]
    fn rules_give_dates() {
        for (text, year, expect) in [
            ("07-04", 2026, Some("2026-07-04")),
            ("02-29", 2026, None),
            ("02-29", 2028, Some("2028-02-29")),
            ("3 mon 01", 2026, Some("2026-01-19")),
            ("4 thu 11", 2026, Some("2026-11-26")),
            ("last mon 05", 2026, Some("2026-05-25")),
            ("5 mon 02", 2026, None),
            ("easter-2", 2026, Some("2026-04-03")),
            ("easter+1", 2027, Some("2027-03-29")),
            ("easter", 2038, Some("2038-04-25")),
            ("2026-06-01", 2026, Some("2026-06-01")),
            ("2026-06-01", 2027, None),
        ] {
            let date = rule(text).unwrap().date(year).map(|date| date.to_string());
            assert_eq!(date.as_deref(), expect, "{text} {year}");
        }
        for wrong in
            ["", "13-01", "02-30", "6 mon 01", "3 moon 01", "3 mon", "easter~2", "easter+999", "last mon 13"]
        {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn easter_is_when_almanacs_say() {
        for text in [
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2049-04-18",
            "2076-04-19",
        ] {
            let expect: Date = text.parse().unwrap();
            assert_eq!(easter(expect.year()), expect);
        }
    }

    #[test]
    fn holidays_of_the_templates_are_those_of_public_calendars() {
        let check = |template: &str, year: i16, expect: &[&str]| {
            let city = templates::named(template).unwrap();
            let found = of_year(&city.holidays, year);
            for on in expect {
                assert!(
                    found.contains_key(&on.parse::<Date>().unwrap()),
                    "{template} {year}: {on} of {found:?}"
                );
            }
        };
        check(
            "us-city",
            2026,
            &[
                "2026-01-01",
                "2026-01-19",
                "2026-02-16",
                "2026-05-25",
                "2026-06-19",
                "2026-07-03",
                "2026-09-07",
                "2026-10-12",
                "2026-11-11",
                "2026-11-26",
                "2026-12-25",
            ],
        );
        // New Year's Day of 2028 is a Saturday.
        check("us-city", 2027, &["2027-12-31", "2027-12-24", "2027-07-05"]);
        check("za-metro", 2026, &["2026-04-03", "2026-04-06", "2026-08-10", "2026-12-26"]);
        check("za-metro", 2027, &["2027-03-22", "2027-12-27"]);
        check("ke-county", 2026, &["2026-06-01", "2026-10-20", "2026-12-12", "2026-04-06"]);
    }

    #[test]
    fn a_holiday_is_not_there_before_it_was_made() {
        let text = HolidayText {
            name: "New".into(),
            on: "06-19".into(),
            observed: Observed::Nearest,
            since: Some(2021),
        };
        assert!(of_year(std::slice::from_ref(&text), 2020).is_empty());
        assert_eq!(of_year(&[text], 2021).len(), 2, "on Saturday, observed on Friday");
    }
}
