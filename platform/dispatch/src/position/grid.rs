//! Points by cell, nearest first.
//!
//! Cells of one level hold points; above them stand cells of every second level, each of which knows which
//! of its 16 children have something in them. A search goes from the whole earth down, always on with what
//! may be nearest, so that it costs about the same in a crowded town as in an empty country.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use foldhash::fast::RandomState;
use geo::{BoundingBox, Cell, Point};

use crate::mode::Mode;
use crate::road::Paces;

/// About 600 by 300 metres at the equator.
const LEAF: u8 = 16;
/// Levels between a cell and its children.
const STEP: u8 = 2;
/// The bits of a cell's number that say which child of its parent it is.
const CHILDREN: i64 = (1 << (2 * STEP)) - 1;
const LEVELS: usize = (LEAF / STEP) as usize;
const NOWHERE: i64 = -1;
/// A little less than the earth's, so that no bound is ever above a true distance.
const RADIUS_BELOW_M: f64 = 6_371_008.0;

type Map<V> = std::collections::HashMap<i64, V, RandomState>;

#[derive(Debug, Clone, Copy)]
struct Spot {
    point: Point,
    slot: u32,
    mode: Mode,
}

/// Points under small numbers ("slots"), each with the mode by which it moves.
#[derive(Default)]
pub struct Grid {
    leaves: Map<Vec<Spot>>,
    /// By level, the topmost first: which children have something in them.
    inner: [Map<u16>; LEVELS],
    /// For each slot the leaf it is in, and its place there.
    places: Vec<(i64, u32)>,
}

/// One that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub slot: u32,
    pub point: Point,
    /// Along the great circle.
    pub metres: f64,
    /// At the pace of its mode.
    pub seconds: f64,
}

impl Grid {
    /// There from now on, wherever it was before.
    pub fn put(&mut self, slot: u32, point: Point, mode: Mode) {
        let leaf = Cell::of(point).at_level(LEAF).code();
        let spot = Spot { point, slot, mode };
        let known = self.place(slot);
        if let Some((its, place)) = known
            && its == leaf
        {
            if let Some(there) = self.leaves.get_mut(&leaf).and_then(|spots| spots.get_mut(place as usize)) {
                *there = spot;
            }
            return;
        }
        self.take(slot);
        let spots = self.leaves.entry(leaf).or_default();
        let place = spots.len() as u32;
        spots.push(spot);
        if place == 0 {
            self.mark(leaf);
        }
        let index = slot as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, (NOWHERE, 0));
        }
        self.places[index] = (leaf, place);
    }

    /// Nowhere from now on.
    pub fn take(&mut self, slot: u32) {
        let Some((leaf, place)) = self.place(slot) else { return };
        self.places[slot as usize] = (NOWHERE, 0);
        let Some(spots) = self.leaves.get_mut(&leaf) else { return };
        spots.swap_remove(place as usize);
        if let Some(moved) = spots.get(place as usize) {
            self.places[moved.slot as usize] = (leaf, place);
        }
        if spots.is_empty() {
            self.leaves.remove(&leaf);
            self.unmark(leaf);
        }
    }

    fn place(&self, slot: u32) -> Option<(i64, u32)> {
        self.places.get(slot as usize).copied().filter(|(leaf, _)| *leaf != NOWHERE)
    }

    fn mark(&mut self, leaf: i64) {
        let mut code = leaf;
        for level in self.inner.iter_mut().rev() {
            let bit = 1 << (code & CHILDREN);
            code >>= 2 * STEP;
            let mask = level.entry(code).or_default();
            let was_empty = *mask == 0;
            *mask |= bit;
            if !was_empty {
                return;
            }
        }
    }

    fn unmark(&mut self, leaf: i64) {
        let mut code = leaf;
        for level in self.inner.iter_mut().rev() {
            let bit = 1 << (code & CHILDREN);
            code >>= 2 * STEP;
            let Some(mask) = level.get_mut(&code) else { return };
            *mask &= !bit;
            if *mask != 0 {
                return;
            }
            level.remove(&code);
        }
    }

    /// One after the other, the soonest there first; of those that take equally long the lower slot.
    pub fn nearest<'a>(&'a self, from: Point, paces: &'a Paces, within_m: f64) -> Nearest<'a> {
        let mut heap = BinaryHeap::with_capacity(256);
        heap.push(Reverse(Step { seconds: 0.0, what: What::Cell { depth: 0, code: 0 } }));
        Nearest { grid: self, from, paces, fastest: paces.fastest(), within_m, heap }
    }

    /// All in a box, in no order, without end.
    pub fn within<'a>(&'a self, bbox: &'a BoundingBox) -> impl Iterator<Item = u32> + 'a {
        let mut open = vec![(0_usize, 0_i64)];
        let leaves = std::iter::from_fn(move || {
            while let Some((depth, code)) = open.pop() {
                let Some(cell) = Cell::new(depth as u8 * STEP, code) else { continue };
                if !cell.bounds().touches(bbox) {
                    continue;
                }
                if depth == LEVELS {
                    return Some(self.leaves.get(&code).map(Vec::as_slice).unwrap_or_default());
                }
                let mask = self.inner[depth].get(&code).copied().unwrap_or_default();
                open.extend(children(mask, code).map(|child| (depth + 1, child)));
            }
            None
        });
        leaves.flatten().filter(|spot| bbox.contains(spot.point)).map(|spot| spot.slot)
    }
}

