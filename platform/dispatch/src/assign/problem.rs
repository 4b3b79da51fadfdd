use geo::Point;

use crate::limits;
use crate::mode::{Mode, Modes};
use crate::road::{Paces, Roads};

/// Something to be fetched and brought. Times are seconds of any clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub id: i64,
    pub pickup: Point,
    pub ready_s: i64,
    pub drop: Point,
    pub due_s: i64,
    pub load: u16,
    pub modes: Modes,
    /// Who may be asked, as far as distance goes.
    pub within_m: f64,
    /// Hands that may not be asked, in order.
    pub not: Vec<i64>,
}

/// Somebody who may do something.
#[derive(Debug, Clone, PartialEq)]
pub struct Hand {
    pub id: i64,
    pub at: Point,
    pub mode: Mode,
    pub capacity: u16,
    /// What they are to carry already, on board or not.
    pub load: u16,
    /// From when on they go from where they are.
    pub free_s: i64,
    /// What they have ahead, in order.
    pub stops: Vec<Stop>,
    /// How far they are ahead of others in what there is to earn: more seconds, less to get.
    pub ahead_s: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Pickup,
    Drop,
}

/// Half of a task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    pub task: i64,
    pub part: Part,
    pub point: Point,
    /// It cannot be left before, and should not be reached after.
    pub from_s: i64,
    pub until_s: i64,
    pub load: u16,
}

impl Task {
    /// A pickup is late only by the drop that waits for it.
    pub fn stops(&self) -> [Stop; 2] {
        let stop = |part, point, from_s, until_s| Stop {
            task: self.id,
            part,
            point,
            from_s,
            until_s,
            load: self.load,
        };
        [
            stop(Part::Pickup, self.pickup, self.ready_s, i64::MAX),
            stop(Part::Drop, self.drop, i64::MIN, self.due_s),
        ]
    }
}

/// What a second of each is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// On the way.
    pub travel: i64,
    /// Waiting for something to be ready.
    pub wait: i64,
    /// Somebody gets theirs later than promised.
    pub late: i64,
    /// A hand is ahead of others.
    pub unfair: i64,
    /// A task that nobody gets, once.
    pub unserved: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { travel: 10, wait: 4, late: 30, unfair: 1, unserved: 200_000 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub weights: Weights,
    /// Hands that are compared for one task.
    pub candidates: usize,
    /// Rounds: a hand gets one more task in each.
    pub rounds: usize,
    /// Steps before the cheapest is taken for the rest.
    pub operations_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            candidates: limits::CANDIDATES_MAX,
            rounds: limits::ROUNDS_MAX,
            operations_max: limits::OPERATIONS_MAX,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Problem {
    pub tasks: Vec<Task>,
    pub hands: Vec<Hand>,
}

/// A task, by its place in the problem, that a hand is to get.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub task: usize,
    pub hand: usize,
    pub cost: i64,
    /// From where the hand is, or will be, to the pickup, as the crow flies.
    pub metres: u32,
    /// Until it reaches the pickup.
    pub seconds: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Solution {
    pub given: Vec<Given>,
    /// Tasks that nobody gets, by their places.
    pub unserved: Vec<usize>,
    /// The stops of each hand that got something, by its place.
    pub routes: Vec<(usize, Vec<Stop>)>,
    pub cost: i64,
    /// Some were given to the cheapest, because a better choice would have taken too long.
    pub cut_short: bool,
}

/// How long it takes from one place to another.
pub trait Travel {
    fn seconds(&self, from: Point, to: Point, mode: Mode) -> i64;

    /// What the nearest are first ordered by.
    fn paces(&self, near: Point) -> Paces;
}

impl<R: Roads + ?Sized> Travel for R {
    fn seconds(&self, from: Point, to: Point, mode: Mode) -> i64 {
        self.between(from, to, mode).seconds.into()
    }

    fn paces(&self, near: Point) -> Paces {
        Roads::paces(self, near)
    }
}
