//! The map as a picture that the server draws, for readers whose browser runs no scripts: outlines of
//! areas where they are known, and a circle for each cell or request. Nothing in it is loaded from
//! anywhere else.

use std::fmt::Write;

use geo::{BoundingBox, Point, Spot, Tile};

use super::outline;
use crate::area::Outline;

/// A circle on the picture; more than one request has its number written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub spot: Spot,
    pub requests: i64,
    /// Something is still to be done.
    pub is_open: bool,
}

/// A part of the map and how large it is drawn. The picture keeps the map's own proportions.
#[derive(Debug, Clone, Copy)]
pub struct View {
    west: u32,
    north: u32,
    /// Columns and rows of the deepest zoom that the picture shows; the columns go on past the
    /// antimeridian.
    across: u32,
    down: u32,
    width: u32,
    height: u32,
}

/// Columns of the deepest zoom that one tile of 256 dots spans, as bits: a picture is as close to the
/// ground as the tiles that would fill it.
const TILE_DOTS_BITS: u32 = 8;
const GRID: u32 = 1 << 31;

impl View {
    pub fn new(bbox: &BoundingBox, width: u32) -> Self {
        let spot = |lat, long| {
            Spot::of(Point::from_e7(lat, long).unwrap_or_else(|_| unreachable!("a box's corner")))
        };
        let north_west = spot(bbox.north_e7(), bbox.west_e7());
        let south_east = spot(bbox.south_e7(), bbox.east_e7());
        let across = ((south_east.x.wrapping_sub(north_west.x)) & (GRID - 1)).max(1);
        let down = (south_east.y - north_west.y).max(1);
        let height = (u64::from(width) * u64::from(down) / u64::from(across)).clamp(1, 2 * u64::from(width));
        Self { west: north_west.x, north: north_west.y, across, down, width, height: height as u32 }
    }

    pub fn zoom(&self) -> u8 {
        let tiles = (u64::from(GRID) * u64::from(self.width) / u64::from(self.across)) >> TILE_DOTS_BITS;
        tiles.max(1).ilog2().min(31) as u8
    }

    /// A tile, as if it were drawn.
    pub fn of_tile(tile: Tile, extent: u32) -> Self {
        let (Spot { x, y }, side) = (tile.corner(), GRID >> tile.zoom());
        Self { west: x, north: y, across: side, down: side, width: extent, height: extent }
    }

    pub fn size(&self) -> (i64, i64) {
        (self.width.into(), self.height.into())
    }

    fn dots(&self, spot: Spot) -> (i64, i64) {
        self.scaled(self.column(spot), spot)
    }

    /// The dots of a ring, each as near to the one before as they are on the earth.
    pub fn trace(&self, ring: &[Spot]) -> Vec<(i64, i64)> {
        let Some(&first) = ring.first() else { return Vec::new() };
        let (mut before, mut column) = (first, self.column(first));
        let trace = ring.iter().map(|&spot| {
            let east = spot.x.wrapping_sub(before.x) & (GRID - 1);
            column += if east > GRID / 2 { i64::from(east) - i64::from(GRID) } else { i64::from(east) };
            before = spot;
            self.scaled(column, spot)
        });
        trace.collect()
    }

    /// Counted from the picture's western edge. What lies west of it would otherwise come in again from
    /// the far east.
    fn column(&self, spot: Spot) -> i64 {
        let east = spot.x.wrapping_sub(self.west) & (GRID - 1);
        let beyond = self.across / 2 + GRID / 2;
        if east > beyond { i64::from(east) - i64::from(GRID) } else { i64::from(east) }
    }

    fn scaled(&self, column: i64, spot: Spot) -> (i64, i64) {
        let row = i64::from(spot.y) - i64::from(self.north);
        (
            column * i64::from(self.width) / i64::from(self.across),
            row * i64::from(self.height) / i64::from(self.down),
        )
    }
}

const STYLE: &str = "svg{background:#f4f1ea}path{fill:#fff;stroke:#8a8578;stroke-width:1}\
circle{stroke:#fff;stroke-width:1}.o{fill:#a4262c}.d{fill:#2b6a4d}\
text{fill:#fff;font:bold 11px sans-serif;text-anchor:middle}";

pub fn draw(view: &View, title: &str, outlines: &[&Outline], marks: &[Mark]) -> String {
    let (width, height) = (view.width, view.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>",
        escaped(title)
    );
    for outline in outlines {
        let path: String = outline.rings.iter().map(|ring| outline::path(view, ring)).collect();
        if path.is_empty() {
            continue;
        }
        let _ = write!(
            svg,
            "<path fill-rule=\"evenodd\" d=\"{path}\"><title>{}</title></path>",
            escaped(&outline.name)
        );
    }
    let mut marks = marks.to_vec();
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.requests));
    for mark in marks {
        let (x, y) = view.dots(mark.spot);
        let class = if mark.is_open { "o" } else { "d" };
        let _ =
            write!(svg, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>", radius(mark.requests));
        if mark.requests > 1 {
            let _ = write!(svg, "<text x=\"{x}\" y=\"{}\">{}</text>", y + 4, short(mark.requests));
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Wide enough for its number, and a little wider for each time that it is twice as many.
fn radius(requests: i64) -> u32 {
    if requests <= 1 { 5 } else { 10 + requests.ilog2() }
}

/// A number that fits into a circle.
fn short(requests: i64) -> String {
    match requests {
        ..1_000 => requests.to_string(),
        1_000..10_000 => format!("{}.{}k", requests / 1_000, requests % 1_000 / 100),
        10_000..1_000_000 => format!("{}k", requests / 1_000),
        _ => format!("{}M", requests / 1_000_000),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Shape;

    fn at(lat: f64, long: f64) -> Point {
        Point::from_degrees(lat, long).unwrap()
    }

    #[test]
    fn marks_lie_where_they_belong_also_across_the_antimeridian() {
        let view = View::new(&BoundingBox::new(at(-10.0, 170.0), at(10.0, -170.0)).unwrap(), 600);
        assert_eq!(view.dots(Spot::of(at(0.0, 170.0))).0, 0);
        assert_eq!(view.dots(Spot::of(at(0.0, -180.0))), (300, view.height as i64 / 2));
        assert!((598..=600).contains(&view.dots(Spot::of(at(0.0, -170.0))).0));
        assert!(view.dots(Spot::of(at(0.0, 169.0))).0 < 0);
        assert_eq!(view.zoom(), 5);
    }

    #[test]
    fn whatever_is_written_is_escaped() {
        let view = View::new(&BoundingBox::WORLD, 512);
        let ring = vec![at(0.0, 0.0), at(0.0, 10.0), at(10.0, 10.0), at(0.0, 0.0)];
        let outline = Outline::of("<script>&\"'", &Shape::new(&[vec![ring]]).unwrap());
        let marks = [Mark { spot: Spot::of(at(0.0, 0.0)), requests: 1_234, is_open: true }];
        let svg = draw(&view, "a<b", &[&outline], &marks);
        assert!(svg.contains("&lt;script&gt;&amp;&quot;&#39;") && svg.contains("<title>a&lt;b</title>"));
        assert!(svg.contains(">1.2k</text>") && svg.contains("cx=\"256\" cy=\"256\""), "{svg}");
    }
}
