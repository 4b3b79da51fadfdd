//! Schedules as files: `area,start,end,stage`, a line for each cut. Times are those of the clocks of the
//! market, unless they say otherwise. Every line that cannot be taken is named.

use std::collections::{BTreeMap, BTreeSet};

use kernel::jiff::civil::DateTime;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::text::{self, Lines};
use kernel::{Fault, Refusal};

use super::limits;
use super::model::{Cut, tidied};

const COLUMNS: [&str; 4] = ["area", "start", "end", "stage"];

/// The cuts of a file by area, and how many lines were over already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    pub cuts: BTreeMap<String, Vec<Cut>>,
    pub over: usize,
}

/// What lines are read by.
pub struct Reading<'a> {
    pub zone: &'a TimeZone,
    pub now: Timestamp,
    /// The areas there are; where none has an outline, any is taken.
    pub known: &'a BTreeSet<String>,
}

pub fn schedule(bytes: &[u8], by: &Reading<'_>) -> Result<Schedule, Refusal> {
    let mut lines = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let columns = lines.headers().ok().and_then(columns);
    let Some(columns) = columns else {
        let message = format!("The first line must name the columns {}.", COLUMNS.join(", "));
        return Err(Refusal::invalid(vec![Fault::new("/lines/1", "bad_columns", message)]));
    };
    let (mut found, mut faults, mut count) = (Schedule::default(), Vec::new(), 0);
    let mut numbers = Numbers { bytes, seen: 0, line: 1 };
    for line in lines.into_records() {
        let position = match &line {
            Ok(line) => line.position(),
            Err(error) => error.position(),
        };
        let at = format!("/lines/{}", numbers.of(position.map_or(0, csv::Position::byte)));
        count += 1;
        if count > limits::CUTS_MAX {
            faults.push(Fault::new(at, "too_many", format!("At most {} cuts.", limits::CUTS_MAX)));
            break;
        }
        match line.map_err(|_| vec![Fault::new(&at, "malformed", "This line cannot be read.")]) {
            Ok(line) => match by.cut(&at, &columns.map(|column| line.get(column).unwrap_or_default())) {
                Ok((_, cut)) if cut.until <= by.now => found.over += 1,
                Ok((area, cut)) => found.cuts.entry(area).or_default().push(cut),
                Err(more) => faults.extend(more),
            },
            Err(more) => faults.extend(more),
        }
        if faults.len() >= limits::FAULTS_MAX {
            break;
        }
    }
    if found.cuts.len() > limits::AREAS_MAX {
        faults.push(Fault::new("/lines", "too_many", format!("At most {} areas.", limits::AREAS_MAX)));
    }
    if !faults.is_empty() {
        faults.truncate(limits::FAULTS_MAX);
        return Err(Refusal::invalid(faults));
    }
    found.cuts.values_mut().for_each(|cuts| *cuts = tidied(std::mem::take(cuts)));
    Ok(found)
}

/// Counts lines as people do: the reader's own count does not go by where a record's text begins.
struct Numbers<'a> {
    bytes: &'a [u8],
    seen: usize,
    line: u64,
}

impl Numbers<'_> {
    /// The line on which the record begins that follows a byte; of each record, one after the other.
    fn of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        while self.seen < self.bytes.len() && (self.seen < byte || is_break(&self.bytes[self.seen])) {
            self.line += u64::from(self.bytes[self.seen] == b'\n');
            self.seen += 1;
        }
        self.line
    }
}

/// Where each column stands; the first name may come with the mark that some programs begin a file with.
fn columns(names: &csv::StringRecord) -> Option<[usize; 4]> {
    let at = |wanted: &str| {
        names.iter().position(|name| name.trim_start_matches('\u{feff}').eq_ignore_ascii_case(wanted))
    };
    let [area, start, end, stage] = COLUMNS.map(at);
    Some([area?, start?, end?, stage?])
}

impl Reading<'_> {
    fn cut(&self, at: &str, [area, start, end, stage]: &[&str; 4]) -> Result<(String, Cut), Vec<Fault>> {
        let mut faults: Vec<Fault> = self.area_fault(&format!("{at}/area"), area).into_iter().collect();
        let mut time = |name: &str, text: &str| {
            let time = self.time(text);
            if time.is_none() {
                let message = "Must be a time, such as 2026-03-01 18:00.";
                faults.push(Fault::new(format!("{at}/{name}"), "bad_time", message));
            }
            time
        };
        let (from, until) = (time("start", start), time("end", end));
        let stage = stage.parse().ok().filter(|stage| (1..=limits::STAGE_MAX).contains(stage));
        if stage.is_none() {
            let message = format!("Must be a number from 1 to {}.", limits::STAGE_MAX);
            faults.push(Fault::new(format!("{at}/stage"), "out_of_range", message));
        }
        if let (Some(from), Some(until)) = (from, until) {
            faults.extend(self.length_fault(&format!("{at}/end"), from, until));
        }
        match (from, until, stage) {
            (Some(from), Some(until), Some(stage)) if faults.is_empty() => {
                Ok(((*area).to_owned(), Cut { from, until, stage }))
            }
            _ => Err(faults),
        }
    }

    fn area_fault(&self, field: &str, area: &str) -> Option<Fault> {
        if text::is_blank(area) || area.len() > limits::AREA_CODE_BYTES_MAX {
            let message = format!("Must be the code of an area: 1 to {} bytes.", limits::AREA_CODE_BYTES_MAX);
            return Some(Fault::new(field, "bad_area", message));
        }
        let is_unknown = !self.known.is_empty() && !self.known.contains(area);
        let unknown = || Fault::new(field, "unknown_area", "No area has this code.");
        text::fault(field, area, Lines::One).or_else(|| is_unknown.then(unknown))
    }

    fn length_fault(&self, field: &str, from: Timestamp, until: Timestamp) -> Option<Fault> {
        let length = until.duration_since(from);
        if length <= SignedDuration::ZERO || length > limits::CUT_MAX {
            let message = format!("Must be within {} hours after the start.", limits::CUT_MAX.as_hours());
            return Some(Fault::new(field, "out_of_range", message));
        }
        let is_far = from.duration_since(self.now) > limits::AHEAD_MAX;
        let days = limits::AHEAD_MAX.as_hours() / 24;
        is_far.then(|| Fault::new(field, "too_far", format!("Begins more than {days} days ahead.")))
    }

    /// With its distance from UTC, or as the clocks here show it. A time that they skip is taken as if
    /// they had not been moved yet.
    fn time(&self, text: &str) -> Option<Timestamp> {
        let here = |time: DateTime| time.to_zoned(self.zone.clone()).ok().map(|time| time.timestamp());
        text.parse::<Timestamp>().ok().or_else(|| here(text.parse().ok()?))
    }
}
