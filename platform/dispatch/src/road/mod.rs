//! How far it is, how long it takes, and which way it goes.
//!
//! ```text
//! straight.rs   the great circle, times a factor of the area, at the speed of the mode
//! polyline.rs   a way as a short text
//! osm/          roads of a map, with contraction hierarchies
//! ```

pub mod osm;
pub mod polyline;
mod straight;

use geo::Point;

pub use straight::{Area, BadStraight, Straight};

use crate::mode::Mode;

/// What it takes to get from one place to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leg {
    pub metres: u32,
    pub seconds: u32,
}

/// A way with its bends, from its first point to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub leg: Leg,
    pub line: Vec<Point>,
}

/// Whoever knows the ways of a market. Always has an answer: an estimate where no way is known.
pub trait Roads: Send + Sync + 'static {
    fn between(&self, from: Point, to: Point, mode: Mode) -> Leg;

    fn route(&self, from: Point, to: Point, mode: Mode) -> Way;

    /// From each to each, row by row.
    fn matrix(&self, from: &[Point], to: &[Point], mode: Mode) -> Vec<Leg> {
        let row = |start: &Point| to.iter().map(|end| self.between(*start, *end, mode)).collect::<Vec<_>>();
        from.iter().flat_map(row).collect()
    }

    /// Seconds for each metre of the great circle around here: what the nearest are first ordered by.
    fn paces(&self, near: Point) -> Paces;
}

/// Seconds for each metre of the great circle, by mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paces([f64; Mode::ALL.len()]);

impl Paces {
    /// From kilometres in an hour on the way, and how much longer the way is than the great circle.
    pub fn of(kmh: &Speeds, factor: f64) -> Self {
        Self(kmh.0.map(|kmh| factor * 3.6 / kmh))
    }

    pub fn of_mode(&self, mode: Mode) -> f64 {
        self.0[usize::from(mode.number())]
    }

    /// Nobody is faster than that.
    pub fn fastest(&self) -> f64 {
        self.0.into_iter().fold(f64::INFINITY, f64::min)
    }
}

/// Kilometres in an hour, by mode, in a town with all its lights and corners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speeds([f64; Mode::ALL.len()]);

impl Speeds {
    /// What is not a speed becomes the least one.
    pub fn set(mut self, mode: Mode, kmh: f64) -> Self {
        self.0[usize::from(mode.number())] = kmh.clamp(0.1, 300.0).max(0.1);
        self
    }

    pub fn of_mode(&self, mode: Mode) -> f64 {
        self.0[usize::from(mode.number())]
    }
}

impl Default for Speeds {
    fn default() -> Self {
        Self([4.5, 14.0, 28.0, 26.0, 24.0, 24.0, 20.0])
    }
}
