use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::calendar::{Allowance, Calendar, Due, Pause};
use super::icalendar;
use super::model::*;

const MINUTE_US: i64 = 60_000_000;
const ZONES: &[(&str, &str)] = &[
    ("Europe/Berlin", "2026-03-27T00:00:00Z"),
    ("Europe/Berlin", "2026-10-23T00:00:00Z"),
    ("America/New_York", "2026-03-06T05:00:00Z"),
    ("America/Havana", "2024-11-01T04:00:00Z"),
    // Back from one minute past midnight to the day before.
    ("America/St_Johns", "2010-11-05T12:00:00Z"),
    // Forward at midnight.
    ("Africa/Cairo", "2024-04-24T00:00:00Z"),
    // A day that never was.
    ("Pacific/Apia", "2011-12-28T00:00:00Z"),
    // Half an hour.
    ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
    ("Africa/Lagos", "2026-01-01T00:00:00Z"),
];
const WINDOW_MINUTES: i64 = 9 * 24 * 60;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn spans() -> impl Strategy<Value = Spans> {
    let edges = prop::collection::btree_set(0_u16..40, 0..5);
    (edges, any::<bool>()).prop_map(|(edges, overnight)| {
        let edges: Vec<u16> = edges.into_iter().map(|edge| edge * 36).collect();
        let mut spans: Vec<Span> =
            edges.chunks_exact(2).map(|two| Span { from: two[0], to: two[1] }).collect();
        if let Some(last) = spans.last_mut().filter(|_| overnight) {
            last.to = last.from + DAY_MINUTES.min(last.to - last.from + 700);
        }
        Spans::of(spans, "").unwrap()
    })
}

fn calendar() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let week = prop::collection::vec(spans(), 7).prop_map(|days| Week(days.try_into().unwrap()));
    let holidays = prop::collection::btree_map(0_i32..9, spans(), 0..4);
    (week, holidays, prop::sample::select(ZONES)).prop_map(|(week, holidays, (zone, start))| {
        let start = at(start);
        let first = (start.as_second() / 86_400) as i32;
        let holiday = |(day, spans)| (first + day, Holiday { name: "A feast".into(), spans });
        let zone = TimeZone::get(zone).unwrap();
        (Calendar { week, holidays: holidays.into_iter().map(holiday).collect(), zone }, start)
    })
}

/// Which day's own span shows on the wall at this minute.
fn owners(calendar: &Calendar, at: Timestamp) -> Vec<i32> {
    let shown = calendar.zone.to_datetime(at);
    let minute = shown.hour() as u16 * 60 + shown.minute() as u16;
    let today = day_number(shown.date());
    let spans_of = |day: i32| match calendar.holidays.get(&day) {
        Some(holiday) => holiday.spans.clone(),
        None => calendar.week.0[date_of(day).unwrap().weekday().to_monday_zero_offset() as usize].clone(),
    };
    let mut owners = Vec::new();
    for (day, minute) in [(today - 1, minute + DAY_MINUTES), (today, minute)] {
        if spans_of(day).as_slice().iter().any(|span| (span.from..span.to).contains(&minute)) {
            owners.push(day);
        }
    }
    owners
}

fn is_paused(pauses: &[Pause], at: Timestamp) -> bool {
    pauses.iter().any(|pause| pause.from <= at && pause.to.is_none_or(|to| at < to))
}

struct Minutes<'a> {
    calendar: &'a Calendar,
    start: Timestamp,
    pauses: &'a [Pause],
}

