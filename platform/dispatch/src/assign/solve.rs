use std::borrow::Cow;
use std::collections::BTreeSet;

use super::candidates::{Candidates, may};
use super::matching::{self, Matching};
use super::problem::{Given, Hand, Problem, Settings, Solution, Travel};

/// For each task the hands that may get it, and at what cost.
type Rows = [Vec<(u32, i64)>];

fn every(problem: &Problem) -> Vec<usize> {
    (0..problem.tasks.len()).collect()
}

/// The best that is found: tasks and hands matched at the least cost, round after round. Never dearer than
/// [`greedy`].
pub fn solve(problem: &Problem, settings: &Settings, travel: &(impl Travel + ?Sized)) -> Solution {
    let candidates = Candidates::of(problem, settings, travel);
    let first = candidates.rows(&every(problem), &problem.hands);
    let mut operations = settings.operations_max;
    let least = |rows: &Rows, columns: usize| matching::least_cost(rows, columns, &mut operations);
    let found = rounds(problem, settings, &candidates, &first, least);
    if settings.rounds <= 1 && !found.cut_short {
        return found;
    }
    // Each round may be the least there is, and all of them together cost more than others.
    let cheap = rounds(problem, settings, &candidates, &first, matching::cheapest_first);
    if cheap.cost < found.cost { cheap } else { found }
}

/// The cheapest pair first, round after round.
pub fn greedy(problem: &Problem, settings: &Settings, travel: &(impl Travel + ?Sized)) -> Solution {
    let candidates = Candidates::of(problem, settings, travel);
    let first = candidates.rows(&every(problem), &problem.hands);
    rounds(problem, settings, &candidates, &first, matching::cheapest_first)
}

/// Task after task, each to the nearest who may do it and has nothing to do: what is compared with.
pub fn nearest(problem: &Problem, settings: &Settings, travel: &(impl Travel + ?Sized)) -> Solution {
    let everybody = Settings { candidates: problem.hands.len(), ..*settings };
    let candidates = Candidates::of(problem, &everybody, travel);
    let mut standing = Standing::of(problem);
    for (place, task) in problem.tasks.iter().enumerate() {
        let near = candidates.near(task, &standing.hands);
        let free = near.into_iter().find(|slot| standing.hands[*slot as usize].stops.is_empty());
        if !free.is_some_and(|hand| standing.give(&candidates, place, hand as usize)) {
            standing.solution.unserved.push(place);
        }
    }
    standing.end(settings)
}

/// What has been given so far, and how the hands stand by it.
struct Standing<'a> {
    problem: &'a Problem,
    hands: Vec<Hand>,
    routes: BTreeSet<usize>,
    solution: Solution,
}

impl<'a> Standing<'a> {
    fn of(problem: &'a Problem) -> Self {
        let hands = problem.hands.clone();
        Self { problem, hands, routes: BTreeSet::new(), solution: Solution::default() }
    }

    fn give<T: Travel + ?Sized>(
        &mut self,
        candidates: &Candidates<'_, T>,
        place: usize,
        hand: usize,
    ) -> bool {
        let (task, its) = (&self.problem.tasks[place], &self.hands[hand]);
        let Some(price) = candidates.price(task, its) else { return false };
        let metres = its.at.distance_m(task.pickup).round() as u32;
        let seconds = u32::try_from(price.seconds).unwrap_or(0);
        self.solution.given.push(Given { task: place, hand, cost: price.cost, metres, seconds });
        let its = &mut self.hands[hand];
        its.load = its.load.saturating_add(task.load);
        its.stops = price.stops;
        self.routes.insert(hand);
        true
    }

    fn end(mut self, settings: &Settings) -> Solution {
        let given: i64 = self.solution.given.iter().map(|given| given.cost).sum();
        self.solution.cost = given + settings.weights.unserved * self.solution.unserved.len() as i64;
        let hands = &mut self.hands;
        let stops = |hand: usize| (hand, std::mem::take(&mut hands[hand].stops));
        self.solution.routes = self.routes.into_iter().map(stops).collect();
        self.solution
    }
}

fn rounds<T: Travel + ?Sized>(
    problem: &Problem,
    settings: &Settings,
    candidates: &Candidates<'_, T>,
    first: &Rows,
    mut choose: impl FnMut(&Rows, usize) -> Matching,
) -> Solution {
    let mut standing = Standing::of(problem);
    let mut open = every(problem);
    for round in 0..settings.rounds.max(1) {
        let rows = match round {
            0 => Cow::Borrowed(first),
            _ => Cow::Owned(candidates.rows(&open, &standing.hands)),
        };
        let Matching { columns, cut_short } = choose(&rows, problem.hands.len() + open.len());
        standing.solution.cut_short |= cut_short;
        let mut left = Vec::new();
        for (place, column) in open.iter().zip(columns) {
            let hand = column.map(|column| column as usize).filter(|column| *column < problem.hands.len());
            if !hand.is_some_and(|hand| standing.give(candidates, *place, hand)) {
                left.push(*place);
            }
        }
        let is_any = left.len() < open.len();
        open = left;
        if !is_any || !open.iter().any(|place| is_room(problem, *place, &standing.hands)) {
            break;
        }
    }
    standing.solution.unserved = open;
    standing.end(settings)
}

fn is_room(problem: &Problem, place: usize, hands: &[Hand]) -> bool {
    hands.iter().any(|hand| may(hand, &problem.tasks[place]))
}

#[cfg(test)]
#[path = "solve_tests.rs"]
mod tests;
