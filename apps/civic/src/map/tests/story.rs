//! What may happen to requests, as events, and how things stand afterwards.

use kernel::jiff::civil::Date;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::zone::local_date;
use kernel::{Actor, Id, NewEvent};
use proptest::prelude::*;
use store::Event;

use crate::map::told::is_seen;
use crate::request::event::{self, Facts, Imported, Told};
use crate::request::model::{Source, Status};

const CATEGORIES: [&str; 4] = ["pothole", "waste", "tree", "light"];
const AREAS: [Option<&str>; 3] = [Some("north"), Some("south"), None];
const START: &str = "2025-01-05T03:00:00Z";

/// What to do, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    what: u8,
    who: usize,
    with: u32,
}

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0u8..16, any::<usize>(), any::<u32>()).prop_map(|(what, who, with)| Step { what, who, with });
    prop::collection::vec(step, 1..most)
}

#[derive(Debug, Default)]
pub struct Story {
    pub events: Vec<Event>,
    /// `None`: archived.
    pub requests: Vec<Option<Facts>>,
    told: Vec<(Timestamp, Option<Facts>, Option<Facts>)>,
}

#[derive(Debug, Default)]
pub struct ByHand {
    pub reported: i64,
    pub closed: i64,
    pub reopened: i64,
    pub in_time: i64,
    pub late: i64,
    pub backlog: i64,
    took_min: Vec<i64>,
}

impl ByHand {
    pub fn median_min(&self) -> i64 {
        let mut took = self.took_min.clone();
        took.sort_unstable();
        took[(took.len() - 1) / 2]
    }
}