impl Minutes<'_> {
    fn each(&self) -> impl Iterator<Item = Timestamp> {
        let start = self.start.as_microsecond();
        (0..WINDOW_MINUTES)
            .map(move |minute| Timestamp::from_microsecond(start + minute * MINUTE_US).unwrap())
    }

    fn counts(&self, at: Timestamp) -> bool {
        !is_paused(self.pauses, at) && !owners(self.calendar, at).is_empty()
    }

    /// The end of the minute in which it is used up.
    fn due_in_minutes(&self, allowed: u32) -> Option<Timestamp> {
        let last = self.each().filter(|at| self.counts(*at)).nth(allowed as usize - 1)?;
        Some(last + SignedDuration::from_mins(1))
    }

    fn due_in_days(&self, allowed: u32) -> Option<Timestamp> {
        let first = day_number(self.calendar.zone.to_datetime(self.start).date());
        let mut closes = std::collections::BTreeMap::new();
        for minute in self.each() {
            for day in owners(self.calendar, minute) {
                closes.insert(day, minute);
            }
        }
        let counted = closes.into_iter().filter(|(day, last)| *day > first && !is_paused(self.pauses, *last));
        counted.map(|(_, last)| last + SignedDuration::from_mins(1)).nth(allowed as usize - 1)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn deadlines_agree_with_counting_minutes(
        (calendar, base) in calendar(),
        after in 0_i64..2 * 24 * 60,
        allowed in 1_u32..2_000,
        days in 1_u32..4,
        pauses in prop::collection::vec((0_i64..6 * 24 * 60, 1_i64..1_500), 0..4),
        to in 0_i64..WINDOW_MINUTES,
    ) {
        let later = |from: Timestamp, minutes: i64| from + SignedDuration::from_mins(minutes);
        let start = later(base, after);
        let pauses: Vec<Pause> = pauses
            .iter()
            .map(|(from, long)| Pause { from: later(start, *from), to: Some(later(start, from + long)) })
            .collect();
        let minutes = Minutes { calendar: &calendar, start, pauses: &pauses };
        let end = later(start, to);
        let counted = minutes.each().filter(|at| *at < end && minutes.counts(*at)).count() as i64;
        prop_assert_eq!(calendar.elapsed_us(start, end, &pauses), counted * MINUTE_US);
        if let Some(due) = minutes.due_in_minutes(allowed) {
            prop_assert_eq!(calendar.due(start, Allowance::Minutes(allowed), &pauses), Due::At(due));
            prop_assert_eq!(calendar.elapsed_us(start, due, &pauses), i64::from(allowed) * MINUTE_US);
        }
        // The last days of the window may close after it.
        let horizon = later(start, WINDOW_MINUTES - 3 * 24 * 60);
        if let Some(due) = minutes.due_in_days(days).filter(|due| *due < horizon) {
            prop_assert_eq!(calendar.due(start, Allowance::Days(days), &pauses), Due::At(due));
        }
        prop_assert_eq!(calendar.is_working(start), !owners(&calendar, start).is_empty());
        // Stopped for good: what is left is what was not used.
        let mut stopped = pauses.clone();
        stopped.push(Pause { from: end, to: None });
        let used = (calendar.elapsed_us(start, end, &pauses) / MINUTE_US) as u32;
        let due = calendar.due(start, Allowance::Minutes(allowed), &stopped);
        match used < allowed {
            true => prop_assert_eq!(due, Due::Paused { left: allowed - used }),
            false => prop_assert!(matches!(due, Due::At(_))),
        }
    }
}

fn office(zone: &str) -> Calendar {
    Calendar { week: Week::default(), holidays: Holidays::new(), zone: TimeZone::get(zone).unwrap() }
}

#[test]
fn deadlines_as_people_count_them() {
    let mut boston = office("America/New_York");
    let day_off = Holiday { name: "A day off".into(), spans: Spans::default() };
    boston.holidays.insert(day_number("2026-07-03".parse().unwrap()), day_off);
    use Allowance::{Days, Minutes};
    for (start, allowed, due) in [
        // Thursday, four in the afternoon: an hour today, the holiday, the weekend, an hour on Monday.
        ("2026-07-02T20:00:00Z", Minutes(120), "2026-07-06T14:00:00Z"),
        ("2026-07-02T20:00:00Z", Minutes(60), "2026-07-02T21:00:00Z"),
        ("2026-07-02T20:00:00Z", Minutes(0), "2026-07-02T20:00:00Z"),
        ("2026-07-02T20:00:00Z", Days(1), "2026-07-06T21:00:00Z"),
        ("2026-07-02T20:00:00Z", Days(0), "2026-07-02T21:00:00Z"),
        ("2026-07-02T22:00:00Z", Days(0), "2026-07-06T21:00:00Z"),
        // Over the change of clocks the office still closes at five.
        ("2026-03-06T15:00:00Z", Days(1), "2026-03-09T21:00:00Z"),
        ("2026-10-30T15:00:00Z", Days(1), "2026-11-02T22:00:00Z"),
    ] {
        assert_eq!(boston.due(at(start), allowed, &[]), Due::At(at(due)), "{start} {allowed:?}");
    }
    let mut never = office("UTC");
    never.week = Week(std::array::from_fn(|_| Spans::default()));
    for allowed in [Minutes(1), Days(1)] {
        assert_eq!(never.due(at("2026-01-01T00:00:00Z"), allowed, &[]), Due::Never);
    }
    let stopped = [Pause { from: at("2026-07-06T13:30:00Z"), to: None }];
    assert_eq!(boston.due(at("2026-07-02T20:00:00Z"), Minutes(120), &stopped), Due::Paused { left: 30 });
    assert_eq!(boston.due(at("2026-07-02T20:00:00Z"), Days(3), &stopped), Due::Paused { left: 3 });
}

