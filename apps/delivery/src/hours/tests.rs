use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::model::{DAY_MIN, date_of, day_number};
use super::text::{SpanText, SpecialDayText};
use super::{Hours, HoursText, Span, Spans, SpecialDay, Week, WeekText};
use crate::stored;

/// Zones, and times just before their clocks do something unusual.
const PLACES: &[(&str, &str)] = &[
    ("Africa/Johannesburg", "2026-03-01T00:00:00Z"),
    ("Europe/London", "2026-03-28T00:00:00Z"),
    ("Europe/London", "2026-10-24T00:00:00Z"),
    ("America/New_York", "2026-10-31T04:00:00Z"),
    // Forward at midnight, and back over midnight.
    ("Africa/Cairo", "2026-04-23T00:00:00Z"),
    ("Africa/Cairo", "2026-10-28T00:00:00Z"),
    ("America/Havana", "2026-03-07T00:00:00Z"),
    // By half an hour.
    ("Australia/Lord_Howe", "2026-04-03T12:00:00Z"),
    // A day that never was.
    ("Pacific/Apia", "2011-12-28T12:00:00Z"),
];
const WINDOW_MIN: i64 = 6 * 24 * 60;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn span(from: &str, to: &str) -> SpanText {
    SpanText { from: from.into(), to: to.into() }
}

fn every_day(spans: &[(&str, &str)]) -> Hours {
    let spans = Spans::of(&spans.iter().map(|(from, to)| span(from, to)).collect::<Vec<_>>(), "").unwrap();
    Hours { week: Week(std::array::from_fn(|_| spans.clone())), ..Hours::default() }
}

fn special(date: &str, spans: &[(&str, &str)]) -> SpecialDayText {
    let spans = spans.iter().map(|(from, to)| span(from, to)).collect();
    SpecialDayText { date: date.into(), name: "A special day".into(), spans }
}

#[test]
fn hours_as_people_know_them() {
    let joburg = zone("Africa/Johannesburg");
    let mut bar = every_day(&[("11:00", "14:00"), ("17:00", "02:00")]);
    // Thursday the 24th: lunch only. Friday the 25th: closed.
    for text in [special("2026-12-24", &[("11:00", "14:00")]), special("2026-12-25", &[])] {
        let day = day_number(text.date.parse().unwrap());
        let spans = Spans::of(&text.spans, "").unwrap();
        bar.special.insert(day, SpecialDay { name: text.name, spans });
    }
    let kiosk = every_day(&[("00:00", "24:00")]);
    let ruin = Hours::default();
    // when, whether it is open, until when, and from when
    for (hours, now, closes, opens) in [
        (&bar, "2026-12-22T09:00:00Z", Some("2026-12-22T12:00:00Z"), Some("2026-12-22T09:00:00Z")),
        (&bar, "2026-12-22T08:59:59Z", None, Some("2026-12-22T09:00:00Z")),
        (&bar, "2026-12-22T12:00:00Z", None, Some("2026-12-22T15:00:00Z")),
        (&bar, "2026-12-22T23:30:00Z", Some("2026-12-23T00:00:00Z"), Some("2026-12-22T23:30:00Z")),
        // What began the evening before goes on into the special day.
        (&bar, "2026-12-23T23:00:00Z", Some("2026-12-24T00:00:00Z"), Some("2026-12-23T23:00:00Z")),
        (&bar, "2026-12-24T12:00:00Z", None, Some("2026-12-26T09:00:00Z")),
        (&bar, "2026-12-24T23:00:00Z", None, Some("2026-12-26T09:00:00Z")),
        // Around the clock it never closes.
        (&kiosk, "2026-12-24T23:00:00Z", None, Some("2026-12-24T23:00:00Z")),
        (&ruin, "2026-12-24T23:00:00Z", None, None),
    ] {
        let now = at(now);
        assert_eq!(hours.closes_at(now, &joburg), closes.map(at), "{now} closes");
        assert_eq!(hours.opens_next(now, &joburg), opens.map(at), "{now} opens");
        assert_eq!(hours.is_open(now, &joburg), opens.map(at) == Some(now), "{now}");
    }
    assert_eq!(stored::read::<Hours>(&stored::to_text(&bar)).unwrap(), bar);
}

#[test]
fn clocks_are_moved_under_open_doors() {
    let night = every_day(&[("22:00", "02:30")]);
    let london = zone("Europe/London");
    for (now, closes, opens) in [
        // Forward from one to two: half past two comes an hour sooner.
        ("2026-03-28T23:00:00Z", Some("2026-03-29T01:30:00Z"), Some("2026-03-28T23:00:00Z")),
        // Back from two to one: it comes an hour later.
        ("2026-10-24T23:00:00Z", Some("2026-10-25T02:30:00Z"), Some("2026-10-24T23:00:00Z")),
    ] {
        assert_eq!(night.closes_at(at(now), &london), closes.map(at), "{now}");
        assert_eq!(night.opens_next(at(now), &london), opens.map(at), "{now}");
    }
    // A span that the clocks skip whole is nobody's; one that comes twice is open twice.
    let early = every_day(&[("01:15", "01:45")]);
    assert_eq!(early.opens_next(at("2026-03-29T00:00:00Z"), &london), Some(at("2026-03-30T00:15:00Z")));
    let back = at("2026-10-25T00:30:00Z");
    assert_eq!(early.closes_at(back, &london), Some(at("2026-10-25T00:45:00Z")));
    assert_eq!(early.opens_next(at("2026-10-25T00:45:00Z"), &london), Some(at("2026-10-25T01:15:00Z")));
}

