//! Boxes on the map, as `west,south,east,north`.

use std::fmt;

use kernel::Fault;

use crate::limits::BOX_TEXT_BYTES_MAX;
use crate::point::{LAT_MAX_E7, LONG_MAX_E7, OutOfRange, Point, e7, metres_to_e7};

/// Its edges belong to it. Where west lies east of east it crosses the antimeridian, as a box
/// around Fiji does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoundingBox {
    west_e7: i32,
    south_e7: i32,
    east_e7: i32,
    north_e7: i32,
}

const FULL_TURN_E7: i64 = 2 * LONG_MAX_E7 as i64;

impl BoundingBox {
    pub const WORLD: Self =
        Self { west_e7: -LONG_MAX_E7, south_e7: -LAT_MAX_E7, east_e7: LONG_MAX_E7, north_e7: LAT_MAX_E7 };

    pub fn new(south_west: Point, north_east: Point) -> Result<Self, OutOfRange> {
        if south_west.lat_e7() > north_east.lat_e7() {
            return Err(OutOfRange);
        }
        Ok(Self {
            west_e7: south_west.long_e7(),
            south_e7: south_west.lat_e7(),
            east_e7: north_east.long_e7(),
            north_e7: north_east.lat_e7(),
        })
    }

    /// Reads `west,south,east,north` in degrees. `field` is how the faults name where it stood.
    pub fn parse(field: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let malformed = || {
            vec![Fault::new(field, "malformed", "Must be four numbers: west,south,east,north in degrees.")]
        };
        if text.len() > BOX_TEXT_BYTES_MAX {
            return Err(malformed());
        }
        let numbers: Vec<&str> = text.split(',').map(str::trim).collect();
        let Ok(numbers) = <[&str; 4]>::try_from(numbers) else { return Err(malformed()) };
        let mut faults = Vec::new();
        let mut degrees = |place: usize, name: &str, max_e7: i32| {
            let number = numbers[place].parse().ok().and_then(|degrees| e7(degrees, max_e7));
            if number.is_none() {
                let max = max_e7 / 10_000_000;
                let message = format!("{name} must be a number from -{max} to {max} degrees.");
                faults.push(Fault::new(field, "out_of_range", message));
            }
            number.unwrap_or_default()
        };
        let bbox = Self {
            west_e7: degrees(0, "West", LONG_MAX_E7),
            south_e7: degrees(1, "South", LAT_MAX_E7),
            east_e7: degrees(2, "East", LONG_MAX_E7),
            north_e7: degrees(3, "North", LAT_MAX_E7),
        };
        if faults.is_empty() && bbox.south_e7 > bbox.north_e7 {
            faults.push(Fault::new(field, "upside_down", "South must not lie north of north."));
        }
        if faults.is_empty() { Ok(bbox) } else { Err(faults) }
    }

    /// The smallest box that holds every point within so many metres.
    pub fn around(centre: Point, radius_m: f64) -> Self {
        // One ten-millionth more than needed, for what the arithmetic rounds away.
        let north = metres_to_e7(radius_m.max(0.0)) + 1.0;
        let (south_e7, north_e7) = (f64::from(centre.lat_e7()) - north, f64::from(centre.lat_e7()) + north);
        let holds_a_pole = south_e7 <= f64::from(-LAT_MAX_E7) || north_e7 >= f64::from(LAT_MAX_E7);
        // Degrees of longitude shrink towards the poles; the circle is widest where its meridian
        // touches it, at asin(sin(radius) / cos(latitude)).
        let reach = (north / 1e7).to_radians().sin() / centre.lat().to_radians().cos();
        let (west_e7, east_e7) = if holds_a_pole || reach >= 1.0 {
            (-LONG_MAX_E7, LONG_MAX_E7)
        } else {
            let east = (reach.asin().to_degrees() * 1e7).ceil() as i64 + 1;
            (turned(i64::from(centre.long_e7()) - east), turned(i64::from(centre.long_e7()) + east))
        };
        Self {
            west_e7,
            east_e7,
            south_e7: south_e7.max(f64::from(-LAT_MAX_E7)) as i32,
            north_e7: north_e7.min(f64::from(LAT_MAX_E7)) as i32,
        }
    }

    pub fn west_e7(&self) -> i32 {
        self.west_e7
    }

    pub fn south_e7(&self) -> i32 {
        self.south_e7
    }

    pub fn east_e7(&self) -> i32 {
        self.east_e7
    }

    pub fn north_e7(&self) -> i32 {
        self.north_e7
    }

    pub fn crosses_antimeridian(&self) -> bool {
        self.west_e7 > self.east_e7
    }

    pub fn width_e7(&self) -> i64 {
        (i64::from(self.east_e7) - i64::from(self.west_e7)).rem_euclid(FULL_TURN_E7 + 1)
    }

    pub fn height_e7(&self) -> i64 {
        i64::from(self.north_e7) - i64::from(self.south_e7)
    }

    pub fn contains(&self, point: Point) -> bool {
        let (lat, long) = (point.lat_e7(), point.long_e7());
        let across = if self.crosses_antimeridian() {
            long >= self.west_e7 || long <= self.east_e7
        } else {
            (self.west_e7..=self.east_e7).contains(&long)
        };
        across && (self.south_e7..=self.north_e7).contains(&lat)
    }

    /// Whether they have a point in common.
    pub fn touches(&self, other: &Self) -> bool {
        let meet = |a: &Self, b: &Self| {
            a.west_e7 <= b.east_e7
                && b.west_e7 <= a.east_e7
                && a.south_e7 <= b.north_e7
                && b.south_e7 <= a.north_e7
        };
        self.parts().any(|part| other.parts().any(|its| meet(&part, &its)))
    }