fn children(mask: u16, code: i64) -> impl Iterator<Item = i64> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let bit = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        (bit < u16::BITS).then(|| code << (2 * STEP) | i64::from(bit))
    })
}

pub struct Nearest<'a> {
    grid: &'a Grid,
    from: Point,
    paces: &'a Paces,
    fastest: f64,
    within_m: f64,
    heap: BinaryHeap<Reverse<Step>>,
}

struct Step {
    /// What it takes, or the least that it may take.
    seconds: f64,
    what: What,
}

enum What {
    Cell { depth: usize, code: i64 },
    Spot { spot: Spot, metres: f64 },
}

impl Step {
    /// Cells go first, because what is in them may take equally long and have a lower slot.
    fn place(&self) -> (bool, u32) {
        match &self.what {
            What::Cell { .. } => (false, 0),
            What::Spot { spot, .. } => (true, spot.slot),
        }
    }
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        self.seconds.total_cmp(&other.seconds).then_with(|| self.place().cmp(&other.place()))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Step {}

impl Nearest<'_> {
    fn open(&mut self, depth: usize, code: i64) {
        if depth == LEVELS {
            for spot in self.grid.leaves.get(&code).map(Vec::as_slice).unwrap_or_default() {
                let metres = self.from.distance_m(spot.point);
                if metres <= self.within_m {
                    let seconds = metres * self.paces.of_mode(spot.mode);
                    self.heap.push(Reverse(Step { seconds, what: What::Spot { spot: *spot, metres } }));
                }
            }
            return;
        }
        let mask = self.grid.inner[depth].get(&code).copied().unwrap_or_default();
        for child in children(mask, code) {
            let Some(cell) = Cell::new((depth as u8 + 1) * STEP, child) else { continue };
            let metres = at_least_m(self.from, &cell.bounds());
            if metres <= self.within_m {
                let seconds = metres * self.fastest;
                let what = What::Cell { depth: depth + 1, code: child };
                self.heap.push(Reverse(Step { seconds, what }));
            }
        }
    }
}

impl Iterator for Nearest<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while let Some(Reverse(step)) = self.heap.pop() {
            match step.what {
                What::Cell { depth, code } => self.open(depth, code),
                What::Spot { spot, metres } => {
                    let Spot { slot, point, .. } = spot;
                    return Some(Found { slot, point, metres, seconds: step.seconds });
                }
            }
        }
        None
    }
}

/// Nothing in the box is nearer than that: both terms of the haversine are taken at their least.
fn at_least_m(from: Point, bbox: &BoundingBox) -> f64 {
    let (lat, long) = (i64::from(from.lat_e7()), i64::from(from.long_e7()));
    let (south, north) = (i64::from(bbox.south_e7()), i64::from(bbox.north_e7()));
    let (west, east) = (i64::from(bbox.west_e7()), i64::from(bbox.east_e7()));
    let radians = |e7: i64| (e7 as f64 / 1e7).to_radians();
    let square = |it: f64| it * it;
    let north_south = (south - lat).max(lat - north).max(0);
    let to_the_east = (west - long).rem_euclid(3_600_000_000);
    let to_the_west = (long - east).rem_euclid(3_600_000_000);
    let is_between = (west..=east).contains(&long);
    let east_west = if is_between { 0 } else { to_the_east.min(to_the_west) };
    let widest = radians(south.abs().max(north.abs())).cos().max(0.0);
    let haversine = square((radians(north_south) / 2.0).sin())
        + radians(lat).cos() * widest * square((radians(east_west) / 2.0).sin());
    2.0 * RADIUS_BELOW_M * haversine.sqrt().min(1.0).asin()
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
