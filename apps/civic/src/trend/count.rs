//! What a request's steps add to the trends.
//!
//! Trends tell what happened on a day, so nothing is ever taken back: a request that is hidden, merged
//! or archived later was still reported then. What it was reported or closed as, it stays. Only the
//! backlog says how much was left to do at the end of a day: there a hidden or merged request is no
//! longer work.
//!
//! A row is one category over one day or one month. In it stand figures for each area and agency, and
//! how long it took to close as a histogram whose classes are an eighth of a doubling wide: a median
//! read from it is right within 6 %.

use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use crate::map::names::{Kind, Names, TooMany};
use crate::map::period::{self, Period};
use crate::map::sums::Sums;
use crate::map::told::{self, Shift};
use crate::request::event::Facts;

/// What is counted. The numbers are kept: add new ones, never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Reported,
    Closed,
    Reopened,
    InTime,
    Late,
    /// How much the number of requests that are still to be done has grown; may be below 0.
    Backlog,
    /// Closed after about so long: a class of the histogram.
    Took(u64),
}

const TOOK: u64 = 16;
const FIGURE_BITS: u32 = 10;
const NAME_BITS: u32 = 20;
const NAME_MASK: u64 = (1 << NAME_BITS) - 1;

impl Figure {
    fn number(self) -> u64 {
        match self {
            Figure::Reported => 0,
            Figure::Closed => 1,
            Figure::Reopened => 2,
            Figure::InTime => 3,
            Figure::Late => 4,
            Figure::Backlog => 5,
            Figure::Took(class) => TOOK + class,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Figure::Reported),
            1 => Some(Figure::Closed),
            2 => Some(Figure::Reopened),
            3 => Some(Figure::InTime),
            4 => Some(Figure::Late),
            5 => Some(Figure::Backlog),
            TOOK.. => Some(Figure::Took(number - TOOK)),
            _ => None,
        }
    }
}

pub fn row(period: Period, category: u64) -> i64 {
    period.code() << NAME_BITS | category as i64
}

/// The period and the category of a row.
pub fn read_row(row: i64) -> (Option<Period>, u64) {
    (Period::from_code(row >> NAME_BITS & ((1 << period::BITS) - 1)), row as u64 & NAME_MASK)
}

/// Area, agency and what is counted of them; 0 is none.
pub fn read_code(code: u64) -> (u64, u64, Option<Figure>) {
    let figure = Figure::from_number(code & ((1 << FIGURE_BITS) - 1));
    (code >> (FIGURE_BITS + NAME_BITS), code >> FIGURE_BITS & NAME_MASK, figure)
}

/// Where a request stands among others: category, area, agency.
struct Place {
    category: u64,
    area: u64,
    agency: u64,
}

impl Place {
    fn of(names: &mut Names, facts: &Facts) -> Result<Self, TooMany> {
        let area = facts.area.as_deref().map(|area| names.number(Kind::Area, area));
        let agency = facts.agency.map(|agency| names.number(Kind::Agency, &agency.to_string()));
        Ok(Self {
            category: names.number(Kind::Category, &facts.category)?,
            area: area.transpose()?.unwrap_or(0),
            agency: agency.transpose()?.unwrap_or(0),
        })
    }
}

struct Counting<'a> {
    sums: &'a mut Sums,
    zone: &'a TimeZone,
}

impl Counting<'_> {
    fn add(&mut self, place: &Place, at: Timestamp, figure: Figure, number: i64) {
        let code = (place.area << NAME_BITS | place.agency) << FIGURE_BITS | figure.number();
        for period in Period::of(at, self.zone).into_iter().filter(|period| *period != Period::All) {
            self.sums.add(row(period, place.category), code, number);
        }
    }

    fn closed(&mut self, place: &Place, facts: &Facts, at: Timestamp) {
        self.add(place, at, Figure::Closed, 1);
        let minutes = at.duration_since(facts.at).as_secs().max(0) as u64 / 60;
        self.add(place, at, Figure::Took(class(minutes)), 1);
        if let Some(due) = facts.due {
            self.add(place, at, if at <= due { Figure::InTime } else { Figure::Late }, 1);
        }
    }
}

