//! Points on the earth.

use kernel::Fault;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::POINT_TEXT_BYTES_MAX;

pub(crate) const LAT_MAX_E7: i32 = 900_000_000;
pub(crate) const LONG_MAX_E7: i32 = 1_800_000_000;
const E7: f64 = 1e7;

/// The mean radius of the earth, in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place, in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Point {
    lat_e7: i32,
    long_e7: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a latitude is between -90 and 90 degrees, a longitude between -180 and 180")]
pub struct OutOfRange;

impl Point {
    pub fn from_e7(lat_e7: i32, long_e7: i32) -> Result<Self, OutOfRange> {
        let inside =
            (-LAT_MAX_E7..=LAT_MAX_E7).contains(&lat_e7) && (-LONG_MAX_E7..=LONG_MAX_E7).contains(&long_e7);
        if inside { Ok(Self { lat_e7, long_e7 }) } else { Err(OutOfRange) }
    }

    /// Degrees, rounded to seven decimals; what is no number or off the globe is named, both if both.
    pub fn from_degrees(lat: f64, long: f64) -> Result<Self, Vec<Fault>> {
        match (e7(lat, LAT_MAX_E7), e7(long, LONG_MAX_E7)) {
            (Some(lat_e7), Some(long_e7)) => Ok(Self { lat_e7, long_e7 }),
            (lat, long) => {
                let lat = lat.is_none().then(|| off_the_globe("/lat", "-90 to 90"));
                let long = long.is_none().then(|| off_the_globe("/long", "-180 to 180"));
                Err(lat.into_iter().chain(long).collect())
            }
        }
    }

    /// Reads `lat,long` in degrees. `field` is how the faults name where it stood.
    pub fn parse(field: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let numbers = text.split_once(',').filter(|_| text.len() <= POINT_TEXT_BYTES_MAX);
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let point = numbers.and_then(|(lat, long)| Some((number(lat)?, number(long)?)));
        let Some((lat, long)) = point else {
            let message = "Must be two numbers: latitude,longitude in degrees.";
            return Err(vec![Fault::new(field, "malformed", message)]);
        };
        Self::from_degrees(lat, long).map_err(|_| {
            let message = "The latitude is from -90 to 90, the longitude from -180 to 180 degrees.";
            vec![Fault::new(field, "out_of_range", message)]
        })
    }

    pub fn lat_e7(self) -> i32 {
        self.lat_e7
    }

    pub fn long_e7(self) -> i32 {
        self.long_e7
    }

    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / E7
    }

    pub fn long(self) -> f64 {
        f64::from(self.long_e7) / E7
    }

    /// Metres along the great circle, on a sphere: within half a percent of the truth.
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat, other_lat) = (self.lat().to_radians(), other.lat().to_radians());
        let half_sine = |radians: f64| (radians / 2.0).sin();
        let north = half_sine(other_lat - lat);
        let east = half_sine((other.long() - self.long()).to_radians());
        let haversine = north * north + lat.cos() * other_lat.cos() * east * east;
        2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin()
    }
}

/// Degrees as ten-millionths, if they are a number within the bounds.
pub(crate) fn e7(degrees: f64, max_e7: i32) -> Option<i32> {
    let scaled = (degrees * E7).round();
    // False for what is not a number.
    (scaled.abs() <= f64::from(max_e7)).then_some(scaled as i32)
}

/// So many metres northwards, in ten-millionths of a degree, rounded up.
pub(crate) fn metres_to_e7(metres: f64) -> f64 {
    ((metres / EARTH_RADIUS_M).to_degrees() * E7).ceil()
}

fn off_the_globe(field: &str, range: &str) -> Fault {
    Fault::new(field, "out_of_range", format!("Must be a number from {range} degrees."))
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Point", 2)?;
        object.serialize_field("lat", &self.lat())?;
        object.serialize_field("long", &self.long())?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Point", deny_unknown_fields)]
        struct Degrees {
            lat: f64,
            long: f64,
        }
        let Degrees { lat, long } = Degrees::deserialize(deserializer)?;
        Self::from_degrees(lat, long).map_err(|_| D::Error::custom(OutOfRange))
    }
}

