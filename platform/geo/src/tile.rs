//! Web-Mercator tiles: the squares that maps on the web are made of, in whole numbers.
//!
//! Zoom 0 is one tile of the whole world; each tile has four children. Rows count from the north.
//! What lies beyond 85.05 degrees belongs to the outermost row, and the antimeridian to the last
//! column, so that every point of the earth lies in exactly one tile of each zoom.

use std::f64::consts::PI;

use crate::bbox::BoundingBox;
use crate::cell::{Cell, LEVEL_MAX, interleave};
use crate::point::{LONG_MAX_E7, Point};

/// The deepest zoom: 2³¹ columns and rows.
pub const ZOOM_MAX: u8 = 31;

const COLUMNS: u64 = 1 << ZOOM_MAX;
const LONG_SPAN_E7: u64 = 2 * LONG_MAX_E7 as u64;

/// A place as column and row of the deepest zoom.
///
/// The row takes a sine and a logarithm, whose last bit differs between machines. That moves nothing
/// from one counted cell to another: down to zoom 16 no edge of a cell but the equator comes so near
/// to a whole ten-millionth of a degree, and the equator is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spot {
    pub x: u32,
    pub y: u32,
}

impl Spot {
    pub fn of(point: Point) -> Self {
        let east = (i64::from(point.long_e7()) + i64::from(LONG_MAX_E7)) as u64;
        let x = ((east << ZOOM_MAX) / LONG_SPAN_E7).min(COLUMNS - 1) as u32;
        let sine = point.lat().to_radians().sin();
        let south = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI);
        let y = (south * COLUMNS as f64).clamp(0.0, (COLUMNS - 1) as f64) as u32;
        Self { x, y }
    }

    /// The point of the earth at its north-western corner.
    pub fn point(self) -> Point {
        corner(u64::from(self.x), u64::from(self.y))
    }
}

/// A square of the map at a zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    zoom: u8,
    x: u32,
    y: u32,
}

impl Tile {
    pub const WORLD: Self = Self { zoom: 0, x: 0, y: 0 };

    pub fn new(zoom: u8, x: u32, y: u32) -> Option<Self> {
        let side = 1_u64 << zoom.min(ZOOM_MAX);
        let inside = zoom <= ZOOM_MAX && u64::from(x) < side && u64::from(y) < side;
        inside.then_some(Self { zoom, x, y })
    }

    pub fn of(spot: Spot, zoom: u8) -> Self {
        let zoom = zoom.min(ZOOM_MAX);
        Self { zoom, x: spot.x >> (ZOOM_MAX - zoom), y: spot.y >> (ZOOM_MAX - zoom) }
    }

    /// The tile of a zoom with this code.
    pub fn from_code(zoom: u8, code: i64) -> Option<Self> {
        // Cells are numbered alike, though they halve degrees and not the map.
        let (x, y) = Cell::new(zoom.min(LEVEL_MAX), code)?.column_and_row();
        Self::new(zoom, x, y)
    }

    pub fn zoom(self) -> u8 {
        self.zoom
    }

    pub fn x(self) -> u32 {
        self.x
    }

    pub fn y(self) -> u32 {
        self.y
    }

    /// Its number among the tiles of its zoom; near tiles have near numbers.
    pub fn code(self) -> i64 {
        interleave(self.x, self.y)
    }

    /// First and last code of the tiles of a deeper zoom that lie in it.
    pub fn codes_at(self, zoom: u8) -> (i64, i64) {
        let shift = 2 * zoom.clamp(self.zoom, ZOOM_MAX).saturating_sub(self.zoom);
        (self.code() << shift, ((self.code() + 1) << shift) - 1)
    }

    /// North-west, north-east, south-west, south-east; none at the deepest zoom.
    pub fn children(self) -> Option<[Self; 4]> {
        let child = |x: u32, y: u32| Self { zoom: self.zoom + 1, x: self.x << 1 | x, y: self.y << 1 | y };
        (self.zoom < ZOOM_MAX).then(|| [child(0, 0), child(1, 0), child(0, 1), child(1, 1)])
    }

    pub fn contains(self, spot: Spot) -> bool {
        Self::of(spot, self.zoom) == self
    }

    /// Column and row of its north-western corner at the deepest zoom.
    pub fn corner(self) -> Spot {
        let shift = ZOOM_MAX - self.zoom;
        Spot { x: self.x << shift, y: self.y << shift }
    }

    /// Where a spot lies in it, in units of which it has `extent` a side; outside of it the answer is
    /// below zero or not below `extent`.
    pub fn place(self, spot: Spot, extent: u32) -> (i32, i32) {
        let (corner, side) = (self.corner(), 1_i64 << (ZOOM_MAX - self.zoom));
        let along = |at: u32, from: u32| {
            let units = (i64::from(at) - i64::from(from)) * i64::from(extent);
            units.div_euclid(side).clamp(i32::MIN.into(), i32::MAX.into()) as i32
        };
        (along(spot.x, corner.x), along(spot.y, corner.y))
    }

