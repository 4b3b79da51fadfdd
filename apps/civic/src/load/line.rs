//! A line's fields become a request, or the reasons why not. Pure.

use std::borrow::Cow;
use std::collections::HashSet;

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::text::{self, Lines};
use kernel::{Id, Provider};

use super::model::Draft;
use super::sorting::Sorting;
use super::times;
use crate::limits;
use crate::request::model::{Request, RequestId, Source, Status};

/// What a line may say, named as the request's own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Key,
    Category,
    Status,
    Description,
    Lat,
    Long,
    At,
    Updated,
    Closed,
    Due,
    Address,
    Zipcode,
    Area,
    Agency,
    Team,
    Note,
    Answers,
    Seconds,
    Hidden,
}

pub const FIELDS: [(Field, &str); 19] = [
    (Field::Key, "key"),
    (Field::Category, "category"),
    (Field::Status, "status"),
    (Field::Description, "description"),
    (Field::Lat, "lat"),
    (Field::Long, "long"),
    (Field::At, "at"),
    (Field::Updated, "updated"),
    (Field::Closed, "closed"),
    (Field::Due, "due"),
    (Field::Address, "address"),
    (Field::Zipcode, "zipcode"),
    (Field::Area, "area"),
    (Field::Agency, "agency"),
    (Field::Team, "team"),
    (Field::Note, "note"),
    (Field::Answers, "answers"),
    (Field::Seconds, "seconds"),
    (Field::Hidden, "hidden"),
];

/// A file without these says too little.
pub const NEEDED: [Field; 4] = [Field::Category, Field::Lat, Field::Long, Field::At];

impl Field {
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Self> {
        FIELDS.iter().find(|(_, its)| its.eq_ignore_ascii_case(name.trim())).map(|(field, _)| *field)
    }
}

/// The values of one line, by field; blank is the same as not said.
#[derive(Debug, Default)]
pub struct Values<'a>([Option<Cow<'a, str>>; FIELDS.len()]);

impl<'a> Values<'a> {
    pub fn set(&mut self, field: Field, value: impl Into<Cow<'a, str>>) {
        self.0[field as usize] = Some(value.into());
    }

    fn get(&self, field: Field) -> Option<&str> {
        self.0[field as usize].as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// What a market has, for lines to speak of.
#[derive(Debug, Clone)]
pub struct Known {
    pub categories: HashSet<String>,
    /// Areas by code. A market without areas takes none.
    pub areas: HashSet<String>,
    /// For what a line does not say.
    pub sorting: Sorting,
    pub zone: TimeZone,
    pub now: Timestamp,
}

/// All that is wrong with a line is said at once.
pub fn draft(values: &Values<'_>, number: i64, known: &Known) -> Result<Draft, Vec<String>> {
    let mut line = Line { values, known, faults: Vec::new() };
    let key = line.text(Field::Key, limits::KEY_LENGTH_MAX, Lines::One);
    let category = line.one_of(Field::Category, &known.categories, true).unwrap_or_default();
    let area = line.one_of(Field::Area, &known.areas, false);
    let description = line.text(Field::Description, limits::DESCRIPTION_LENGTH_MAX, Lines::Many);
    let place = line.place();
    let at = line.time(Field::At, true);
    let updated = line.time(Field::Updated, false);
    let due = line.time(Field::Due, false);
    let (status, closed) = line.standing(at, updated);
    let place = place.filter(|_| line.faults.is_empty());
    let (Some(place), Some(at)) = (place, at) else { return Err(line.faults) };
    let described = description.as_deref().unwrap_or("");
    let new = Request::new(RequestId::from_raw(0), &category, described, place, at);
    let mut request = Request {
        status,
        closed,
        area,
        due,
        updated: updated.or(closed).unwrap_or(at).max(at),
        source: Source::Import,
        address: line.text(Field::Address, limits::LINE_TEXT_LENGTH_MAX, Lines::One),
        zipcode: line.text(Field::Zipcode, limits::KEY_LENGTH_MAX, Lines::One),
        team: line.text(Field::Team, limits::KEY_LENGTH_MAX, Lines::One),
        note: line.text(Field::Note, limits::DESCRIPTION_LENGTH_MAX, Lines::Many),
        agency: line.parsed(Field::Agency, "is no id of an agency", |it| it.parse::<Id<Provider>>().ok()),
        answers: line.answers(),
        seconds: line
            .parsed(Field::Seconds, "is no number of people", |it| it.parse().ok().filter(|it| *it >= 0))
            .unwrap_or(0),
        hidden: line.parsed(Field::Hidden, "is neither true nor false", truth).unwrap_or(false),
        ..new
    };
    if !line.faults.is_empty() {
        return Err(line.faults);
    }
    known.sorting.sort(&mut request);
    Ok(Draft { key, request, number })
}

struct Line<'a> {
    values: &'a Values<'a>,
    known: &'a Known,
    faults: Vec<String>,
}

impl Line<'_> {
    fn fault(&mut self, field: Field, what: impl std::fmt::Display) {
        self.faults.push(format!("{} {what}", field.name()));
    }

