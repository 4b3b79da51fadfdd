//! Shapes on the map: polygons with holes, and several of them as one.
//!
//! Everything is whole numbers, so that the answer for a point is exact. A point on an edge is
//! counted as if it lay a hair to the east and half a hair to the north: the lower and the left edge of
//! a shape belong to it, the upper and the right one do not. Of shapes that adjoin, exactly one has
//! any point of their common border.

mod bands;
mod index;
mod pack;
mod ring;

use serde_json::{Value, json};

use crate::bbox::BoundingBox;
use crate::limits::{POLYGONS_PER_SHAPE_MAX, RINGS_PER_POLYGON_MAX};
use crate::point::{LAT_MAX_E7, LONG_MAX_E7, Point};

pub use index::ShapeIndex;
pub use pack::Broken;
pub(crate) use ring::Position;
use ring::{Ring, TURN_E7, Vertex};

/// One polygon or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    polygons: Vec<Polygon>,
}

/// Its vertices are counted from its south-west corner, so that one that crosses the antimeridian is
/// like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Polygon {
    /// From -180° up to, but not including, 180°.
    pub west_e7: i32,
    pub south_e7: i32,
    pub width: u32,
    pub height: u32,
    /// The first is the outer one. None repeats its first vertex at the end.
    pub rings: Vec<Vec<Vertex>>,
}

/// What is wrong with a shape, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misshapen {
    pub polygon: usize,
    pub ring: usize,
    pub trouble: Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No polygon, or a polygon without a ring.
    Empty,
    TooMany,
    /// The last position is not the first one again.
    NotClosed,
    /// Fewer than three different corners, or all of them in a line.
    Flat,
    /// It goes around a pole, or further than around the earth.
    AroundThePole,
    /// A hole that reaches out of its polygon.
    HoleOutside,
}

impl Trouble {
    pub fn code(self) -> &'static str {
        match self {
            Trouble::Empty => "empty",
            Trouble::TooMany => "too_many",
            Trouble::NotClosed => "not_closed",
            Trouble::Flat => "flat",
            Trouble::AroundThePole => "around_the_pole",
            Trouble::HoleOutside => "hole_outside",
        }
    }

    pub fn message(self) -> &'static str {
        match self {
            Trouble::Empty => "there is nothing in it",
            Trouble::TooMany => "it has too many parts",
            Trouble::NotClosed => "the last position is not the first one again",
            Trouble::Flat => "it needs three corners that do not lie in a line",
            Trouble::AroundThePole => "it goes around a pole, or further than around the earth",
            Trouble::HoleOutside => "this hole reaches out of its polygon",
        }
    }
}

impl Shape {
    /// Of rings as GeoJSON has them: the first of each polygon is the outer one, the others are
    /// holes, each ends where it began. They may turn either way and repeat points.
    pub fn new(polygons: &[Vec<Vec<Point>>]) -> Result<Self, Vec<Misshapen>> {
        let position = |point: &Point| (i64::from(point.long_e7()), point.lat_e7());
        let ring = |ring: &Vec<Point>| ring.iter().map(position).collect();
        Self::of(polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect())
    }

    pub(crate) fn of(polygons: Vec<Vec<Vec<Position>>>) -> Result<Self, Vec<Misshapen>> {
        let whole = |trouble| vec![Misshapen { polygon: 0, ring: 0, trouble }];
        if polygons.is_empty() {
            return Err(whole(Trouble::Empty));
        }
        if polygons.len() > POLYGONS_PER_SHAPE_MAX {
            return Err(whole(Trouble::TooMany));
        }
        let (mut made, mut faults) = (Vec::with_capacity(polygons.len()), Vec::new());
        for (place, rings) in polygons.into_iter().enumerate() {
            match Polygon::of(rings) {
                Ok(polygon) => made.push(polygon),
                Err(found) => {
                    let at =
                        found.into_iter().map(|(ring, trouble)| Misshapen { polygon: place, ring, trouble });
                    faults.extend(at);
                }
            }
        }
        if faults.is_empty() { Ok(Self { polygons: made }) } else { Err(faults) }
    }

    /// Looks at every edge; for many questions there is [`ShapeIndex`].
    pub fn contains(&self, point: Point) -> bool {
        self.polygons.iter().any(|polygon| polygon.contains(point))
    }

    /// The smallest box that holds it; the shorter way around the earth.
    pub fn bounds(&self) -> BoundingBox {
        let (west, width) = around(self.polygons.iter().map(|polygon| (polygon.west_e7, polygon.width)));
        let south = self.polygons.iter().map(|polygon| polygon.south_e7).min().unwrap_or(-LAT_MAX_E7);
        let north = self.polygons.iter().map(|polygon| polygon.south_e7 + polygon.height as i32).max();
        let east = i64::from(west) + i64::from(width);
        let east = if east > i64::from(LONG_MAX_E7) { east - TURN_E7 } else { east };
        if i64::from(width) == TURN_E7 {
            return corners((-LONG_MAX_E7, south), (LONG_MAX_E7, north.unwrap_or(LAT_MAX_E7)));
        }
        corners((west, south), (east as i32, north.unwrap_or(LAT_MAX_E7)))
    }

    pub fn vertices(&self) -> usize {
        self.polygons.iter().flat_map(|polygon| &polygon.rings).map(Vec::len).sum()
    }

    /// The edges of its polygons and their holes, as points of the earth.
    pub fn rings(&self) -> impl Iterator<Item = Vec<Point>> {
        self.polygons.iter().flat_map(|polygon| {
            polygon.rings.iter().map(|ring| ring.iter().filter_map(|at| polygon.point(*at)).collect())
        })
    }

