//! Which of many areas a place lies in.
//!
//! Each area is entered in the cells that its box touches, at the finest level at which those are no more
//! than four. A place then asks one cell of each level that is in use, and of what is entered there only
//! those whose area has it.

use std::collections::HashMap;

use geo::{BoundingBox, Cell, LEVEL_MAX, Point, Shape};

/// Where one store delivers to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reach {
    Within { centre: Point, radius_m: u32 },
    Shape(Shape),
}

impl Reach {
    pub fn contains(&self, point: Point) -> bool {
        match self {
            Reach::Within { centre, radius_m } => centre.distance_m(point) <= f64::from(*radius_m),
            Reach::Shape(shape) => shape.contains(point),
        }
    }

    fn bounds(&self) -> BoundingBox {
        match self {
            Reach::Within { centre, radius_m } => BoundingBox::around(*centre, f64::from(*radius_m)),
            Reach::Shape(shape) => shape.bounds(),
        }
    }

    fn bytes(&self) -> usize {
        let corners = match self {
            Reach::Within { .. } => 0,
            Reach::Shape(shape) => shape.vertices() * size_of::<(u32, u32)>(),
        };
        size_of::<Self>() + corners
    }
}

/// Many areas, prepared for many questions.
#[derive(Debug, Default)]
pub struct Reaches {
    areas: Vec<(BoundingBox, Reach)>,
    cells: HashMap<Cell, Vec<u32>>,
    /// The levels at which anything is entered.
    levels: Vec<u8>,
}

impl Reaches {
    /// `at` gives places in this list.
    pub fn new(areas: impl IntoIterator<Item = Reach>) -> Self {
        let areas: Vec<(BoundingBox, Reach)> =
            areas.into_iter().map(|reach| (reach.bounds(), reach)).collect();
        let mut cells: HashMap<Cell, Vec<u32>> = HashMap::new();
        for (place, (bounds, _)) in (0..).zip(&areas) {
            for cell in cells_of(bounds) {
                cells.entry(cell).or_default().push(place);
            }
        }
        let mut levels: Vec<u8> = cells.keys().map(|cell| cell.level()).collect();
        levels.sort_unstable();
        levels.dedup();
        Self { areas, cells, levels }
    }

    /// The areas that a place lies in, in their order.
    pub fn at(&self, point: Point) -> Vec<usize> {
        let finest = Cell::of(point);
        let entered = self.levels.iter().filter_map(|level| self.cells.get(&finest.at_level(*level)));
        let mut found: Vec<usize> =
            entered.flatten().map(|place| *place as usize).filter(|place| self.has(*place, point)).collect();
        found.sort_unstable();
        found
    }

    /// Whether a place lies in this area.
    pub fn has(&self, area: usize, point: Point) -> bool {
        self.areas.get(area).is_some_and(|(bounds, reach)| bounds.contains(point) && reach.contains(point))
    }

    pub fn bytes(&self) -> usize {
        let entries: usize = self.cells.values().map(|them| 64 + size_of_val(them.as_slice())).sum();
        let areas: usize = self.areas.iter().map(|(_, reach)| size_of::<BoundingBox>() + reach.bytes()).sum();
        entries + areas
    }
}

/// The cells that a box touches: at this level it is no larger than one of them, so that the cells of its
/// corners are all.
fn cells_of(bounds: &BoundingBox) -> Vec<Cell> {
    let mut cells: Vec<Cell> = bounds.parts().flat_map(|part| corners(&part)).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

fn corners(part: &BoundingBox) -> Vec<Cell> {
    let fits = |level: &u8| {
        FULL_TURN_E7 >> level >= part.width_e7() && (FULL_TURN_E7 / 2) >> level >= part.height_e7()
    };
    let level = (0..=LEVEL_MAX).rev().find(fits).unwrap_or_default();
    let corner = |lat, long| Point::from_e7(lat, long).ok().map(|point| Cell::of(point).at_level(level));
    let (south, north) = (part.south_e7(), part.north_e7());
    let all =
        [(south, part.west_e7()), (south, part.east_e7()), (north, part.west_e7()), (north, part.east_e7())];
    all.into_iter().filter_map(|(lat, long)| corner(lat, long)).collect()
}

const FULL_TURN_E7: i64 = 3_600_000_000;