fn spans() -> impl Strategy<Value = Spans> {
    let edges = prop::collection::btree_set(0_u16..48, 0..5);
    (edges, any::<bool>()).prop_map(|(edges, overnight)| {
        let edges: Vec<u16> = edges.into_iter().map(|edge| edge * 30).collect();
        let mut spans: Vec<Span> =
            edges.chunks_exact(2).map(|two| Span { from: two[0], to: two[1] }).collect();
        if let Some(last) = spans.last_mut().filter(|_| overnight) {
            last.to = DAY_MIN + last.from / 2;
        }
        Spans(spans)
    })
}

fn hours() -> impl Strategy<Value = (Hours, TimeZone, Timestamp)> {
    let week = prop::collection::vec(spans(), 7);
    let special = prop::collection::btree_map(0_i32..7, spans(), 0..4);
    (week, special, prop::sample::select(PLACES)).prop_map(|(week, special, (name, start))| {
        let (zone, start) = (zone(name), at(start));
        let first = day_number(zone.to_datetime(start).date());
        let special = special
            .into_iter()
            .map(|(day, spans)| (first + day, SpecialDay { name: "A day".into(), spans }))
            .collect();
        (Hours { week: Week(week.try_into().unwrap()), special }, zone, start)
    })
}

/// What the wall shows, and every span of today and of yesterday.
fn shows_open(hours: &Hours, zone: &TimeZone, at: Timestamp) -> bool {
    let shown = zone.to_datetime(at);
    let yesterday = shown.date().yesterday().unwrap();
    let minute = shown.hour() as u16 * 60 + shown.minute() as u16;
    [(shown.date(), minute), (yesterday, minute + DAY_MIN)].into_iter().any(|(date, minute)| {
        let spans = match hours.special.get(&day_number(date)) {
            Some(special) => special.spans.clone(),
            None => hours.week.0[date.weekday().to_monday_zero_offset() as usize].clone(),
        };
        spans.as_slice().iter().any(|span| span.from <= minute && minute < span.to)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn opening_agrees_with_looking_at_the_wall_each_minute(
        (hours, zone, start) in hours(),
        after_min in 0_i64..3 * 24 * 60,
        second in 0_i64..60,
    ) {
        let now = start + SignedDuration::from_secs(after_min * 60 + second);
        let minute = start + SignedDuration::from_mins(after_min);
        let minutes = || (0..WINDOW_MIN).map(|step| minute + SignedDuration::from_mins(step));
        let is_open = shows_open(&hours, &zone, now);
        prop_assert_eq!(hours.is_open(now, &zone), is_open);
        let turn = minutes().skip(1).find(|at| shows_open(&hours, &zone, *at) != is_open);
        let (closes, opens) = (hours.closes_at(now, &zone), hours.opens_next(now, &zone));
        if is_open {
            prop_assert_eq!(opens, Some(now));
            prop_assert!(turn.is_none() || closes == turn, "{:?} {:?}", closes, turn);
        } else {
            prop_assert_eq!(closes, None);
            prop_assert!(turn.is_none() || opens == turn, "{:?} {:?}", opens, turn);
        }
    }

    #[test]
    fn hours_are_read_as_they_are_written((hours, _, _) in hours()) {
        prop_assert_eq!(Hours::of(&hours.to_text(), "").unwrap(), hours.clone());
        prop_assert_eq!(stored::read::<Hours>(&stored::to_text(&hours)).unwrap(), hours);
    }
}

#[test]
fn every_fault_of_hours_is_named() {
    let monday = |spans: Vec<SpanText>| WeekText { monday: spans, ..WeekText::default() };
    let bad_day = |text: SpecialDayText| HoursText { special_days: vec![text], ..HoursText::default() };
    let week = |spans| HoursText { week: monday(spans), ..HoursText::default() };
    let twice = vec![special("2026-12-25", &[]), special("2026-12-25", &[])];
    for (text, faults) in [
        (week(vec![span("9:00", "17:00")]), [("/week/monday/0", "bad_time")]),
        (week(vec![span("09:00", "17:60")]), [("/week/monday/0", "bad_time")]),
        (week(vec![span("24:00", "02:00")]), [("/week/monday/0", "bad_time")]),
        (week(vec![span("09:00", "24:01")]), [("/week/monday/0", "bad_time")]),
        (week(vec![span("09:00", "13:00"), span("12:59", "14:00")]), [("/week/monday", "overlap")]),
        (week(vec![span("09:00", "09:01"); 9]), [("/week/monday", "too_many")]),
        (bad_day(special("25.12.2026", &[])), [("/special_days/0/date", "bad_date")]),
        (bad_day(special("2026-02-30", &[])), [("/special_days/0/date", "bad_date")]),
        (bad_day(special("2026-12-25", &[("x", "y")])), [("/special_days/0/spans/0", "bad_time")]),
        (
            bad_day(SpecialDayText { name: " ".into(), ..special("2026-12-25", &[]) }),
            [("/special_days/0/name", "blank")],
        ),
        (HoursText { special_days: twice, ..HoursText::default() }, [("/special_days/1/date", "repeated")]),
    ] {
        let found = Hours::of(&text, "").unwrap_err();
        let named: Vec<(&str, &str)> = found.iter().map(|it| (it.field.as_str(), it.code)).collect();
        assert_eq!(named, faults, "{text:?}");
    }
    assert_eq!(date_of(day_number("2026-02-28".parse().unwrap())).unwrap().to_string(), "2026-02-28");
}
