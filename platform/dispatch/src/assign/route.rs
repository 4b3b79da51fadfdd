//! The order of one hand's stops: pickups before drops, never more on board than fits, and as little time
//! and lateness as can be.

use super::problem::{Hand, Part, Stop, Travel, Weights};
use crate::limits;

/// How a route goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ride {
    pub travel_s: i64,
    pub wait_s: i64,
    pub late_s: i64,
    pub end_s: i64,
}

impl Ride {
    pub fn cost(&self, weights: &Weights) -> i64 {
        weights.travel * self.travel_s + weights.wait * self.wait_s + weights.late * self.late_s
    }
}

/// One hand with its stops and those that may be added, and the time between any two of them.
pub struct Legs {
    stops: Vec<Stop>,
    /// The last column is where the hand is.
    seconds: Vec<i64>,
    width: usize,
    free_s: i64,
    capacity: u16,
    /// On board from the start: dropped without being picked up.
    on_board: u16,
}

impl Legs {
    /// `stops` in any order; those of the hand and those to be added.
    pub fn of(hand: &Hand, stops: &[Stop], travel: &(impl Travel + ?Sized)) -> Self {
        let width = stops.len() + 1;
        let points: Vec<_> = stops.iter().map(|stop| stop.point).chain([hand.at]).collect();
        let mut seconds = vec![0; width * width];
        for (row, from) in points.iter().enumerate() {
            for (column, to) in points.iter().enumerate().take(stops.len()) {
                if row != column && from != to {
                    seconds[row * width + column] = travel.seconds(*from, *to, hand.mode);
                }
            }
        }
        let is_picked_up =
            |drop: &Stop| !stops.iter().any(|other| other.task == drop.task && other.part == Part::Pickup);
        let on_board = stops.iter().filter(|stop| stop.part == Part::Drop && is_picked_up(stop));
        let on_board = on_board.fold(0, |sum: u16, stop| sum.saturating_add(stop.load));
        Self { stops: stops.to_vec(), seconds, width, free_s: hand.free_s, capacity: hand.capacity, on_board }
    }

    /// The stops in this order; nothing where the order is impossible. `allowed` holds the latest times by
    /// place, where a stop must not become later than it would have been.
    pub fn ride(&self, order: &[u8], allowed: Option<&[i64]>) -> Option<Ride> {
        let mut ride = Ride { end_s: self.free_s, ..Ride::default() };
        let (mut at, mut on_board, mut picked_up) = (self.width - 1, self.on_board, 0_u64);
        for place in order.iter().map(|place| usize::from(*place)) {
            let stop = &self.stops[place];
            let travel = self.seconds[at * self.width + place];
            ride.travel_s += travel;
            ride.end_s += travel;
            if ride.end_s < stop.from_s {
                ride.wait_s += stop.from_s - ride.end_s;
                ride.end_s = stop.from_s;
            }
            if allowed.is_some_and(|allowed| ride.end_s > allowed[place]) {
                return None;
            }
            ride.late_s += ride.end_s.saturating_sub(stop.until_s).max(0);
            match stop.part {
                Part::Pickup => {
                    picked_up |= 1 << place;
                    on_board = on_board.saturating_add(stop.load);
                    if on_board > self.capacity {
                        return None;
                    }
                }
                Part::Drop => {
                    let pickup = self.pickup_of(place);
                    if pickup.is_some_and(|pickup| picked_up >> pickup & 1 == 0) {
                        return None;
                    }
                    on_board = on_board.saturating_sub(stop.load);
                }
            }
            at = place;
        }
        Some(ride)
    }

    fn pickup_of(&self, drop: usize) -> Option<usize> {
        let task = self.stops[drop].task;
        self.stops.iter().position(|stop| stop.task == task && stop.part == Part::Pickup)
    }

    /// When each stop would be done, by its place.
    pub fn times(&self, order: &[u8]) -> Vec<i64> {
        let mut times = vec![i64::MAX; self.stops.len()];
        let (mut at, mut now) = (self.width - 1, self.free_s);
        for place in order.iter().map(|place| usize::from(*place)) {
            now = (now + self.seconds[at * self.width + place]).max(self.stops[place].from_s);
            times[place] = now;
            at = place;
        }
        times
    }

    pub fn stops(&self, order: &[u8]) -> Vec<Stop> {
        order.iter().map(|place| self.stops[usize::from(*place)]).collect()
    }
}

/// The best place for one more pickup and drop in an order that stands, and what it then costs.
pub fn insert(
    legs: &Legs,
    order: &[u8],
    (pickup, drop): (u8, u8),
    allowed: Option<&[i64]>,
    weights: &Weights,
) -> Option<(Vec<u8>, Ride)> {
    let mut best: Option<(i64, Vec<u8>, Ride)> = None;
    let mut tried = Vec::with_capacity(order.len() + 2);
    for first in 0..=order.len() {
        for second in first..=order.len() {
            tried.clear();
            tried.extend_from_slice(&order[..first]);
            tried.push(pickup);
            tried.extend_from_slice(&order[first..second]);
            tried.push(drop);
            tried.extend_from_slice(&order[second..]);
            let Some(ride) = legs.ride(&tried, allowed) else { continue };
            let cost = ride.cost(weights);
            if best.as_ref().is_none_or(|(least, _, _)| cost < *least) {
                best = Some((cost, tried.clone(), ride));
            }
        }
    }
    best.map(|(_, order, ride)| (order, ride))
}