    /// A box of degrees that holds every point of it. Those of the outermost rows reach to the pole.
    pub fn bounds(self) -> BoundingBox {
        let side = 1_u64 << (ZOOM_MAX - self.zoom);
        let (x, y) = (u64::from(self.corner().x), u64::from(self.corner().y));
        let (north_west, south_east) = (corner(x, y), corner(x + side, y + side));
        let pole = |lat: i32, is_outermost: bool, pole_e7: i32| if is_outermost { pole_e7 } else { lat };
        // One ten-millionth more on each side, for what the arithmetic rounds away.
        let north = pole(north_west.lat_e7() + 1, y == 0, 900_000_000);
        let south = pole(south_east.lat_e7() - 1, y + side == COLUMNS, -900_000_000);
        let west = (north_west.long_e7() - 1).max(-LONG_MAX_E7);
        let east = (south_east.long_e7() + 1).min(LONG_MAX_E7);
        let at = |lat: i32, long: i32| Point::from_e7(lat, long);
        at(south, west)
            .and_then(|south_west| BoundingBox::new(south_west, at(north, east)?))
            .unwrap_or(BoundingBox::WORLD)
    }
}

fn corner(x: u64, y: u64) -> Point {
    let long_e7 = (x * LONG_SPAN_E7 / COLUMNS) as i64 - i64::from(LONG_MAX_E7);
    let north = PI * (1.0 - 2.0 * y as f64 / COLUMNS as f64);
    let lat_e7 = (north.sinh().atan().to_degrees() * 1e7).round() as i32;
    Point::from_e7(lat_e7, long_e7 as i32)
        .unwrap_or_else(|_| unreachable!("every corner of the map is on the globe"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::tests::point;
    use proptest::prelude::*;

    fn at(lat: f64, long: f64) -> Spot {
        Spot::of(Point::from_degrees(lat, long).unwrap())
    }

    proptest! {
        #[test]
        fn a_point_lies_in_one_tile_of_each_zoom(point in point(), zoom in 0u8..ZOOM_MAX) {
            let spot = Spot::of(point);
            let tile = Tile::of(spot, zoom);
            prop_assert!(tile.contains(spot) && tile.bounds().contains(point));
            let children = tile.children().unwrap();
            prop_assert_eq!(children.iter().filter(|child| child.contains(spot)).count(), 1);
            let (first, last) = tile.codes_at(zoom + 1);
            prop_assert!(children.iter().all(|child| (first..=last).contains(&child.code())));
            prop_assert_eq!(last - first, 3);
            let (x, y) = tile.place(spot, 4096);
            prop_assert!((0..4096).contains(&x) && (0..4096).contains(&y));
            prop_assert_eq!(Tile::from_code(zoom, tile.code()), Some(tile));
        }

        #[test]
        fn a_spot_gives_its_point_back(lat in -850_000_000..850_000_000, long in -1_800_000_000..1_799_999_990) {
            let back = Spot::of(Point::from_e7(lat, long).unwrap()).point();
            prop_assert!((back.lat_e7() - lat).abs() <= 3 && (back.long_e7() - long).abs() <= 3);
        }
    }

    #[test]
    fn known_tiles() {
        let tile = |lat, long, zoom| {
            let tile = Tile::of(at(lat, long), zoom);
            (tile.x(), tile.y())
        };
        assert_eq!(tile(42.3601, -71.0589, 12), (1239, 1514));
        assert_eq!(tile(-33.9249, 18.4241, 10), (564, 614));
        assert_eq!(tile(0.0, 0.0, 1), (1, 1));
        assert_eq!(tile(90.0, -180.0, 31), (0, 0));
        assert_eq!(tile(-90.0, 180.0, 31), (u32::MAX >> 1, u32::MAX >> 1));
        assert_eq!(Tile::new(3, 8, 0), None);
        assert_eq!(Tile::new(32, 0, 0), None);
    }

    /// What makes the counters the same on every machine.
    #[test]
    fn no_edge_of_a_counted_row_is_near_a_kept_latitude() {
        let rows = 1_u32 << 16;
        for row in (1..rows).filter(|row| *row != rows / 2) {
            let north = PI * (1.0 - 2.0 * f64::from(row) / f64::from(rows));
            let lat_e7 = north.sinh().atan().to_degrees() * 1e7;
            // Twice what the last bits of a sine and a logarithm amount to, so far from the poles.
            assert!((lat_e7 - lat_e7.round()).abs() > 5e-7, "row {row}");
        }
    }
}
