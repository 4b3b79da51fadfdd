use geo::{BoundingBox, Point, Shape};
use kernel::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{FromRow, Row, StoreError};

/// An area as it is imported.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArea {
    pub code: String,
    pub name: String,
    pub shape: Shape,
}

/// All areas of one kind are replaced together, and have one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaSet {
    pub kind: String,
    pub version: i64,
    pub areas: i64,
}

/// An area without its boundary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaView {
    /// What it is: `ward`, `district`.
    pub kind: String,
    pub code: String,
    pub name: String,
    /// The smallest box that holds it: west, south, east, north in degrees.
    pub bbox: [f64; 4],
    /// Counts the imports of its kind.
    pub version: i64,
}

/// An area with its boundary, as a GeoJSON Feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaFeature {
    #[serde(rename = "type")]
    pub feature: String,
    pub id: String,
    pub bbox: [f64; 4],
    pub properties: AreaProperties,
    pub geometry: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaProperties {
    pub kind: String,
    pub code: String,
    pub name: String,
    pub version: i64,
}

/// An area as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub kind: String,
    pub code: String,
    pub name: String,
    pub version: i64,
    pub shape: Shape,
}

/// An area that a point lies in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaName {
    pub kind: String,
    pub code: String,
    pub name: String,
}

/// What a kind of area may be called: lower-case letters, digits and underscores.
pub fn kind_fault(field: &str, kind: &str) -> Option<Fault> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let sound = (1..=32).contains(&kind.len())
        && kind.bytes().all(plain)
        && kind.as_bytes()[0].is_ascii_lowercase()
        && kind != "at";
    let message = "A kind of area is up to 32 lower-case letters, digits and underscores, such as ward.";
    (!sound).then(|| Fault::new(field, "bad_kind", message))
}

pub fn edges(bbox: BoundingBox) -> [f64; 4] {
    [bbox.west_e7(), bbox.south_e7(), bbox.east_e7(), bbox.north_e7()].map(|e7| f64::from(e7) / 1e7)
}

fn stored_box(row: &Row<'_>, first: usize) -> Result<BoundingBox, StoreError> {
    let corner = |lat, long| {
        Point::from_e7(lat, long).map_err(|_| StoreError::Bug("an area lies outside the world".into()))
    };
    let south_west = corner(row.get(first + 1)?, row.get(first)?)?;
    let north_east = corner(row.get(first + 3)?, row.get(first + 2)?)?;
    BoundingBox::new(south_west, north_east).map_err(|_| StoreError::Bug("an area is upside down".into()))
}

impl From<Area> for AreaFeature {
    fn from(area: Area) -> Self {
        Self {
            feature: "Feature".into(),
            id: area.code.clone(),
            bbox: edges(area.shape.bounds()),
            geometry: area.shape.to_geojson(),
            properties: AreaProperties {
                kind: area.kind,
                code: area.code,
                name: area.name,
                version: area.version,
            },
        }
    }
}

impl FromRow for AreaView {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let bbox = edges(stored_box(row, 4)?);
        Ok(Self { kind: row.get(0)?, code: row.get(1)?, name: row.get(2)?, version: row.get(3)?, bbox })
    }
}

impl FromRow for Area {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let shape = Shape::from_bytes(&row.get::<Vec<u8>>(4)?);
        let shape = shape.map_err(|_| StoreError::Bug("an area's shape cannot be read".into()))?;
        Ok(Self { kind: row.get(0)?, code: row.get(1)?, name: row.get(2)?, version: row.get(3)?, shape })
    }
}

impl FromRow for AreaSet {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { kind: row.get(0)?, version: row.get(1)?, areas: row.get(2)? })
    }
}