    /// Itself, or its two halves on either side of the antimeridian.
    pub fn parts(&self) -> impl Iterator<Item = BoundingBox> + use<> {
        let (first, second) = if self.crosses_antimeridian() {
            let eastern = Self { east_e7: LONG_MAX_E7, ..*self };
            (eastern, Some(Self { west_e7: -LONG_MAX_E7, ..*self }))
        } else {
            (*self, None)
        };
        std::iter::once(first).chain(second)
    }
}

/// A longitude brought back into its range.
fn turned(long_e7: i64) -> i32 {
    let max = i64::from(LONG_MAX_E7);
    let turned = if (-max..=max).contains(&long_e7) {
        long_e7
    } else {
        (long_e7 + max).rem_euclid(FULL_TURN_E7) - max
    };
    turned as i32
}

impl fmt::Display for BoundingBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let degrees = |e7: i32| f64::from(e7) / 1e7;
        let (west, south) = (degrees(self.west_e7), degrees(self.south_e7));
        write!(f, "{west},{south},{},{}", degrees(self.east_e7), degrees(self.north_e7))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::point::tests::point;
    use proptest::prelude::*;

    pub(crate) fn bbox() -> impl Strategy<Value = BoundingBox> {
        let wide = (point(), point()).prop_map(|(a, b)| {
            let (south, north) = if a.lat_e7() <= b.lat_e7() { (a, b) } else { (b, a) };
            BoundingBox::new(south, north).unwrap()
        });
        let small =
            (point(), 1.0f64..50_000.0).prop_map(|(centre, radius)| BoundingBox::around(centre, radius));
        prop_oneof![wide, small]
    }

    #[test]
    fn boxes_read_with_all_their_faults() {
        let lagos = BoundingBox::parse("?bbox", "3.1, 6.3,3.7,6.8").unwrap();
        assert_eq!(lagos.to_string(), "3.1,6.3,3.7,6.8");
        assert!(!lagos.crosses_antimeridian());
        let rows: [(&str, &[&str]); 9] = [
            ("", &["malformed"]),
            ("1,2,3", &["malformed"]),
            ("1,2,3,4,5", &["malformed"]),
            ("a,2,3,4", &["out_of_range"]),
            ("NaN,inf,,1e400", &["out_of_range"; 4]),
            ("-181,-91,181,91", &["out_of_range"; 4]),
            ("1,91,3,4", &["out_of_range"]),
            ("1,5,3,4", &["upside_down"]),
            (&"1".repeat(300), &["malformed"]),
        ];
        for (text, codes) in rows {
            let faults = BoundingBox::parse("?bbox", text).unwrap_err();
            assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), codes, "{text}");
            assert!(faults.iter().all(|fault| fault.field == "?bbox"));
        }
    }

    #[test]
    fn a_box_over_the_antimeridian_has_two_parts() {
        let fiji = BoundingBox::parse("?bbox", "177,-20,-178,-12").unwrap();
        assert!(fiji.crosses_antimeridian());
        let parts: Vec<String> = fiji.parts().map(|part| part.to_string()).collect();
        assert_eq!(parts, ["177,-20,180,-12", "-180,-20,-178,-12"]);
        assert_eq!(BoundingBox::WORLD.parts().count(), 1);
        assert_eq!(fiji.height_e7(), 80_000_000);
    }

    proptest! {
        #[test]
        fn parts_hold_what_the_box_holds(bbox in bbox(), point in point()) {
            prop_assert_eq!(bbox.contains(point), bbox.parts().any(|part| part.contains(point)));
            prop_assert!(bbox.parts().all(|part| !part.crosses_antimeridian()));
            prop_assert_eq!(BoundingBox::parse("?bbox", &bbox.to_string()), Ok(bbox));
        }

        #[test]
        fn boxes_touch_if_a_corner_or_a_crossing_of_their_edges_lies_in_both(a in bbox(), b in bbox()) {
            let sides = |of: &BoundingBox| ([of.west_e7, of.east_e7], [of.south_e7, of.north_e7]);
            let ((a_longs, a_lats), (b_longs, b_lats)) = (sides(&a), sides(&b));
            let crossings = a_longs.into_iter().chain(b_longs).flat_map(|long| {
                a_lats.into_iter().chain(b_lats).map(move |lat| Point::from_e7(lat, long).unwrap())
            });
            let touch = crossings.into_iter().any(|it| a.contains(it) && b.contains(it));
            prop_assert_eq!(a.touches(&b), touch);
            prop_assert_eq!(b.touches(&a), touch);
        }

        #[test]
        fn a_box_around_holds_all_within_the_radius(
            centre in point(),
            radius in prop_oneof![0.0f64..2_000.0, 0.0f64..21_000_000.0],
            (north, east) in (-1.2f64..1.2, -1.2f64..1.2),
        ) {
            let bbox = BoundingBox::around(centre, radius);
            let scale = metres_to_e7(radius) / 1e7;
            let lat = (centre.lat() + north * scale).clamp(-90.0, 90.0);
            let long = centre.long() + east * scale / centre.lat().to_radians().cos().max(1e-6);
            let near = Point::from_degrees(lat, (long + 180.0).rem_euclid(360.0) - 180.0).unwrap();
            if centre.distance_m(near) <= radius {
                prop_assert!(bbox.contains(near), "{bbox} {near:?}");
            }
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,30}|([0-9.e+-]{0,6},){3}[0-9.e+-]{0,6}") {
            let _ = BoundingBox::parse("?bbox", &text);
        }
    }
}
