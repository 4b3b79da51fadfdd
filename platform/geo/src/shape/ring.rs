//! Rings: from positions as they are written to vertices as they are counted with.

use crate::limits::VERTICES_MAX;
use crate::point::LONG_MAX_E7;
use crate::shape::Trouble;

/// Longitude and latitude, in ten-millionths of a degree. The longitude may lie beyond 180°.
pub type Position = (i64, i32);
/// East and north of a polygon's corner. The products of two differences fit into 63 bits.
pub type Vertex = (u32, u32);

pub const TURN_E7: i64 = 2 * LONG_MAX_E7 as i64;
const HALF_TURN_E7: i64 = LONG_MAX_E7 as i64;

/// A ring made sound: its longitudes go on across the antimeridian, nothing repeats.
pub struct Ring {
    positions: Vec<(i64, i64)>,
    pub west: i64,
    pub south: i64,
    east: i64,
    north: i64,
}

impl Ring {
    pub fn of(positions: &[Position]) -> Result<Self, Trouble> {
        let (Some(&first), Some(&last)) = (positions.first(), positions.last()) else {
            return Err(Trouble::Empty);
        };
        if positions.len() > VERTICES_MAX {
            return Err(Trouble::TooMany);
        }
        let same = first.1 == last.1 && (first.0 - last.0).rem_euclid(TURN_E7) == 0;
        if !same {
            return Err(Trouble::NotClosed);
        }
        let mut straight: Vec<(i64, i64)> = Vec::with_capacity(positions.len());
        let (mut before, mut long) = (first.0, first.0);
        for &(next, lat) in positions {
            long += the_shorter_way(next - before);
            before = next;
            if straight.last() != Some(&(long, lat.into())) {
                straight.push((long, lat.into()));
            }
        }
        let ends_at_start = straight.len() > 1 && straight.first() == straight.last();
        if straight.len() > 1 && !ends_at_start {
            return Err(Trouble::AroundThePole);
        }
        straight.pop();
        let bounds = |of: fn(&(i64, i64)) -> i64| {
            (
                straight.iter().map(of).min().unwrap_or_default(),
                straight.iter().map(of).max().unwrap_or_default(),
            )
        };
        let ((west, east), (south, north)) = (bounds(|it| it.0), bounds(|it| it.1));
        if straight.len() < 3 || twice_the_area(&straight) == 0 {
            return Err(Trouble::Flat);
        }
        if east - west > TURN_E7 {
            return Err(Trouble::AroundThePole);
        }
        Ok(Self { positions: straight, west, south, east, north })
    }

    pub fn width(&self) -> i64 {
        self.east - self.west
    }

    pub fn height(&self) -> i64 {
        self.north - self.south
    }

    /// Its western edge, from -180° up to, but not including, 180°.
    pub fn west_e7(&self) -> i32 {
        ((self.west + HALF_TURN_E7).rem_euclid(TURN_E7) - HALF_TURN_E7) as i32
    }

    /// Counted from a corner.
    pub fn vertices(&self, west: i64, south: i64) -> Vec<Vertex> {
        self.positions.iter().map(|(long, lat)| ((long - west) as u32, (lat - south) as u32)).collect()
    }
}

/// An edge goes the shorter way around the earth, but a whole turn is meant as it is written: it is
/// the edge of a map of the world.
fn the_shorter_way(step: i64) -> i64 {
    if step.abs() <= HALF_TURN_E7 || step.abs() == TURN_E7 {
        return step;
    }
    (step + HALF_TURN_E7).rem_euclid(TURN_E7) - HALF_TURN_E7
}

fn twice_the_area(ring: &[(i64, i64)]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    let cross = |(a, b): (&(i64, i64), &(i64, i64))| {
        i128::from(a.0) * i128::from(b.1) - i128::from(b.0) * i128::from(a.1)
    };
    ring.iter().zip(next).map(cross).sum()
}

/// From each vertex to the next, and from the last to the first.
pub fn edges(ring: &[Vertex]) -> impl Iterator<Item = (Vertex, Vertex)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Whether a line from the point to the east crosses the edge. At the height of the edge's lower end it
/// does, at that of its upper end it does not; on the edge itself it does not.
#[inline]
pub fn is_left_of(at: Vertex, from: Vertex, to: Vertex) -> bool {
    let (low, high) = if from.1 <= to.1 { (from, to) } else { (to, from) };
    low.1 <= at.1 && at.1 < high.1 && is_left_of_rising(at, low, high)
}

/// The same of an edge that rises and reaches over the point's height.
#[inline]
pub fn is_left_of_rising(at: Vertex, low: Vertex, high: Vertex) -> bool {
    if at.0 < low.0.min(high.0) {
        return true;
    }
    if at.0 >= low.0.max(high.0) {
        return false;
    }
    let side = |to: u32, from: u32| i64::from(to) - i64::from(from);
    side(high.0, low.0) * side(at.1, low.1) > side(at.0, low.0) * side(high.1, low.1)
}
