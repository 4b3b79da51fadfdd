//! A map without anybody else's pictures: who stands where, drawn into a box of dots. The script moves what
//! moves by the same numbers.

use geo::Point;

use super::limits::{MAP, MAP_DEGREES_MIN, MAP_EDGE};

/// Where degrees fall on the drawing: `x = (long - west) * across`, `y = (north - lat) * down`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub west: f64,
    pub north: f64,
    pub across: f64,
    pub down: f64,
    /// `west,south,east,north` of all that it shows.
    pub bbox: String,
}

fn degrees(point: Point) -> (f64, f64) {
    (f64::from(point.lat_e7()) / 1e7, f64::from(point.long_e7()) / 1e7)
}

impl Plan {
    /// All of these, with an edge around. None where there is nothing to show.
    pub fn around(points: &[Point]) -> Option<Self> {
        let first = degrees(*points.first()?);
        let (mut south, mut west, mut north, mut east) = (first.0, first.1, first.0, first.1);
        for (lat, long) in points.iter().map(|point| degrees(*point)) {
            (south, north) = (south.min(lat), north.max(lat));
            (west, east) = (west.min(long), east.max(long));
        }
        // A degree to the east is shorter the further one is from the equator.
        let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.1);
        let (width, height) = (MAP.0 - 2.0 * MAP_EDGE, MAP.1 - 2.0 * MAP_EDGE);
        let high = (north - south).max(MAP_DEGREES_MIN);
        let wide = ((east - west) * squeeze).max(MAP_DEGREES_MIN);
        let down = (height / high).min(width / wide);
        let across = down * squeeze;
        let (middle_lat, middle_long) = ((south + north) / 2.0, (west + east) / 2.0);
        let (north, west) = (middle_lat + MAP.1 / 2.0 / down, middle_long - MAP.0 / 2.0 / across);
        let (south, east) = (middle_lat - MAP.1 / 2.0 / down, middle_long + MAP.0 / 2.0 / across);
        let bbox = format!(
            "{:.6},{:.6},{:.6},{:.6}",
            west.max(-180.0),
            south.max(-90.0),
            east.min(180.0),
            north.min(90.0)
        );
        Some(Self { west, north, across, down, bbox })
    }

    pub fn x(&self, point: &Point) -> String {
        format!("{:.1}", (degrees(*point).1 - self.west) * self.across)
    }

    pub fn y(&self, point: &Point) -> String {
        format!("{:.1}", (self.north - degrees(*point).0) * self.down)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_stand_within_the_edge(points in prop::collection::vec((-800_000_000..800_000_000, -1_700_000_000..1_700_000_000), 1..9)) {
            let points: Vec<Point> = points.into_iter().map(|(lat, long)| Point::from_e7(lat, long).unwrap()).collect();
            let plan = Plan::around(&points).unwrap();
            for point in &points {
                let (x, y): (f64, f64) = (plan.x(point).parse().unwrap(), plan.y(point).parse().unwrap());
                prop_assert!((MAP_EDGE - 1.0..=MAP.0 - MAP_EDGE + 1.0).contains(&x), "{x}");
                prop_assert!((MAP_EDGE - 1.0..=MAP.1 - MAP_EDGE + 1.0).contains(&y), "{y}");
            }
            prop_assert!(geo::BoundingBox::parse("bbox", &plan.bbox).is_ok(), "{}", plan.bbox);
        }
    }

    #[test]
    fn north_is_up_and_east_is_right() {
        let at = |lat, long| Point::from_e7(lat, long).unwrap();
        let (south_west, north_east) = (at(-262_100_000, 280_400_000), at(-262_000_000, 280_500_000));
        let plan = Plan::around(&[south_west, north_east]).unwrap();
        let number = |text: String| text.parse::<f64>().unwrap();
        assert!(number(plan.x(&south_west)) < number(plan.x(&north_east)));
        assert!(number(plan.y(&north_east)) < number(plan.y(&south_west)));
        assert_eq!(Plan::around(&[]), None);
    }
}
