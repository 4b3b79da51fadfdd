use geo::{BoundingBox, Point};

use super::{Leg, Paces, Roads, Speeds, Way};
use crate::limits;
use crate::mode::Mode;

/// The great circle, times how much longer ways are in an area.
#[derive(Debug, Clone, PartialEq)]
pub struct Straight {
    factor: f64,
    areas: Vec<Area>,
    speeds: Speeds,
}

/// Where ways are longer, or shorter, than elsewhere: beyond a bay, in a grid of streets.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub bbox: BoundingBox,
    pub factor: f64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadStraight {
    #[error("a way is 1 to 10 times as long as the great circle, not {0}")]
    Factor(f64),
    #[error("there are {0} areas, more than {max}", max = limits::AREAS_MAX)]
    Areas(usize),
}

impl Default for Straight {
    fn default() -> Self {
        Self { factor: 1.35, areas: Vec::new(), speeds: Speeds::default() }
    }
}

impl Straight {
    /// Of areas that overlap, the first holds.
    pub fn new(factor: f64, areas: Vec<Area>, speeds: Speeds) -> Result<Self, BadStraight> {
        let factors = std::iter::once(factor).chain(areas.iter().map(|area| area.factor));
        if let Some(bad) = factors.into_iter().find(|factor| !(1.0..=10.0).contains(factor)) {
            return Err(BadStraight::Factor(bad));
        }
        if areas.len() > limits::AREAS_MAX {
            return Err(BadStraight::Areas(areas.len()));
        }
        Ok(Self { factor, areas, speeds })
    }

    fn factor_at(&self, point: Point) -> f64 {
        let area = self.areas.iter().find(|area| area.bbox.contains(point));
        area.map_or(self.factor, |area| area.factor)
    }
}

impl Roads for Straight {
    /// Where the two ends have different factors, half of the way has each.
    fn between(&self, from: Point, to: Point, mode: Mode) -> Leg {
        let factor = f64::midpoint(self.factor_at(from), self.factor_at(to));
        let metres = from.distance_m(to) * factor;
        let seconds = metres * 3.6 / self.speeds.of_mode(mode);
        Leg { metres: metres.round() as u32, seconds: seconds.round() as u32 }
    }

    fn route(&self, from: Point, to: Point, mode: Mode) -> Way {
        Way { leg: self.between(from, to, mode), line: vec![from, to] }
    }

    fn paces(&self, near: Point) -> Paces {
        Paces::of(&self.speeds, self.factor_at(near))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, long: f64) -> Point {
        Point::from_degrees(lat, long).unwrap()
    }

    #[test]
    fn ways_take_as_long_as_their_area_says() {
        let bay = BoundingBox::parse("", "10,10,11,11").unwrap();
        let areas = vec![Area { bbox: bay, factor: 3.0 }];
        let roads = Straight::new(1.0, areas, Speeds::default().set(Mode::Car, 36.0)).unwrap();
        let row = |from: Point, to: Point, mode: Mode| {
            let leg = roads.between(from, to, mode);
            assert_eq!(leg, roads.between(to, from, mode));
            assert_eq!(leg, roads.matrix(&[from], &[to], mode)[0]);
            assert_eq!(leg, roads.route(from, to, mode).leg);
            (leg.metres, leg.seconds)
        };
        assert_eq!(row(at(0.0, 0.0), at(0.0, 0.1), Mode::Car), (11_120, 1_112));
        assert_eq!(row(at(10.5, 10.0), at(10.5, 10.0), Mode::Car), (0, 0));
        let (inside, _) = row(at(10.5, 10.1), at(10.5, 10.2), Mode::Foot);
        let (across, _) = row(at(10.5, 9.9), at(10.5, 10.0), Mode::Foot);
        assert!((i64::from(inside) * 2 - i64::from(across) * 3).abs() <= 3, "{inside} {across}");
        let is_about = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        is_about(roads.paces(at(10.5, 10.5)).of_mode(Mode::Car), 0.3);
        is_about(roads.paces(at(0.0, 0.0)).fastest(), 0.1);
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        for factor in [0.9, f64::NAN, 11.0] {
            assert!(Straight::new(factor, Vec::new(), Speeds::default()).is_err(), "{factor}");
        }
        let many = vec![Area { bbox: BoundingBox::WORLD, factor: 1.0 }; limits::AREAS_MAX + 1];
        assert_eq!(
            Straight::new(1.0, many, Speeds::default()),
            Err(BadStraight::Areas(limits::AREAS_MAX + 1))
        );
    }
}
