//! A city that is made up: the same seed gives the same requests, whatever came before, from any of them
//! on. None of it happened; streets, words and people are nobody's.
//!
//! ```text
//! dice.rs      throws that are the same each time
//! calendar.rs  how many requests each hour of the years has
//! ground.rs    a few hundred places along streets, some much busier than others
//! kinds.rs     what is reported, where, and how long it takes
//! words.rs     what people write
//! ```

mod calendar;
mod dice;
mod ground;
mod kinds;
mod words;

use std::io;

use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};

use self::calendar::Calendar;
use self::dice::Dice;
use self::ground::Ground;
use self::kinds::Kind;
use super::model::{Batch, Draft};
use super::sorting::Sorting;
use crate::limits;
use crate::request::model::{Request, RequestId, Source, Status};

/// What a made-up city is made of.
#[derive(Clone)]
pub struct Plan {
    pub seed: u64,
    pub count: u32,
    pub years: u16,
    pub centre: Point,
    pub zone: TimeZone,
    /// The end of the years.
    pub until: Timestamp,
    /// The market's categories, by code and name.
    pub categories: Vec<(String, String)>,
    pub sorting: Sorting,
}

impl Plan {
    /// What a load of it is known by. The end of the years is not in it: the row of the load remembers
    /// when it was begun.
    pub fn name(&self) -> String {
        let Self { seed, count, years, .. } = self;
        let (lat, long) = (self.centre.lat_e7(), self.centre.long_e7());
        format!("made up: {count} requests of {years} years, seed {seed}, around {lat} {long}")
    }
}

pub struct City {
    plan: Plan,
    kinds: Vec<Kind>,
    ground: Ground,
    calendar: Calendar,
    next: i64,
}

/// One report in so many speaks of something that others report as well.
const SHARED_ONE_IN: u64 = 9;
/// Requests of a day for each thing that several report.
const REQUESTS_PER_INCIDENT: u64 = 40;
/// One in so many is never seen to.
const FORGOTTEN_ONE_IN: u64 = 70;

impl City {
    /// From the request with this number on, counted from zero.
    pub fn from(plan: Plan, next: i64) -> Self {
        let kinds = kinds::of(&plan.categories);
        let ground = Ground::new(plan.seed, plan.centre, kinds.len());
        let calendar = Calendar::new(&plan);
        Self { plan, kinds, ground, calendar, next }
    }

    fn draft(&self, number: i64) -> Draft {
        let mut dice = Dice::of([self.plan.seed, 1, number as u64]);
        let (at, day, day_count) = self.calendar.moment(number, &mut dice);
        let shared = dice.below(SHARED_ONE_IN) == 0;
        // Few things of a day are reported by many, and most of those by two or three.
        let incidents = day_count / REQUESTS_PER_INCIDENT + 1;
        let which = dice.below(incidents).min(dice.below(incidents));
        let mut theme = if shared { Dice::of([self.plan.seed, 2, day as u64, which]) } else { dice.fork() };
        let kind_at = kinds::pick(&self.kinds, &mut theme);
        let kind = &self.kinds[kind_at];
        let spot = self.ground.spot(kind_at, &mut theme);
        let place = if shared { ground::near(spot, &mut dice) } else { spot };
        let (street, house) = (words::street(&mut theme), 1 + theme.below(280));
        let description = words::description(kind, street, house, &mut theme, &mut dice);
        let mut request = Request::new(RequestId::from_raw(0), &kind.code, &description, place, at);
        request.address = Some(words::address(street, house));
        request.source = Source::Import;
        request.due = at.checked_add(SignedDuration::from_mins(kind.due_min)).ok();
        self.plan.sorting.sort(&mut request);
        request.seconds = if shared { dice.below(6).min(dice.below(6)) as i64 } else { 0 };
        self.see_to(&mut request, kind, &mut dice);
        Draft { key: None, request, number: number + 1 }
    }

    /// What became of it until the end of the years.
    fn see_to(&self, request: &mut Request, kind: &Kind, dice: &mut Dice) {
        let took = SignedDuration::from_mins(kind.took_min(dice));
        let ended = request.at.checked_add(took).unwrap_or(self.plan.until);
        let is_forgotten = dice.below(FORGOTTEN_ONE_IN) == 0;
        if ended <= self.plan.until && !is_forgotten {
            request.status = if dice.below(6) == 0 { Status::Resolved } else { Status::Closed };
            (request.closed, request.updated) = (Some(ended), ended);
            request.note = (dice.below(2) == 0).then(|| words::answer(dice).to_owned());
            return;
        }
        request.status = match dice.below(100) {
            0..60 => Status::Open,
            60..84 => Status::InProgress,
            84..92 => Status::UnderReview,
            92..97 => Status::PendingExternal,
            _ => Status::Reopened,
        };
        if request.status == Status::PendingExternal {
            (request.due, request.left_min) = (None, Some(kind.due_min / 2));
        }
    }
}

impl Iterator for City {
    type Item = io::Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let from = self.next;
        let upto = (from + limits::LOAD_BATCH as i64).min(i64::from(self.plan.count));
        if from >= upto {
            return None;
        }
        self.next = upto;
        let drafts = (from..upto).map(|number| self.draft(number)).collect();
        Some(Ok(Batch { from, upto, lines: upto - from, drafts, rejects: Vec::new() }))
    }
}

#[cfg(test)]
mod tests;