impl JsonSchema for Point {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Point".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Degrees, WGS 84; kept to seven decimals.",
            "properties": {
                "lat": { "type": "number", "minimum": -90, "maximum": 90 },
                "long": { "type": "number", "minimum": -180, "maximum": 180 },
            },
            "required": ["lat", "long"],
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn points_are_read_with_their_faults() {
        let read = |text: &str| Point::parse("?point", text).map_err(|faults| faults[0].code);
        assert_eq!(read("6.5, -3.25"), Ok(Point::from_e7(65_000_000, -32_500_000).unwrap()));
        for (text, code) in [
            ("", "malformed"),
            ("1", "malformed"),
            ("1,2,3", "malformed"),
            ("a,2", "malformed"),
            ("91,2", "out_of_range"),
            ("NaN,2", "out_of_range"),
            ("1,181", "out_of_range"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
        assert_eq!(read(&format!("1,{}2", " ".repeat(200))), Err("malformed"));
    }

    pub(crate) fn point() -> impl Strategy<Value = Point> {
        let lat = prop_oneof![-LAT_MAX_E7..=LAT_MAX_E7, Just(LAT_MAX_E7), Just(-LAT_MAX_E7)];
        let long = prop_oneof![-LONG_MAX_E7..=LONG_MAX_E7, Just(LONG_MAX_E7), Just(-LONG_MAX_E7)];
        (lat, long).prop_map(|(lat, long)| Point::from_e7(lat, long).unwrap())
    }

    proptest! {
        #[test]
        fn json_gives_the_point_back_with_at_most_seven_decimals(point in point()) {
            let json = serde_json::to_string(&point).unwrap();
            prop_assert_eq!(serde_json::from_str::<Point>(&json).unwrap(), point);
            for number in [point.lat(), point.long()] {
                let decimals = format!("{number}").split_once('.').map_or(0, |(_, decimals)| decimals.len());
                prop_assert!(decimals <= 7, "{}", number);
            }
        }

        #[test]
        fn any_two_numbers_are_a_point_or_faults(lat in any::<f64>(), long in any::<f64>()) {
            let inside = |degrees: f64, max: f64| degrees.abs() <= max;
            let faults = Point::from_degrees(lat, long).map_or_else(|faults| faults.len(), |_| 0);
            prop_assert_eq!(faults, usize::from(!inside(lat, 90.0)) + usize::from(!inside(long, 180.0)));
        }

        #[test]
        fn distance_is_symmetric_and_at_most_half_way_round(a in point(), b in point()) {
            let there = a.distance_m(b);
            prop_assert!((there - b.distance_m(a)).abs() < 1e-3);
            prop_assert!((0.0..=20_015_200.0).contains(&there));
            prop_assert_eq!(a.distance_m(a), 0.0);
        }
    }

    #[test]
    fn distances_between_known_places() {
        let at = |lat, long| Point::from_degrees(lat, long).unwrap();
        let rows = [
            (at(6.5244, 3.3792), at(9.0579, 7.4951), 534_000.0), // Lagos to Abuja
            (at(-26.2041, 28.0473), at(-33.9249, 18.4241), 1_265_000.0), // Johannesburg to Cape Town
            (at(0.0, 179.5), at(0.0, -179.5), 111_195.0),        // over the antimeridian
            (at(90.0, 0.0), at(90.0, 120.0), 0.0),               // the pole has one place
            (at(0.0, 0.0), at(0.0, 180.0), 20_015_115.0),
        ];
        for (from, to, metres) in rows {
            let distance = from.distance_m(to);
            assert!((distance - metres).abs() <= metres * 0.005 + 0.001, "{from:?} {to:?}: {distance}");
        }
    }

    #[test]
    fn json_off_the_globe_is_refused() {
        let point: Point = serde_json::from_str(r#"{"lat": 6, "long": 3.37920001234}"#).unwrap();
        assert_eq!((point.lat_e7(), point.long_e7()), (60_000_000, 33_792_000));
        for bad in [
            r#"{"lat": 90.1, "long": 0}"#,
            r#"{"lat": 0, "long": -180.0000001}"#,
            r#"{"lat": "6", "long": 3}"#,
            r#"{"lat": null, "long": 3}"#,
            r#"{"lat": 1e300, "long": 3}"#,
            r#"{"lat": 6}"#,
            r#"{"lat": 6, "long": 3, "alt": 1}"#,
        ] {
            assert!(serde_json::from_str::<Point>(bad).is_err(), "{bad}");
        }
        assert!(Point::from_degrees(f64::NAN, f64::INFINITY).is_err_and(|faults| faults.len() == 2));
        assert_eq!(Point::from_e7(LAT_MAX_E7 + 1, 0), Err(OutOfRange));
    }
}
