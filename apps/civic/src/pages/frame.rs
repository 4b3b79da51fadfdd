//! A part of the map as the pages show it: a centre and a zoom, in whole steps of the tiles' own grid,
//! so that a click on the picture is a place.

use geo::{Point, Spot};

use super::limits::{MAP, ZOOM_MAX, ZOOM_MIN};

const GRID_BITS: u32 = 31;
const TILE_DOTS_BITS: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub centre: Point,
    pub zoom: u8,
}

impl Frame {
    pub fn new(centre: Point, zoom: u8) -> Self {
        Self { centre, zoom: zoom.clamp(ZOOM_MIN, ZOOM_MAX) }
    }

    /// `lat,long` in degrees and a zoom, as they stand in a link or a form.
    pub fn read(at: Option<&str>, zoom: Option<&str>) -> Option<Self> {
        let centre = Point::parse("at", at?).ok()?;
        Some(Self::new(centre, zoom.and_then(|zoom| zoom.parse().ok()).unwrap_or(ZOOM_MAX - 5)))
    }

    /// The closest that shows all of these.
    pub fn around(places: &[Point]) -> Option<Self> {
        let spots: Vec<Spot> = places.iter().map(|place| Spot::of(*place)).collect();
        let (west, east) = (spots.iter().map(|it| it.x).min()?, spots.iter().map(|it| it.x).max()?);
        let (north, south) = (spots.iter().map(|it| it.y).min()?, spots.iter().map(|it| it.y).max()?);
        let centre = Spot { x: west + (east - west) / 2, y: north + (south - north) / 2 }.point();
        let fits = |zoom: &u8| {
            let frame = Self::new(centre, *zoom);
            let (across, down) = (frame.columns(MAP.0), frame.columns(MAP.1));
            i64::from(east - west) * 10 <= across * 9 && i64::from(south - north) * 10 <= down * 9
        };
        let zoom = (ZOOM_MIN..=15).rev().find(fits).unwrap_or(ZOOM_MIN);
        Some(Self::new(centre, zoom))
    }

    /// Columns of the deepest zoom that so many dots are wide.
    fn columns(&self, dots: u32) -> i64 {
        i64::from(dots) << (GRID_BITS - TILE_DOTS_BITS - u32::from(self.zoom))
    }

    /// The place so many dots east and south of the centre.
    fn off(&self, east: i64, south: i64) -> Point {
        let dot = self.columns(1);
        let (centre, whole) = (Spot::of(self.centre), 1_i64 << GRID_BITS);
        let x = (i64::from(centre.x) + east * dot).rem_euclid(whole);
        let y = (i64::from(centre.y) + south * dot).clamp(0, whole - 1);
        Spot { x: x as u32, y: y as u32 }.point()
    }

    /// The place under a dot of a picture of this size, counted from its north-western corner.
    pub fn place(&self, (width, height): (u32, u32), (x, y): (i64, i64)) -> Point {
        let (x, y) = (x.clamp(0, i64::from(width)), y.clamp(0, i64::from(height)));
        self.off(x - i64::from(width / 2), y - i64::from(height / 2))
    }

    /// `west,south,east,north` of a picture of this size, as its endpoint takes it.
    pub fn bbox(&self, size: (u32, u32)) -> String {
        let north_west = self.place(size, (0, 0));
        let south_east = self.place(size, (size.0.into(), size.1.into()));
        let parts = [north_west.long_e7(), south_east.lat_e7(), south_east.long_e7(), north_west.lat_e7()];
        parts.map(degrees).join(",")
    }

    pub fn moved(&self, how: &str) -> Option<Self> {
        let (width, height) = (i64::from(MAP.0) / 2, i64::from(MAP.1) / 2);
        let at = |east, south| Some(Self::new(self.off(east, south), self.zoom));
        match how {
            "in" => Some(Self::new(self.centre, self.zoom + 1)),
            "out" => Some(Self::new(self.centre, self.zoom.saturating_sub(1))),
            "north" => at(0, -height),
            "south" => at(0, height),
            "west" => at(-width, 0),
            "east" => at(width, 0),
            _ => None,
        }
    }

    pub fn at(&self) -> String {
        text(self.centre)
    }
}

/// `lat,long`.
pub fn text(place: Point) -> String {
    format!("{},{}", degrees(place.lat_e7()), degrees(place.long_e7()))
}

pub fn degrees(e7: i32) -> String {
    let sign = if e7 < 0 { "-" } else { "" };
    format!("{sign}{}.{:07}", e7.unsigned_abs() / 10_000_000, e7.unsigned_abs() % 10_000_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_click_in_the_middle_is_the_centre(lat in -840_000_000..840_000_000, long in -1_790_000_000..1_790_000_000, zoom in 2_u8..=18) {
            let centre = Point::from_e7(lat, long).unwrap();
            let frame = Frame::new(centre, zoom);
            let found = frame.place(MAP, (i64::from(MAP.0 / 2), i64::from(MAP.1 / 2)));
            prop_assert!(found.distance_m(centre) < 0.1);
        }

        #[test]
        fn what_lies_around_is_shown(places in prop::collection::vec((-800_000_000..800_000_000, -1_700_000_000..1_700_000_000), 1..9)) {
            let places: Vec<Point> = places.into_iter().map(|(lat, long)| Point::from_e7(lat, long).unwrap()).collect();
            let frame = Frame::around(&places).unwrap();
            if frame.zoom > ZOOM_MIN {
                let bbox = geo::BoundingBox::parse("bbox", &frame.bbox(MAP)).unwrap();
                prop_assert!(places.iter().all(|place| bbox.contains(*place)));
            }
        }
    }

    #[test]
    fn clicks_go_the_way_they_look() {
        let frame = Frame::new(Point::from_e7(423_600_000, -710_600_000).unwrap(), 14);
        let (west, east) = (frame.place(MAP, (0, 240)), frame.place(MAP, (640, 240)));
        let (north, south) = (frame.place(MAP, (320, 0)), frame.place(MAP, (320, 480)));
        assert!(west.long_e7() < frame.centre.long_e7() && frame.centre.long_e7() < east.long_e7());
        assert!(south.lat_e7() < frame.centre.lat_e7() && frame.centre.lat_e7() < north.lat_e7());
        assert_eq!(frame.moved("in").unwrap().zoom, 15);
        assert!(frame.moved("north").unwrap().centre.lat_e7() > frame.centre.lat_e7());
        assert_eq!(frame.moved("up"), None);
        assert_eq!(degrees(-5), "-0.0000005");
    }
}