impl Story {
    pub fn of(steps: &[Step]) -> Self {
        let mut story = Self::default();
        for (place, step) in steps.iter().enumerate() {
            let hours = 17 * place as i64;
            let at = START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours);
            story.take(*step, at);
        }
        story
    }

    /// The same each time, for tests with a store.
    pub fn long(steps: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let steps: Vec<Step> = (0..steps)
            .map(|_| Step { what: next() as u8 % 16, who: next() as usize, with: next() })
            .collect();
        Self::of(&steps)
    }

    pub fn standing(&self) -> impl Iterator<Item = &Facts> {
        self.requests.iter().flatten()
    }

    pub fn batches(&self, cuts: &[usize]) -> Vec<&[Event]> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (*cut).min(self.events.len())).collect();
        cuts.extend([0, self.events.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| &self.events[pair[0]..pair[1]]).filter(|batch| !batch.is_empty()).collect()
    }

    fn take(&mut self, step: Step, at: Timestamp) {
        let number = step.who.checked_rem(self.requests.len()).unwrap_or(0);
        let before = self.requests.get(number).cloned().flatten();
        let (Some(before), 5..) = (before, step.what) else {
            return if step.what == 0 { self.import(step, at) } else { self.report(step, at) };
        };
        let mut after = before.clone();
        let name = match step.what {
            5 => {
                after.category = CATEGORIES[step.with as usize % 4].into();
                event::CHANGED
            }
            6 | 7 => {
                after.agency = Some(Id::from_raw(i64::from(step.with % 3) + 1));
                event::ROUTED
            }
            8 => {
                after.merged = Some(Id::from_raw(1));
                event::MERGED
            }
            9 => {
                after.merged = None;
                event::UNMERGED
            }
            10 => {
                after.hidden = !after.hidden;
                event::CHANGED
            }
            11 => {
                (after.lat, after.long) = place(step.with);
                event::CHANGED
            }
            12 if step.with.is_multiple_of(4) => {
                self.requests[number] = None;
                return self.tell(event::ARCHIVED, number, at, Some(before), None);
            }
            _ => {
                after.status = STATUSES[step.with as usize % 7];
                after.closed = after.status.is_over().then(|| before.closed.unwrap_or(at));
                event::CHANGED
            }
        };
        self.requests[number] = Some(after.clone());
        self.tell(name, number, at, Some(before), Some(after));
    }

    fn report(&mut self, step: Step, at: Timestamp) {
        let facts = facts(step, at);
        self.requests.push(Some(facts.clone()));
        self.tell(event::REPORTED, self.requests.len() - 1, at, None, Some(facts));
    }

    fn import(&mut self, step: Step, at: Timestamp) {
        let old = |number: u32| {
            let reported = at - SignedDuration::from_hours(i64::from((step.with + number) % 900));
            let mut facts = facts(Step { with: step.with.wrapping_mul(number + 3), ..step }, reported);
            if number.is_multiple_of(2) {
                facts.status = Status::Closed;
                facts.closed = Some(reported + SignedDuration::from_hours(i64::from(number) * 5));
            }
            facts
        };
        let requests: Vec<Facts> = (0..step.with % 6).map(old).collect();
        for facts in &requests {
            self.requests.push(Some(facts.clone()));
            self.told.push((at, None, Some(facts.clone())));
        }
        self.push(NewEvent::new(event::IMPORTED, 0, &Imported { requests }), at);
    }

    fn tell(
        &mut self,
        name: &'static str,
        number: usize,
        at: Timestamp,
        before: Option<Facts>,
        after: Option<Facts>,
    ) {
        self.told.push((at, before.clone(), after.clone()));
        let told = Told { before, after, text: None, other: None };
        self.push(NewEvent::new(name, number as i64 + 1, &told), at);
    }

    fn push(&mut self, event: NewEvent, at: Timestamp) {
        let pos = self.events.len() as i64 + 1;
        let (name, subject, body) = (event.name.to_owned(), event.subject, event.body);
        self.events.push(Event { pos, id: pos, name, subject, at, actor: Actor::System, body });
    }

    /// Straight from what was told, day by day.
    pub fn figures(&self, from: Date, to: Date, zone: &TimeZone) -> ByHand {
        let mut by_hand = ByHand::default();
        let until = |at: Timestamp| local_date(at, zone) <= to;
        let within = |at: Timestamp| until(at) && local_date(at, zone) >= from;
        let is_over = |facts: &Option<Facts>| facts.as_ref().is_some_and(|it| it.status.is_over());
        let is_work =
            |facts: &Option<Facts>| facts.as_ref().is_some_and(|it| is_seen(it) && !it.status.is_over());
        for (at, before, after) in &self.told {
            let closed = after.as_ref().and_then(|it| it.closed).unwrap_or(*at);
            if let (None, Some(new)) = (before, after) {
                by_hand.reported += i64::from(within(new.at));
                by_hand.backlog += i64::from(is_seen(new) && until(new.at));
                by_hand.backlog -= i64::from(is_seen(new) && is_over(after) && until(closed));
            } else {
                by_hand.reopened +=
                    i64::from(is_over(before) && after.is_some() && !is_over(after) && within(*at));
                let left = if is_over(after) { closed } else { *at };
                by_hand.backlog -= i64::from(is_work(before) && until(left));
                by_hand.backlog += i64::from(is_work(after) && until(*at));
            }
            if let Some(facts) =
                after.as_ref().filter(|_| !is_over(before) && is_over(after) && within(closed))
            {
                by_hand.closed += 1;
                by_hand.took_min.push(closed.duration_since(facts.at).as_secs() / 60);
                by_hand.in_time += i64::from(facts.due.is_some_and(|due| closed <= due));
                by_hand.late += i64::from(facts.due.is_some_and(|due| closed > due));
            }
        }
        by_hand
    }
}

const STATUSES: [Status; 7] = crate::map::told::STATUSES;

/// Mostly in one city, with corners of the world between.
fn place(with: u32) -> (i32, i32) {
    match with % 16 {
        0 => (0, 1_800_000_000),
        1 => (0, -1_800_000_000),
        2 => (900_000_000, 0),
        3 => (-850_511_288, 1_799_999_999),
        _ => (423_000_000 + (with >> 4) as i32 % 900_000, -711_000_000 + (with >> 9) as i32 % 900_000),
    }
}

fn facts(step: Step, at: Timestamp) -> Facts {
    let (lat, long) = place(step.with);
    Facts {
        category: CATEGORIES[step.who % 4].into(),
        status: Status::Open,
        lat,
        long,
        at,
        area: AREAS[step.with as usize % 3].map(str::to_owned),
        agency: None,
        team: None,
        assignee: None,
        due: (!step.with.is_multiple_of(3))
            .then(|| at + SignedDuration::from_hours(i64::from(step.with % 400))),
        closed: None,
        merged: None,
        hidden: step.with.is_multiple_of(11),
        source: Source::Api,
    }
}