    /// As GeoJSON. Where it crosses the antimeridian, longitudes go on beyond 180°.
    pub fn to_geojson(&self) -> Value {
        let degrees = |e7: i64| e7 as f64 / 1e7;
        let polygon = |polygon: &Polygon| {
            let position = |&(x, y): &Vertex| {
                let long = i64::from(polygon.west_e7) + i64::from(x);
                json!([degrees(long), degrees(i64::from(polygon.south_e7) + i64::from(y))])
            };
            let ring = |ring: &Vec<Vertex>| ring.iter().chain(ring.first()).map(position).collect::<Value>();
            polygon.rings.iter().map(ring).collect::<Value>()
        };
        match self.polygons.as_slice() {
            [only] => json!({ "type": "Polygon", "coordinates": polygon(only) }),
            many => {
                json!({ "type": "MultiPolygon", "coordinates": many.iter().map(polygon).collect::<Value>() })
            }
        }
    }

    /// A few bytes for each vertex.
    pub fn to_bytes(&self) -> Vec<u8> {
        pack::pack(&self.polygons)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Broken> {
        Ok(Self { polygons: pack::unpack(bytes)? })
    }
}

impl Polygon {
    fn of(rings: Vec<Vec<Position>>) -> Result<Self, Vec<(usize, Trouble)>> {
        if rings.is_empty() {
            return Err(vec![(0, Trouble::Empty)]);
        }
        if rings.len() > RINGS_PER_POLYGON_MAX {
            return Err(vec![(0, Trouble::TooMany)]);
        }
        let (mut made, mut faults) = (Vec::with_capacity(rings.len()), Vec::new());
        for (place, positions) in rings.into_iter().enumerate() {
            match Ring::of(&positions) {
                Ok(ring) => made.push((place, ring)),
                Err(trouble) => faults.push((place, trouble)),
            }
        }
        let mut made = made.into_iter();
        let Some((0, outer)) = made.next() else { return Err(faults) };
        let mut polygon = Self {
            west_e7: outer.west_e7(),
            south_e7: outer.south as i32,
            width: outer.width() as u32,
            height: outer.height() as u32,
            rings: vec![outer.vertices(outer.west, outer.south)],
        };
        for (place, hole) in made {
            let west = outer.west + (hole.west - outer.west).rem_euclid(TURN_E7);
            let fits = west + hole.width() <= outer.west + outer.width()
                && hole.south >= outer.south
                && hole.south + hole.height() <= outer.south + outer.height();
            if fits {
                polygon.rings.push(hole.vertices(hole.west - (west - outer.west), outer.south));
            } else {
                faults.push((place, Trouble::HoleOutside));
            }
        }
        if faults.is_empty() { Ok(polygon) } else { Err(faults) }
    }

    fn contains(&self, point: Point) -> bool {
        let Some(at) = self.local(point) else { return false };
        let mut inside = false;
        for ring in &self.rings {
            for (from, to) in ring::edges(ring) {
                inside ^= ring::is_left_of(at, from, to);
            }
        }
        inside
    }

    /// The point that is counted from its corner so.
    fn point(&self, (x, y): Vertex) -> Option<Point> {
        let long = i64::from(self.west_e7) + i64::from(x);
        let long = if long > i64::from(LONG_MAX_E7) { long - TURN_E7 } else { long };
        Point::from_e7((i64::from(self.south_e7) + i64::from(y)) as i32, long as i32).ok()
    }

    /// Where a point is, counted from its corner; nothing if it is outside its box.
    fn local(&self, point: Point) -> Option<Vertex> {
        let x = (i64::from(point.long_e7()) - i64::from(self.west_e7)).rem_euclid(TURN_E7);
        // The pole would belong to nobody: it is the upper edge of everything.
        let lat = point.lat_e7().min(LAT_MAX_E7 - 1);
        let y = i64::from(lat) - i64::from(self.south_e7);
        let inside = x <= i64::from(self.width) && (0..=i64::from(self.height)).contains(&y);
        inside.then_some((x as u32, y as u32))
    }
}

fn corners((west, south): (i32, i32), (east, north): (i32, i32)) -> BoundingBox {
    Point::from_e7(south, west)
        .and_then(|south_west| BoundingBox::new(south_west, Point::from_e7(north, east)?))
        .unwrap_or(BoundingBox::WORLD)
}

/// The shortest arc that holds all of these, each given by its west end and its width.
pub(crate) fn around(arcs: impl Iterator<Item = (i32, u32)>) -> (i32, u32) {
    let mut arcs: Vec<(i64, i64)> =
        arcs.map(|(west, width)| (west.into(), i64::from(west) + i64::from(width))).collect();
    arcs.sort_unstable();
    let (Some(&(first, _)), Some(furthest)) = (arcs.first(), arcs.iter().map(|arc| arc.1).max()) else {
        return (-LONG_MAX_E7, TURN_E7 as u32);
    };
    // The gap before the first one, over the antimeridian, and then those between.
    let (mut widest, mut west, mut reached) = (first + TURN_E7 - furthest, first, i64::MIN);
    for &(from, to) in &arcs {
        // An arc over the antimeridian covers what lies at the beginning, too.
        let reached_before = reached.max(furthest - TURN_E7);
        if reached != i64::MIN && from - reached_before > widest {
            (widest, west) = (from - reached_before, from);
        }
        reached = reached.max(to);
    }
    if widest <= 0 { (-LONG_MAX_E7, TURN_E7 as u32) } else { (west as i32, (TURN_E7 - widest) as u32) }
}

#[cfg(test)]
mod tests;