    fn parsed<T>(&mut self, field: Field, wrong: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let parsed = parse(self.values.get(field)?);
        if parsed.is_none() {
            self.fault(field, wrong);
        }
        parsed
    }

    fn text(&mut self, field: Field, length_max: usize, lines: Lines) -> Option<String> {
        let value = self.values.get(field)?;
        if value.len() > length_max && value.chars().count() > length_max {
            self.fault(field, format_args!("has more than {length_max} characters"));
        } else if let Some(fault) = text::fault(field.name(), value, lines) {
            self.fault(field, fault.message);
        } else {
            return Some(value.to_owned());
        }
        None
    }

    fn one_of(&mut self, field: Field, known: &HashSet<String>, is_needed: bool) -> Option<String> {
        match self.values.get(field) {
            None if is_needed => self.fault(field, "is missing"),
            None => {}
            Some(code) if known.contains(code) => return Some(code.to_owned()),
            Some(code) => {
                let shown: String = code.chars().take(limits::KEY_LENGTH_MAX).collect();
                self.fault(field, format_args!("{shown:?} is not known in this market"));
            }
        }
        None
    }

    fn place(&mut self) -> Option<Point> {
        let mut degrees = |field: Field| {
            if self.values.get(field).is_none() {
                self.fault(field, "is missing");
            }
            self.parsed(field, "is no number of degrees", e7)
        };
        let (lat, long) = (degrees(Field::Lat), degrees(Field::Long));
        let place = Point::from_e7(lat?, long?).ok();
        if place.is_none() {
            self.fault(Field::Lat, "and long lie outside the world");
        }
        place
    }

    fn time(&mut self, field: Field, is_needed: bool) -> Option<Timestamp> {
        if is_needed && self.values.get(field).is_none() {
            self.fault(field, "is missing");
        }
        let zone = &self.known.zone;
        let at =
            self.parsed(field, "is no time such as 2026-03-01T10:00:00Z", |it| times::moment(it, zone))?;
        // A deadline may be ahead.
        if field != Field::Due && !times::is_believable(at, self.known.now) {
            self.fault(field, "lies before 1970 or in the future");
            return None;
        }
        Some(at)
    }

    /// A request is over if and only if it says since when.
    fn standing(&mut self, at: Option<Timestamp>, updated: Option<Timestamp>) -> (Status, Option<Timestamp>) {
        let closed = self.time(Field::Closed, false);
        let said = self.parsed(Field::Status, "is no status of a request", status);
        let status = said.unwrap_or(if closed.is_some() { Status::Closed } else { Status::Open });
        if closed.is_some() && !status.is_over() {
            self.fault(Field::Closed, format_args!("is given, but status is {}", status.name()));
        }
        match (status.is_over(), at) {
            (true, Some(at)) => (status, Some(closed.or(updated).unwrap_or(at).max(at))),
            _ => (status, None),
        }
    }

    fn answers(&mut self) -> Option<String> {
        self.parsed(Field::Answers, "is no JSON object", |text| {
            let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
            serde_json::to_string(&parsed).ok()
        })
    }
}

