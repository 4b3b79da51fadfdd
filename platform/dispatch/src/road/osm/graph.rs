use fast_paths::{FastGraph, InputGraph, PathCalculator};
use geo::Point;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::mode::Mode;
use crate::position::Grid;
use crate::road::{Paces, Speeds};

/// A directed graph of junctions and the ways between them.
#[derive(Debug, Default)]
pub struct Plain {
    pub points: Vec<Point>,
    /// From, to, milliseconds.
    pub edges: Vec<(u32, u32, u32)>,
}

/// The same, prepared for quick searches.
pub struct Graph {
    points: Vec<Point>,
    ways: FastGraph,
    nearest: Grid,
    /// Each has a place for every junction, so that the next search need not make it.
    calculators: Mutex<Vec<PathCalculator>>,
}

/// As it is saved.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    points: Vec<(i32, i32)>,
    #[serde(serialize_with = "fast_paths::serialize_32", deserialize_with = "fast_paths::deserialize_32")]
    ways: FastGraph,
}

/// A way over junctions.
pub struct Found {
    pub milliseconds: u64,
    pub line: Vec<Point>,
}

impl Graph {
    pub fn prepare(plain: &Plain) -> Self {
        let mut input = InputGraph::new();
        for (from, to, milliseconds) in &plain.edges {
            input.add_edge(*from as usize, *to as usize, (*milliseconds).max(1) as usize);
        }
        input.freeze();
        Self::of(plain.points.clone(), fast_paths::prepare(&input))
    }

    fn of(points: Vec<Point>, ways: FastGraph) -> Self {
        let mut nearest = Grid::default();
        for (number, point) in (0..).zip(&points) {
            nearest.put(number, *point, Mode::Foot);
        }
        Self { points, ways, nearest, calculators: Mutex::default() }
    }

    pub fn save(&self) -> Saved {
        let points = self.points.iter().map(|point| (point.lat_e7(), point.long_e7())).collect();
        Saved { points, ways: self.ways.clone() }
    }

    /// Nothing where the parts do not fit.
    pub fn load(saved: Saved) -> Option<Self> {
        let points = saved.points.into_iter().map(|(lat, long)| Point::from_e7(lat, long).ok());
        let points: Vec<Point> = points.collect::<Option<_>>()?;
        (points.len() == saved.ways.get_num_nodes()).then(|| Self::of(points, saved.ways))
    }

    pub fn junctions(&self) -> usize {
        self.points.len()
    }

    /// The junction that is nearest, and how far it is, unless that is too far.
    pub fn snap(&self, point: Point) -> Option<(usize, f64)> {
        let paces = Paces::of(&Speeds::default(), 1.0);
        let found = self.nearest.nearest(point, &paces, limits::SNAP_M_MAX).next()?;
        Some((found.slot as usize, found.metres))
    }

    pub fn point(&self, junction: usize) -> Point {
        self.points[junction]
    }

    pub fn search(&self, from: usize, to: usize) -> Option<Found> {
        let kept = self.calculators.lock().pop();
        let mut calculator = kept.unwrap_or_else(|| fast_paths::create_calculator(&self.ways));
        let path = calculator.calc_path(&self.ways, from, to);
        let mut calculators = self.calculators.lock();
        if calculators.len() < limits::CALCULATORS_KEPT {
            calculators.push(calculator);
        }
        drop(calculators);
        let path = path?;
        let line = path.get_nodes().iter().map(|junction| self.points[*junction]).collect();
        Some(Found { milliseconds: path.get_weight() as u64, line })
    }
}