/// A good order for all of a hand's stops: of few the best, of more by inserting task after task and then
/// moving parts about until nothing becomes better. Stops that fit nowhere come last.
pub fn order(hand: &Hand, stops: &[Stop], travel: &(impl Travel + ?Sized), weights: &Weights) -> Vec<Stop> {
    let stops = &stops[..stops.len().min(limits::STOPS_MAX)];
    let legs = Legs::of(hand, stops, travel);
    if stops.len() <= limits::STOPS_TRIED_OUT_MAX {
        let mut best = None;
        try_out(&legs, &mut Vec::new(), weights, &mut best);
        if let Some((_, order)) = best {
            return legs.stops(&order);
        }
    }
    let (order, left) = insert_all(&legs, stops, weights);
    let order = improve(&legs, order, weights);
    let mut stops = legs.stops(&order);
    stops.extend(legs.stops(&left));
    stops
}

/// Every order that may still be better than the best so far.
fn try_out(legs: &Legs, done: &mut Vec<u8>, weights: &Weights, best: &mut Option<(i64, Vec<u8>)>) {
    let Some(cost) = legs.ride(done, None).map(|ride| ride.cost(weights)) else { return };
    if best.as_ref().is_some_and(|(least, _)| cost >= *least) {
        return;
    }
    if done.len() == legs.stops.len() {
        *best = Some((cost, done.clone()));
        return;
    }
    for next in 0..legs.stops.len() as u8 {
        if !done.contains(&next) {
            done.push(next);
            try_out(legs, done, weights, best);
            done.pop();
        }
    }
}

/// Task after task, each where it costs least; what fits nowhere is left.
fn insert_all(legs: &Legs, stops: &[Stop], weights: &Weights) -> (Vec<u8>, Vec<u8>) {
    let mut order: Vec<u8> = Vec::with_capacity(stops.len());
    let place = |task: i64, part: Part| {
        stops.iter().position(|stop| stop.task == task && stop.part == part).map(|place| place as u8)
    };
    let mut left: Vec<u8> = Vec::new();
    // What is on board first: it takes room from the others.
    for (number, stop) in (0_u8..).zip(stops).filter(|(_, stop)| stop.part == Part::Drop) {
        if place(stop.task, Part::Pickup).is_none() {
            match insert_one(legs, &order, number, weights) {
                Some(better) => order = better,
                None => left.push(number),
            }
        }
    }
    for (number, stop) in (0_u8..).zip(stops).filter(|(_, stop)| stop.part == Part::Pickup) {
        let drop = place(stop.task, Part::Drop);
        let found = match drop {
            Some(drop) => insert(legs, &order, (number, drop), None, weights).map(|(order, _)| order),
            None => insert_one(legs, &order, number, weights),
        };
        match found {
            Some(better) => order = better,
            None => left.extend([Some(number), drop].into_iter().flatten()),
        }
    }
    (order, left)
}

fn insert_one(legs: &Legs, order: &[u8], place: u8, weights: &Weights) -> Option<Vec<u8>> {
    let tried = (0..=order.len()).filter_map(|at| {
        let mut tried = order.to_vec();
        tried.insert(at, place);
        legs.ride(&tried, None).map(|ride| (ride.cost(weights), tried))
    });
    tried.min_by_key(|(cost, _)| *cost).map(|(_, order)| order)
}

/// Moves up to three stops elsewhere, turns a part around, or takes a task out and puts it in again, as long
/// as that makes it better.
pub fn improve(legs: &Legs, mut order: Vec<u8>, weights: &Weights) -> Vec<u8> {
    let Some(mut least) = legs.ride(&order, None).map(|ride| ride.cost(weights)) else { return order };
    let n = order.len();
    loop {
        let mut better: Option<(i64, Vec<u8>)> = None;
        let mut look = |tried: Vec<u8>| {
            if let Some(ride) = legs.ride(&tried, None) {
                let cost = ride.cost(weights);
                if cost < better.as_ref().map_or(least, |(cost, _)| *cost) {
                    better = Some((cost, tried));
                }
            }
        };
        for from in 0..n {
            for length in 1..=3.min(n - from) {
                for to in (0..=n - length).filter(|to| *to != from) {
                    let mut tried = order.clone();
                    let part: Vec<u8> = tried.drain(from..from + length).collect();
                    tried.splice(to..to, part);
                    look(tried);
                }
            }
            for to in from + 2..=n {
                let mut tried = order.clone();
                tried[from..to].reverse();
                look(tried);
            }
            let drop = order[from];
            if let Some(pickup) = legs.pickup_of(usize::from(drop)).map(|pickup| pickup as u8)
                && pickup != drop
                && order.contains(&pickup)
            {
                let rest: Vec<u8> =
                    order.iter().copied().filter(|place| ![pickup, drop].contains(place)).collect();
                insert(legs, &rest, (pickup, drop), None, weights)
                    .into_iter()
                    .for_each(|(tried, _)| look(tried));
            }
        }
        let Some((cost, found)) = better else { return order };
        (least, order) = (cost, found);
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
