//! Shapes as GeoJSON (RFC 7946) writes them. Everything wrong with a document is named at once, with
//! the feature and the ring it is in.

use kernel::Fault;
use serde_json::{Map, Value};

use crate::limits::{FEATURES_MAX, GEOJSON_BYTES_MAX, SHAPE_FAULTS_MAX, VERTICES_MAX};
use crate::point::LAT_MAX_E7;
use crate::shape::{Position, Shape};

/// Longitudes may go on beyond 180° where a shape crosses the antimeridian, once around and no more.
const LONG_DEGREES_MAX: f64 = 540.0;

/// A polygon, or several, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Numbers are written as text.
    pub id: Option<String>,
    pub properties: Map<String, Value>,
    pub shape: Shape,
}

/// Reads a FeatureCollection, or one Feature.
pub fn read(bytes: &[u8]) -> Result<Vec<Feature>, Vec<Fault>> {
    if bytes.len() > GEOJSON_BYTES_MAX {
        let message = format!("The document has more than {GEOJSON_BYTES_MAX} bytes.");
        return Err(vec![Fault::new("", "too_large", message)]);
    }
    // The reader itself refuses what is nested deeper than 128 times.
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| vec![Fault::new("", "malformed", format!("The document is not JSON: {error}."))])?;
    features(&document, "")
}

/// The features of a document that was read already; `at` is where it stood.
pub fn features(document: &Value, at: &str) -> Result<Vec<Feature>, Vec<Fault>> {
    let mut reader = Reader { faults: Vec::new(), vertices: 0 };
    let found = match document.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => reader.collection(document, at),
        Some("Feature") => reader.feature(document, at, 1).into_iter().collect(),
        _ => {
            reader.fault(at, "unknown_type", "Must be a FeatureCollection or a Feature.".into());
            Vec::new()
        }
    };
    if reader.faults.is_empty() { Ok(found) } else { Err(reader.faults) }
}

struct Reader {
    faults: Vec<Fault>,
    vertices: usize,
}

impl Reader {
    fn fault(&mut self, field: &str, code: &'static str, message: String) {
        if self.faults.len() < SHAPE_FAULTS_MAX {
            self.faults.push(Fault::new(field, code, message));
        }
    }

    fn collection(&mut self, document: &Value, at: &str) -> Vec<Feature> {
        let at = format!("{at}/features");
        let Some(features) = document.get("features").and_then(Value::as_array) else {
            self.fault(&at, "missing", "Must be a list of features.".into());
            return Vec::new();
        };
        if features.is_empty() {
            self.fault(&at, "empty", "There is no feature.".into());
        }
        if features.len() > FEATURES_MAX {
            self.fault(&at, "too_many", format!("There are more than {FEATURES_MAX} features."));
            return Vec::new();
        }
        let each = features.iter().enumerate();
        each.filter_map(|(place, feature)| self.feature(feature, &format!("{at}/{place}"), place + 1))
            .collect()
    }