#[test]
fn spans_are_read_and_written() {
    let span = |from: &str, to: &str| SpanText { from: from.into(), to: to.into() };
    let written = vec![span("08:00", "12:30"), span("13:00", "24:00")];
    let spans = Spans::read(&written, "").unwrap();
    assert_eq!(spans.write(), written);
    assert_eq!(Spans::from_stored(&spans.to_stored()).unwrap(), spans);
    let night = Spans::read(&[span("22:00", "06:00")], "").unwrap();
    assert_eq!(
        (night.as_slice(), night.write()),
        (&[Span { from: 1_320, to: 1_800 }][..], vec![span("22:00", "06:00")])
    );
    for (bad, code) in [
        (vec![span("9:00", "17:00")], "bad_time"),
        (vec![span("09:60", "17:00")], "bad_time"),
        (vec![span("24:00", "01:00")], "bad_span"),
        (vec![span("+9:00", "17:00")], "bad_time"),
        (vec![span("09:00", "24:01")], "bad_time"),
        (vec![span("09:00", "12:00"), span("11:59", "13:00")], "overlap"),
        (vec![span("00:00", "00:01"); 9], "too_many"),
    ] {
        assert_eq!(Spans::read(&bad, "/monday").unwrap_err()[0].code, code, "{bad:?}");
    }
    assert!(Spans::from_stored("9-").is_err());
    assert_eq!(date_of(day_number("2026-02-28".parse().unwrap())).unwrap().to_string(), "2026-02-28");
}

#[test]
fn a_calendar_file_is_read() {
    let event = |body: &str| {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    };
    let file = event(
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas\\, and the\r\n  day after\r\nBEGIN:VALARM\r\nDTSTART:20200101\r\nEND:VALARM",
    );
    let found = icalendar::holidays(&file).unwrap();
    let days: Vec<(String, &str)> =
        found.iter().map(|(day, its)| (date_of(*day).unwrap().to_string(), its.name.as_str())).collect();
    let name = "Christmas, and the day after";
    assert_eq!(days, [("2026-12-25".into(), name), ("2026-12-26".into(), name)]);
    for (body, code) in [
        ("SUMMARY:No date", "missing"),
        ("DTSTART:2026-12-25\r\nSUMMARY:A", "bad_date"),
        ("DTSTART:20261325\r\nSUMMARY:A", "bad_date"),
        ("DTSTART:20261225\r\nSUMMARY: ", "bad_name"),
        ("DTSTART:20261225\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:A", "repeats"),
        ("DTSTART:20260101\r\nDTEND:20261231\r\nSUMMARY:A", "too_long"),
        ("DTSTART:é0261225\r\nSUMMARY:A", "bad_date"),
    ] {
        assert_eq!(icalendar::holidays(&event(body)).unwrap_err()[0].code, code, "{body}");
    }
    assert_eq!(icalendar::holidays("hello").unwrap_err()[0].code, "malformed");
    assert_eq!(icalendar::holidays("BEGIN:VCALENDAR\nBEGIN:VEVENT").unwrap_err()[0].code, "malformed");
    let timed = event("DTSTART;TZID=Europe/Paris:20260714T000000\r\nSUMMARY:A\r\nSTATUS:CONFIRMED");
    assert_eq!(icalendar::holidays(&timed).unwrap().len(), 1);
    assert!(icalendar::holidays(&event("DTSTART:20260714\r\nSTATUS:CANCELLED")).unwrap().is_empty());
}

proptest! {
    #[test]
    fn no_file_breaks_the_reader(text in "(BEGIN:VCALENDAR\r?\n)?((BEGIN|END|DTSTART|DTEND|SUMMARY):(VEVENT|[0-9T]{0,9}|\\PC{0,5})\r?\n){0,12}") {
        let _ = icalendar::holidays(&text);
    }
}
