use geo::{Shape, geojson};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits;

/// A radius around the store in metres, or a GeoJSON Polygon or MultiPolygon: one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaText {
    #[serde(default)]
    #[schemars(range(min = 100, max = 100000))]
    pub radius_m: Option<u32>,
    #[serde(default)]
    pub shape: Option<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NewArea {
    Within(u32),
    Shape(Shape),
}

impl NewArea {
    pub fn of(text: &AreaText) -> Result<Self, Vec<Fault>> {
        match (text.radius_m, &text.shape) {
            (Some(radius_m), None) => Ok(Self::Within(radius_m.min(limits::RADIUS_M_MAX))),
            (None, Some(geometry)) => shape(geometry).map(Self::Shape),
            _ => Err(vec![Fault::new("", "one_of_two", "Give either radius_m or shape.")]),
        }
    }
}

fn shape(geometry: &Value) -> Result<Shape, Vec<Fault>> {
    let feature = json!({"type": "Feature", "geometry": geometry});
    let here = |fault: Fault| {
        let field = fault.field.strip_prefix("/geometry").unwrap_or(&fault.field).to_owned();
        Fault { field: format!("/shape{field}"), ..fault }
    };
    let mut features =
        geojson::features(&feature, "").map_err(|faults| faults.into_iter().map(here).collect::<Vec<_>>())?;
    let shape = features.pop().map(|feature| feature.shape);
    let shape = shape.ok_or_else(|| vec![Fault::new("/shape", "empty", "There is no shape.")])?;
    if shape.vertices() > limits::AREA_VERTICES_MAX {
        let message = format!("An area has at most {} corners.", limits::AREA_VERTICES_MAX);
        return Err(vec![Fault::new("/shape/coordinates", "too_many", message)]);
    }
    Ok(shape)
}
