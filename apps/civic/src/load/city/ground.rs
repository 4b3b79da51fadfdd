//! Where things happen: a few hundred places along streets, some much busier than others, other ones
//! for every kind, and a little everywhere.

use geo::Point;

use super::dice::Dice;

const STREETS: u64 = 48;
const SPOTS: usize = 360;
/// How far streets reach from the centre, in metres.
const REACH_M: i64 = 11_000;
/// Around a spot, along its street and across it.
const ALONG_M: i64 = 450;
const ACROSS_M: i64 = 30;
/// One in so many happens anywhere.
const ANYWHERE_ONE_IN: u64 = 7;
/// Reports of one thing differ by so much.
const NEAR_M: i64 = 25;
/// Ten-millionths of a degree in ten kilometres of latitude.
const E7_PER_10_KM: i64 = 898_300;

pub struct Ground {
    centre: Point,
    spots: Vec<Spot>,
    /// For each kind the sums of its spots' weights.
    sums: Vec<Vec<u64>>,
}

#[derive(Clone, Copy)]
struct Spot {
    /// Metres from the centre.
    east: i64,
    north: i64,
    /// The direction of its street, in thousandths.
    dx: i64,
    dy: i64,
}

impl Ground {
    pub fn new(seed: u64, centre: Point, kinds: usize) -> Self {
        let mut dice = Dice::of([seed, 4]);
        let streets: Vec<(Spot, i64)> = (0..STREETS).map(|_| street(&mut dice)).collect();
        let spots: Vec<Spot> = (0..SPOTS).map(|_| on(&streets, &mut dice)).collect();
        let sums = (0..kinds).map(|kind| sums(seed, kind)).collect();
        Self { centre, spots, sums }
    }

    pub fn spot(&self, kind: usize, dice: &mut Dice) -> Point {
        if dice.below(ANYWHERE_ONE_IN) == 0 {
            return moved(self.centre, dice.around(REACH_M), dice.around(REACH_M));
        }
        let sums = &self.sums[kind];
        let thrown = dice.below(sums.last().copied().unwrap_or(1));
        let spot = self.spots[sums.partition_point(|sum| *sum <= thrown).min(SPOTS - 1)];
        let (along, across) = (dice.around(ALONG_M), dice.around(ACROSS_M));
        let east = spot.east + (spot.dx * along - spot.dy * across) / 1_000;
        let north = spot.north + (spot.dy * along + spot.dx * across) / 1_000;
        moved(self.centre, east, north)
    }
}

/// A few steps away, for another report of the same thing.
pub fn near(place: Point, dice: &mut Dice) -> Point {
    moved(place, dice.around(NEAR_M), dice.around(NEAR_M))
}

/// A street through some point not far from the centre, and how long it is.
fn street(dice: &mut Dice) -> (Spot, i64) {
    // Half of them follow a grid, the others go anywhere.
    let (dx, dy) = match dice.below(4) {
        0 => (940, 342),
        1 => (-342, 940),
        _ => direction(dice),
    };
    let through = Spot { east: dice.around(REACH_M / 2), north: dice.around(REACH_M / 2), dx, dy };
    (through, 1_500 + dice.below(REACH_M as u64 / 2) as i64)
}

/// A direction of about length one, in thousandths, without a table of sines.
fn direction(dice: &mut Dice) -> (i64, i64) {
    loop {
        let (x, y) = (dice.below(2_001) as i64 - 1_000, dice.below(2_001) as i64 - 1_000);
        let square = x * x + y * y;
        if (250_000..=1_000_000).contains(&square) {
            let length = square.isqrt().max(1);
            return (x * 1_000 / length, y * 1_000 / length);
        }
    }
}

fn on(streets: &[(Spot, i64)], dice: &mut Dice) -> Spot {
    // The first streets have more spots than the last.
    let last = streets.len() as u64;
    let (street, reach) = streets[dice.below(last).min(dice.below(last)) as usize];
    let along = dice.around(reach);
    Spot {
        east: street.east + street.dx * along / 1_000,
        north: street.north + street.dy * along / 1_000,
        ..street
    }
}

/// The busiest spot has as many as the next two together, and so on down a long tail; which spot is
/// which differs by kind, in part.
fn sums(seed: u64, kind: usize) -> Vec<u64> {
    let mut dice = Dice::of([seed, 5, kind as u64]);
    let mut sum = 0;
    let weight = |rank: usize, dice: &mut Dice| {
        let rank = if dice.below(3) == 0 { dice.below(SPOTS as u64) } else { rank as u64 };
        1_000_000 / (rank + 2)
    };
    (0..SPOTS)
        .map(|rank| {
            sum += weight(rank, &mut dice);
            sum
        })
        .collect()
}

fn moved(from: Point, east_m: i64, north_m: i64) -> Point {
    let lat = i64::from(from.lat_e7()) + north_m * E7_PER_10_KM / 10_000;
    // Degrees of longitude shrink towards the poles; a parabola is near enough to the cosine.
    let degrees = (i64::from(from.lat_e7()) / 10_000_000).abs().min(80);
    let cosine = (10_000 - degrees * degrees * 10_000 / 8_300).max(1_500);
    let long = i64::from(from.long_e7()) + east_m * E7_PER_10_KM / cosine;
    let (lat, long) = (i32::try_from(lat).unwrap_or(0), i32::try_from(long).unwrap_or(0));
    Point::from_e7(lat, long).unwrap_or(from)
}
