use super::problem::{Hand, Problem, Settings, Stop, Task, Travel};
use super::route::{Legs, insert};
use crate::limits;
use crate::mode::Mode;
use crate::position::Grid;

/// What it costs that a hand gets one more task, and how its stops would then go.
pub(super) struct Price {
    pub cost: i64,
    pub stops: Vec<Stop>,
    /// Until the pickup is reached.
    pub seconds: i64,
}

/// The hands of a problem by where they are.
pub(super) struct Candidates<'a, T: ?Sized> {
    problem: &'a Problem,
    settings: &'a Settings,
    travel: &'a T,
    grid: Grid,
}

impl<'a, T: Travel + ?Sized> Candidates<'a, T> {
    pub fn of(problem: &'a Problem, settings: &'a Settings, travel: &'a T) -> Self {
        let mut grid = Grid::default();
        for (number, hand) in (0..).zip(&problem.hands) {
            grid.put(number, hand.at, hand.mode);
        }
        Self { problem, settings, travel, grid }
    }

    /// The nearest that may do it, the soonest there first. `hands` are those of the problem as they stand.
    pub fn near(&self, task: &Task, hands: &[Hand]) -> Vec<u32> {
        let paces = self.travel.paces(task.pickup);
        let near = self.grid.nearest(task.pickup, &paces, task.within_m).map(|found| found.slot);
        near.filter(|slot| may(&hands[*slot as usize], task)).take(self.settings.candidates).collect()
    }

    /// Of each of these tasks: the hands that may get it, and at what cost. The last is the cost of nobody,
    /// in a column of its own.
    pub fn rows(&self, tasks: &[usize], hands: &[Hand]) -> Vec<Vec<(u32, i64)>> {
        let nobody = self.problem.hands.len() as u32..;
        let weights = &self.settings.weights;
        tasks
            .iter()
            .zip(nobody)
            .map(|(place, nobody)| {
                let task = &self.problem.tasks[*place];
                let mut direct = Direct::of(task);
                let mut row: Vec<(u32, i64)> = Vec::with_capacity(self.settings.candidates + 1);
                for slot in self.near(task, hands) {
                    let hand = &hands[slot as usize];
                    let cost = match hand.stops.is_empty() {
                        true => Some(direct.cost(hand, self.settings, self.travel)),
                        false => self.price(task, hand).map(|price| price.cost),
                    };
                    // Nobody is better than what costs more than nobody.
                    row.extend(cost.filter(|cost| *cost < weights.unserved).map(|cost| (slot, cost)));
                }
                row.push((nobody, weights.unserved));
                row
            })
            .collect()
    }

    /// Where it fits best into what the hand has ahead, so that nothing of that becomes late by it.
    pub fn price(&self, task: &Task, hand: &Hand) -> Option<Price> {
        let weights = &self.settings.weights;
        let n = hand.stops.len() as u8;
        let mut stops = hand.stops.clone();
        stops.extend(task.stops());
        if stops.len() > limits::STOPS_MAX {
            return None;
        }
        let legs = Legs::of(hand, &stops, self.travel);
        let present: Vec<u8> = (0..n).collect();
        let before = legs.ride(&present, None)?;
        let mut allowed = legs.times(&present);
        for (allowed, stop) in allowed.iter_mut().zip(&stops) {
            *allowed = stop.until_s.max(*allowed);
        }
        let (order, after) = insert(&legs, &present, (n, n + 1), Some(&allowed), weights)?;
        let cost = after.cost(weights) - before.cost(weights) + weights.unfair * hand.ahead_s.max(0);
        let reached = legs.times(&order)[usize::from(n)];
        Some(Price { cost: cost.max(0), stops: legs.stops(&order), seconds: reached - hand.free_s })
    }
}

pub(super) fn may(hand: &Hand, task: &Task) -> bool {
    task.modes.has(hand.mode)
        && hand.load.saturating_add(task.load) <= hand.capacity
        && task.not.binary_search(&hand.id).is_err()
}

/// The cost for hands that have nothing ahead, most of all: the way to the drop is asked for once a mode.
struct Direct<'a> {
    task: &'a Task,
    to_drop: [Option<i64>; Mode::ALL.len()],
}

impl<'a> Direct<'a> {
    fn of(task: &'a Task) -> Self {
        Self { task, to_drop: [None; Mode::ALL.len()] }
    }

    fn cost(&mut self, hand: &Hand, settings: &Settings, travel: &(impl Travel + ?Sized)) -> i64 {
        let (task, weights) = (self.task, &settings.weights);
        let to_pickup = travel.seconds(hand.at, task.pickup, hand.mode);
        let known = &mut self.to_drop[usize::from(hand.mode.number())];
        let to_drop = *known.get_or_insert_with(|| travel.seconds(task.pickup, task.drop, hand.mode));
        let reached = hand.free_s + to_pickup;
        let wait = (task.ready_s - reached).max(0);
        let late = (reached + wait + to_drop - task.due_s).max(0);
        let ahead = hand.ahead_s.max(0);
        weights.travel * (to_pickup + to_drop)
            + weights.wait * wait
            + weights.late * late
            + weights.unfair * ahead
    }
}