/// `In progress` is `in_progress`.
fn status(text: &str) -> Option<Status> {
    Status::named(text).or_else(|| Status::named(&text.to_ascii_lowercase().replace([' ', '-'], "_")))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" | "yes" => Some(true),
        "false" | "False" | "FALSE" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// Degrees as decimal text, in ten-millionths; what is finer is cut off.
fn e7(text: &str) -> Option<i32> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let point = digits.iter().position(|it| *it == b'.').unwrap_or(digits.len());
    let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
    if whole.len() + fraction.len() == 0 || whole.len() > 3 {
        return None;
    }
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    let kept = fraction.iter().chain(std::iter::repeat(&b'0')).take(7);
    let e7 = whole.iter().chain(kept).fold(0i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    i32::try_from(if is_negative { -e7 } else { e7 }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known {
            categories: ["pothole".to_owned()].into(),
            areas: ["ward-1".to_owned()].into(),
            sorting: Sorting::default(),
            zone: TimeZone::UTC,
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn read(pairs: &[(&str, &'static str)]) -> Result<Draft, Vec<String>> {
        let mut values = Values::default();
        let whole =
            [("category", "pothole"), ("lat", "42.36"), ("long", "-71.06"), ("at", "2026-03-01T10:00:00Z")];
        for (name, value) in whole.iter().chain(pairs) {
            values.set(Field::named(name).unwrap(), *value);
        }
        draft(&values, 3, &known())
    }

    #[test]
    fn a_line_becomes_a_request() {
        let pairs = [
            ("key", "A-1"),
            ("status", "Closed"),
            ("closed", "2026-03-04"),
            ("area", "ward-1"),
            ("hidden", "yes"),
        ];
        let draft = read(&pairs).unwrap();
        let request = &draft.request;
        assert_eq!((draft.key.as_deref(), draft.number), (Some("A-1"), 3));
        assert_eq!((request.place.lat_e7(), request.place.long_e7()), (423_600_000, -710_600_000));
        assert_eq!((request.status, request.source, request.hidden), (Status::Closed, Source::Import, true));
        assert_eq!(request.closed, Some("2026-03-04T00:00:00Z".parse().unwrap()));
        assert_eq!(request.updated, request.closed.unwrap());
    }

    #[test]
    fn whatever_is_wrong_with_a_line_is_said_at_once() {
        type Pairs<'a> = &'a [(&'a str, &'static str)];
        let cases: [(Pairs<'_>, &[&str]); 12] = [
            (&[("category", "dragon")], &["category \"dragon\" is not known in this market"]),
            (&[("category", ""), ("lat", "")], &["category is missing", "lat is missing"]),
            (&[("area", "ward-9")], &["area \"ward-9\" is not known in this market"]),
            (&[("lat", "91")], &["lat and long lie outside the world"]),
            (
                &[("lat", "x"), ("long", "1.2.3")],
                &["lat is no number of degrees", "long is no number of degrees"],
            ),
            (&[("at", "soon")], &["at is no time such as 2026-03-01T10:00:00Z"]),
            (&[("at", "2027-01-01")], &["at lies before 1970 or in the future"]),
            (&[("status", "lost")], &["status is no status of a request"]),
            (&[("status", "open"), ("closed", "2026-03-02")], &["closed is given, but status is open"]),
            (&[("answers", "[1]")], &["answers is no JSON object"]),
            (&[("seconds", "-1")], &["seconds is no number of people"]),
            (&[("agency", "req_1")], &["agency is no id of an agency"]),
        ];
        for (pairs, expect) in cases {
            assert_eq!(read(pairs).unwrap_err(), expect, "{pairs:?}");
        }
    }

    #[test]
    fn degrees_are_read_exactly() {
        for (text, expect) in [
            ("42.3601", Some(423_601_000)),
            ("-0.00000019", Some(-1)),
            ("+7", Some(70_000_000)),
            (".5", Some(5_000_000)),
            ("179.99999999", Some(1_799_999_999)),
            ("", None),
            (".", None),
            ("-", None),
            ("1e3", None),
            ("1234", None),
            ("4２", None),
        ] {
            assert_eq!(e7(text), expect, "{text}");
        }
    }

    #[test]
    fn fields_are_found_under_their_names() {
        for (place, (field, name)) in FIELDS.iter().enumerate() {
            assert_eq!((*field as usize, Field::named(name), field.name()), (place, Some(*field), *name));
        }
        assert_eq!(Field::named(" Category "), Some(Field::Category));
    }
}
