//! A tile of the map, and how it is written: as a vector tile or as GeoJSON.

use geo::{Spot, Tile};
use serde_json::{Map, Value, json};
use store::{Market, StoreError};

use super::cells::{self, Cell};
use super::limits;
use super::mvt::{self, EXTENT, Layer, Tag};
use super::outline;
use super::picture::View;
use super::points::{self, Points};
use super::told::STATUSES;
use super::which::Which;
use crate::area::Outline;

/// What lies in a tile: cells with counts while it is wide, requests once it is close.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Clusters(Vec<Cell>),
    Points(Points),
}

pub async fn read(market: &Market, tile: Tile, which: &Which) -> Result<Content, StoreError> {
    if tile.zoom() < limits::POINTS_FROM_ZOOM {
        return Ok(Content::Clusters(cells::of_tile(market, tile, which).await?));
    }
    let is_in = |spot: Spot| tile.contains(spot);
    Ok(Content::Points(points::read(market, &tile.bounds(), which, is_in).await?))
}

/// Layer `areas`: the edges of areas as lines, with the name of each.
pub fn areas<'a>(tile: Tile, outlines: impl Iterator<Item = &'a Outline>) -> Vec<u8> {
    let (view, mut layer) = (View::of_tile(tile, EXTENT), Layer::new("areas"));
    for outline in outlines {
        let rings: Vec<_> = outline.rings.iter().map(|ring| outline::dots(&view, ring)).collect();
        layer.rings(&rings, [("name", Tag::Text(outline.name.clone()))]);
    }
    mvt::tile(&[layer])
}

impl Content {
    pub fn is_truncated(&self) -> bool {
        matches!(self, Content::Points(points) if points.truncated)
    }

    /// Layers `clusters` or `points`, and `truncated` with one feature where there are more requests
    /// than are shown.
    pub fn mvt(&self, tile: Tile) -> Vec<u8> {
        let (mut clusters, mut points, mut truncated) =
            (Layer::new("clusters"), Layer::new("points"), Layer::new("truncated"));
        match self {
            Content::Clusters(cells) => {
                for cell in cells {
                    clusters.point(tile.place(cell.place, EXTENT), cluster_tags(cell));
                }
            }
            Content::Points(found) => {
                for pin in &found.pins {
                    let tags = [
                        ("id", Tag::Text(pin.id.to_string())),
                        ("category", Tag::Text(pin.category.clone())),
                        ("status", Tag::Text(pin.status.name().into())),
                        ("at", Tag::Number(pin.at.as_second().max(0) as u64)),
                    ];
                    points.point(tile.place(Spot::of(pin.place), EXTENT), tags);
                }
                if found.truncated {
                    let middle = EXTENT as i32 / 2;
                    truncated.point((middle, middle), [("shown", Tag::Number(found.pins.len() as u64))]);
                }
            }
        }
        mvt::tile(&[clusters, points, truncated])
    }

    pub fn geojson(&self) -> Value {
        match self {
            Content::Clusters(cells) => collection(cells.iter().map(cluster_feature).collect(), false),
            Content::Points(found) => {
                let feature = |pin: &super::repo::Pin| {
                    let properties = json!({
                        "category": pin.category,
                        "status": pin.status.name(),
                        "at": pin.at.to_string(),
                    });
                    json!({
                        "type": "Feature",
                        "id": pin.id.to_string(),
                        "geometry": {"type": "Point", "coordinates": [pin.place.long(), pin.place.lat()]},
                        "properties": properties,
                    })
                };
                collection(found.pins.iter().map(feature).collect(), found.truncated)
            }
        }
    }
}

pub fn collection(features: Vec<Value>, truncated: bool) -> Value {
    json!({"type": "FeatureCollection", "truncated": truncated, "features": features})
}

/// A cell as GeoJSON: a point where its requests lie on average, with how many there are.
pub fn cluster_feature(cell: &Cell) -> Value {
    let mut properties: Map<String, Value> =
        statuses(cell).map(|(name, it)| (name.to_owned(), it.into())).collect();
    properties.insert("count".into(), cell.requests().into());
    json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates(cell.place)},
        "properties": properties,
    })
}

pub fn coordinates(spot: Spot) -> [f64; 2] {
    let point = spot.point();
    [point.long(), point.lat()]
}

fn cluster_tags(cell: &Cell) -> Vec<(&'static str, Tag)> {
    let count = ("count", Tag::Number(cell.requests().max(0) as u64));
    let by_status = statuses(cell).map(|(name, it)| (name, Tag::Number(it.max(0) as u64)));
    std::iter::once(count).chain(by_status).collect()
}

fn statuses(cell: &Cell) -> impl Iterator<Item = (&'static str, i64)> {
    let named = STATUSES.into_iter().map(|status| status.name()).zip(cell.by_status);
    named.filter(|(_, requests)| *requests != 0)
}
