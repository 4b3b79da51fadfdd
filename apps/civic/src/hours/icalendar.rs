//! The dates of an iCalendar file (RFC 5545): what a city's holidays are published in.

use std::collections::BTreeMap;

use kernel::Fault;
use kernel::jiff::ToSpan;
use kernel::jiff::civil::Date;
use kernel::text::{self, Lines};

use super::model::{Holiday, Holidays, Spans, day_number};
use crate::limits;

/// The holidays of a file, each a day on which nobody works; or everything that is wrong with it.
pub fn holidays(file: &str) -> Result<Holidays, Vec<Fault>> {
    let whole = |code, message: &'static str| vec![Fault::new("/icalendar", code, message)];
    if file.len() > limits::ICALENDAR_BYTES_MAX {
        return Err(whole("too_large", "The calendar file is too large."));
    }
    let lines = unfolded(file);
    if !lines
        .first()
        .is_some_and(|line| line.trim_start_matches('\u{feff}').eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        return Err(whole("malformed", "The file must begin with BEGIN:VCALENDAR."));
    }
    let (mut found, mut faults) = (Holidays::new(), Vec::new());
    let mut event: Option<Event> = None;
    // What is nested in an event, such as a reminder, is none of ours.
    let (mut depth, mut number) = (0_usize, 0_usize);
    for line in &lines {
        let Some((name, value)) =
            line.split_once(':').map(|(name, value)| (name.to_ascii_uppercase(), value))
        else {
            continue;
        };
        match (name.as_str(), value.to_ascii_uppercase().as_str(), &mut event) {
            ("BEGIN", "VEVENT", none @ None) => {
                number += 1;
                if number > limits::ICALENDAR_EVENTS_MAX {
                    return Err(whole("too_many", "The calendar file has too many events."));
                }
                *none = Some(Event::default());
            }
            ("END", "VEVENT", Some(ended)) if depth == 0 => {
                match ended.days() {
                    Ok(days) => found.extend(days),
                    Err(fault) if faults.len() < limits::IMPORT_FAULTS_MAX => {
                        let message = format!("Event {number}: {}", fault.1);
                        faults.push(Fault::new(format!("/icalendar/{}", number - 1), fault.0, message));
                    }
                    Err(_) => {}
                }
                event = None;
            }
            ("BEGIN", _, Some(_)) => depth += 1,
            ("END", _, Some(_)) => depth = depth.saturating_sub(1),
            (_, _, Some(event)) if depth == 0 => event.take(&name, value),
            _ => {}
        }
    }
    if event.is_some() {
        faults.push(Fault::new("/icalendar", "malformed", "The last event does not end."));
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

#[derive(Default)]
struct Event {
    from: Option<Result<Date, ()>>,
    to: Option<Result<Date, ()>>,
    name: String,
    repeats: bool,
    cancelled: bool,
}

impl Event {
    fn take(&mut self, name: &str, value: &str) {
        match name.split(';').next().unwrap_or_default() {
            "DTSTART" => self.from = Some(date(value)),
            "DTEND" => self.to = Some(date(value)),
            "SUMMARY" => self.name = plain(value),
            "RRULE" | "RDATE" => self.repeats = true,
            "STATUS" => self.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn days(&self) -> Result<BTreeMap<i32, Holiday>, (&'static str, &'static str)> {
        if self.cancelled {
            return Ok(BTreeMap::new());
        }
        if self.repeats {
            return Err(("repeats", "repeats; give each of its dates as an event of its own."));
        }
        let bad = ("bad_date", "DTSTART and DTEND must be dates, such as 20260101.");
        let from = self.from.ok_or(("missing", "has no DTSTART."))?.map_err(|()| bad)?;
        let to = self.to.transpose().map_err(|()| bad)?;
        // The end is the day after the last one.
        let days = to.map_or(1, |to| i64::from(day_number(to) - day_number(from))).max(1);
        if days > limits::HOLIDAY_DAYS_MAX {
            return Err(("too_long", "is longer than a month."));
        }
        if text::is_blank(&self.name) || text::fault("", &self.name, Lines::One).is_some() {
            return Err(("bad_name", "its SUMMARY must be a name on one line."));
        }
        let name: String = self.name.chars().take(limits::HOLIDAY_NAME_MAX).collect();
        let dates = (0..days).filter_map(|day| from.checked_add(day.days()).ok());
        Ok(dates
            .map(|date| (day_number(date), Holiday { name: name.clone(), spans: Spans::default() }))
            .collect())
    }
}

/// Lines as they were before they were broken to fit.
fn unfolded(file: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in file.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The first eight digits; a time after them makes no difference to the day.
fn date(value: &str) -> Result<Date, ()> {
    let (digits, rest) = value.split_at_checked(8).ok_or(())?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(rest.is_empty() || rest.starts_with('T')) {
        return Err(());
    }
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i16>().map_err(|_| ());
    Date::new(part(0..4)?, part(4..6)? as i8, part(6..8)? as i8).map_err(|_| ())
}

fn plain(value: &str) -> String {
    let (mut text, mut escaped) = (String::new(), false);
    for letter in value.trim().chars() {
        match (escaped, letter) {
            (false, '\\') => escaped = true,
            (true, 'n' | 'N') => {
                text.push(' ');
                escaped = false;
            }
            (_, letter) => {
                text.push(letter);
                escaped = false;
            }
        }
    }
    text
}