    fn feature(&mut self, feature: &Value, at: &str, number: usize) -> Option<Feature> {
        if feature.get("type").and_then(Value::as_str) != Some("Feature") {
            self.fault(at, "unknown_type", format!("Feature {number}: its type must be Feature."));
            return None;
        }
        let id = match feature.get("id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let properties = feature.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let geometry = feature.get("geometry").unwrap_or(&Value::Null);
        let shape = self.geometry(geometry, &format!("{at}/geometry"), number)?;
        Some(Feature { id, properties, shape })
    }

    fn geometry(&mut self, geometry: &Value, at: &str, number: usize) -> Option<Shape> {
        let coordinates = geometry.get("coordinates").and_then(Value::as_array);
        let at_coordinates = format!("{at}/coordinates");
        let kind = geometry.get("type").and_then(Value::as_str);
        let (polygons, is_multi): (Vec<&Value>, bool) = match (kind, coordinates) {
            (Some("Polygon"), Some(_)) => (vec![&geometry["coordinates"]], false),
            (Some("MultiPolygon"), Some(polygons)) => (polygons.iter().collect(), true),
            (Some("Polygon" | "MultiPolygon"), None) => {
                self.fault(&at_coordinates, "missing", format!("Feature {number}: has no coordinates."));
                return None;
            }
            _ => {
                let message = format!("Feature {number}: its geometry must be a Polygon or a MultiPolygon.");
                self.fault(at, "unknown_type", message);
                return None;
            }
        };
        let field = |polygon: usize| {
            if is_multi { format!("{at_coordinates}/{polygon}") } else { at_coordinates.clone() }
        };
        let before = self.faults.len();
        let polygons: Vec<Vec<Vec<Position>>> = polygons
            .iter()
            .enumerate()
            .map(|(place, rings)| self.rings(rings, &field(place), number))
            .collect();
        if self.faults.len() > before {
            return None;
        }
        match Shape::of(polygons) {
            Ok(shape) => Some(shape),
            Err(found) => {
                for fault in found {
                    let place = format!("{}/{}", field(fault.polygon), fault.ring);
                    let (ring, what) = (fault.ring + 1, fault.trouble.message());
                    let polygon =
                        if is_multi { format!("polygon {}, ", fault.polygon + 1) } else { String::new() };
                    let message = format!("Feature {number}, {polygon}ring {ring}: {what}.");
                    self.fault(&place, fault.trouble.code(), message);
                }
                None
            }
        }
    }

    fn rings(&mut self, rings: &Value, at: &str, number: usize) -> Vec<Vec<Position>> {
        let Some(rings) = rings.as_array() else {
            self.fault(at, "malformed", format!("Feature {number}: a polygon is a list of rings."));
            return Vec::new();
        };
        let each = rings.iter().enumerate();
        each.map(|(place, ring)| self.ring(ring, &format!("{at}/{place}"), number, place + 1)).collect()
    }

    fn ring(&mut self, ring: &Value, at: &str, number: usize, ring_number: usize) -> Vec<Position> {
        let Some(positions) = ring.as_array() else {
            let message = format!("Feature {number}, ring {ring_number}: a ring is a list of positions.");
            self.fault(at, "malformed", message);
            return Vec::new();
        };
        self.vertices += positions.len();
        if self.vertices > VERTICES_MAX {
            if self.vertices - positions.len() <= VERTICES_MAX {
                let message =
                    format!("Feature {number}: the document has more than {VERTICES_MAX} positions.");
                self.fault(at, "too_many", message);
            }
            return Vec::new();
        }
        let mut found = Vec::with_capacity(positions.len());
        for (place, value) in positions.iter().enumerate() {
            match position(value) {
                Some(position) => found.push(position),
                None => {
                    let message = format!(
                        "Feature {number}, ring {ring_number}, position {}: must be longitude and latitude in degrees.",
                        place + 1
                    );
                    self.fault(&format!("{at}/{place}"), "bad_position", message);
                }
            }
        }
        found
    }
}

/// A height, where there is one, is passed over.
fn position(value: &Value) -> Option<Position> {
    let numbers = value.as_array().filter(|numbers| (2..=4).contains(&numbers.len()))?;
    let (long, lat) = (numbers[0].as_f64()?, numbers[1].as_f64()?);
    let lat_e7 = crate::point::e7(lat, LAT_MAX_E7)?;
    (long.abs() <= LONG_DEGREES_MAX).then(|| ((long * 1e7).round() as i64, lat_e7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::Point;
    use serde_json::json;

    fn collection(geometries: &[Value]) -> Value {
        let feature = |geometry: &Value| json!({"type": "Feature", "id": 7, "properties": {"name": "A"}, "geometry": geometry});
        json!({"type": "FeatureCollection", "features": geometries.iter().map(feature).collect::<Vec<_>>()})
    }

    fn polygon(rings: Value) -> Value {
        json!({"type": "Polygon", "coordinates": rings})
    }

    #[test]
    fn a_sound_document_is_read_and_written_again() {
        let ring = json!([[3, 6], [4, 6, 12.5], [4, 6], [4, 7], [3, 7], [3, 6]]);
        let hole = json!([[3.4, 6.4], [3.4, 6.6], [3.6, 6.6], [3.6, 6.4], [3.4, 6.4]]);
        let document = collection(&[
            polygon(json!([ring, hole])),
            json!({"type": "MultiPolygon", "coordinates": [[ring], [[[-1, 0], [0, 0], [0, 1], [-1, 0]]]]}),
        ]);
        let features = read(document.to_string().as_bytes()).unwrap();
        assert_eq!(
            (features[0].id.as_deref(), features[0].properties["name"].as_str()),
            (Some("7"), Some("A"))
        );
        let at = |lat, long| Point::from_degrees(lat, long).unwrap();
        let rows = [
            (6.2, 3.2, true, true),
            (6.5, 3.5, false, true),
            (0.1, -0.5, false, true),
            (6.0, 5.0, false, false),
        ];
        for (lat, long, first, second) in rows {
            let found = [0, 1].map(|place: usize| features[place].shape.contains(at(lat, long)));
            assert_eq!(found, [first, second], "{lat} {long}");
        }
        for feature in &features {
            let written = json!({"type": "Feature", "geometry": feature.shape.to_geojson()});
            assert_eq!(super::features(&written, "").unwrap()[0].shape, feature.shape);
            assert_eq!(Shape::from_bytes(&feature.shape.to_bytes()), Ok(feature.shape.clone()));
        }
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let square = json!([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]);
        let rows = [
            (json!({"type": "Point", "coordinates": [0, 0]}), "unknown_type", "/features/0/geometry"),
            (Value::Null, "unknown_type", "/features/0/geometry"),
            (json!({"type": "Polygon"}), "missing", "/features/0/geometry/coordinates"),
            (polygon(json!([])), "empty", "/features/0/geometry/coordinates/0"),
            (
                polygon(json!([[[0, 0], [1, 0], [1, 1], [0, 1]]])),
                "not_closed",
                "/features/0/geometry/coordinates/0",
            ),
            (
                polygon(json!([[[0, 0], [1, 1], [2, 2], [0, 0]]])),
                "flat",
                "/features/0/geometry/coordinates/0",
            ),
            (
                polygon(json!([[[0, 0], [0, 0], [0, 0], [0, 0]]])),
                "flat",
                "/features/0/geometry/coordinates/0",
            ),
            (
                polygon(json!([square, [[0, 0], [9, 0], [9, 9], [0, 0]]])),
                "hole_outside",
                "/features/0/geometry/coordinates/1",
            ),
            (
                polygon(json!([[[0, 80], [120, 80], [-120, 80], [0, 80]]])),
                "around_the_pole",
                "/features/0/geometry/coordinates/0",
            ),
            (
                polygon(json!([[[0, 0], [1, 91], [1, 1], [0, 0]]])),
                "bad_position",
                "/features/0/geometry/coordinates/0/1",
            ),
            (
                polygon(json!([[[0, 0], ["1", 0], [1, 1], [0, 0]]])),
                "bad_position",
                "/features/0/geometry/coordinates/0/1",
            ),
            (polygon(json!("x")), "missing", "/features/0/geometry/coordinates"),
            (
                json!({"type": "MultiPolygon", "coordinates": [[square], [[[0, 0], [1, 0], [1, 1]]]]}),
                "not_closed",
                "/features/0/geometry/coordinates/1/0",
            ),
        ];
        for (geometry, code, field) in &rows {
            let faults = features(&collection(std::slice::from_ref(geometry)), "").unwrap_err();
            let named: Vec<(&str, &str)> = faults.iter().map(|it| (it.code, it.field.as_str())).collect();
            assert_eq!(named, [(*code, *field)], "{geometry}");
        }
        let all: Vec<Value> = rows.iter().map(|row| row.0.clone()).collect();
        let faults = features(&collection(&all), "/x").unwrap_err();
        assert_eq!(faults.len(), rows.len());
        assert!(faults[12].message.contains("Feature 13, polygon 2, ring 1"), "{:?}", faults[12]);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for (text, code) in
            [("", "malformed"), ("[]", "unknown_type"), ("{\"type\":\"FeatureCollection\"}", "missing")]
        {
            assert_eq!(read(text.as_bytes()).unwrap_err()[0].code, code, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read(deep.as_bytes()).unwrap_err()[0].code, "malformed");
    }

    #[test]
    fn faults_stay_few() {
        let bad = polygon(json!([vec![json!(null); 1_000]]));
        assert_eq!(features(&collection(&[bad]), "").unwrap_err().len(), SHAPE_FAULTS_MAX);
    }
}