/// What a step adds. `at` is when it was told: what does not say its own time happened then.
pub fn shift(
    sums: &mut Sums,
    names: &mut Names,
    zone: &TimeZone,
    shift: &Shift,
    at: Timestamp,
) -> Result<(), TooMany> {
    let mut counting = Counting { sums, zone };
    let before = shift.before.as_ref().map(|facts| Ok((Place::of(names, facts)?, facts))).transpose()?;
    let after = shift.after.as_ref().map(|facts| Ok((Place::of(names, facts)?, facts))).transpose()?;
    let was_over = before.as_ref().is_some_and(|(_, facts)| facts.status.is_over());
    if let (None, Some((place, facts))) = (&before, &after) {
        counting.add(place, facts.at, Figure::Reported, 1);
        if told::is_seen(facts) {
            counting.add(place, facts.at, Figure::Backlog, 1);
        }
        if facts.status.is_over() {
            let closed = facts.closed.unwrap_or(at);
            counting.closed(place, facts, closed);
            if told::is_seen(facts) {
                counting.add(place, closed, Figure::Backlog, -1);
            }
        }
        return Ok(());
    }
    if let (Some(_), Some((place, facts))) = (&before, &after) {
        match (was_over, facts.status.is_over()) {
            (false, true) => counting.closed(place, facts, facts.closed.unwrap_or(at)),
            (true, false) => counting.add(place, at, Figure::Reopened, 1),
            _ => {}
        }
    }
    if let Some((place, _)) = before.as_ref().filter(|(_, facts)| is_work(facts)) {
        counting.add(place, backlog_at(&after, at), Figure::Backlog, -1);
    }
    if let Some((place, _)) = after.as_ref().filter(|(_, facts)| is_work(facts)) {
        counting.add(place, at, Figure::Backlog, 1);
    }
    Ok(())
}

/// What is closed leaves the backlog when it was closed, else when it was told.
fn backlog_at(after: &Option<(Place, &Facts)>, at: Timestamp) -> Timestamp {
    after
        .as_ref()
        .filter(|(_, facts)| facts.status.is_over())
        .and_then(|(_, facts)| facts.closed)
        .unwrap_or(at)
}

fn is_work(facts: &Facts) -> bool {
    told::is_seen(facts) && !facts.status.is_over()
}

/// The class of a time: eight to each doubling, the first eight of a minute each.
pub fn class(minutes: u64) -> u64 {
    let minutes = minutes.min(1 << 31);
    if minutes < 8 {
        return minutes;
    }
    let doublings = u64::from(minutes.ilog2()) - 3;
    8 + doublings * 8 + (minutes >> doublings) - 8
}

/// The middle of a class, in minutes.
pub fn minutes(class: u64) -> u64 {
    if class < 16 {
        return class;
    }
    let doublings = (class - 8) / 8;
    let first = ((class - 8) % 8 + 8) << doublings;
    first + (1 << doublings) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_each_other_and_their_middle_lies_in_them() {
        let mut before = 0;
        for minutes_in in (0..100_000).chain([1 << 20, 1 << 24, (1 << 31) - 1, u64::MAX]) {
            let class = class(minutes_in);
            assert!(class == before || class == before + 1 || minutes_in > 100_000, "{minutes_in}");
            assert_eq!(super::class(minutes(class)), class, "{minutes_in}");
            let (near, far) = (minutes(class) as f64, minutes_in.min(1 << 31) as f64);
            assert!((near - far).abs() <= far / 16.0 + 0.5, "{minutes_in} is shown as {near}");
            assert!(class + TOOK < 1 << FIGURE_BITS);
            before = class;
        }
    }
}
