use std::sync::Arc;

use geo::{BoundingBox, Spot, Tile};
use http::{HeaderName, HeaderValue, StatusCode};
use kernel::jiff::civil::Date;
use kernel::{Fault, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use web::{Answer, Bare, Call, Endpoint, May, Path, Query, get, with};

use super::cells::{self, Cell};
use super::picture::{self, Mark, View};
use super::tile::{self, Content};
use super::told::STATUSES;
use super::which::{self, Asked, Which};
use super::{limits, points};
use crate::civic::Civic;
use crate::limits::{LIST_MAX_AGE_S, LIST_STALE_S};

pub const MVT: &str = "application/vnd.mapbox-vector-tile";
pub const GEOJSON: &str = "application/geo+json";
pub const SVG: &str = "image/svg+xml";

/// Says on a tile that there are more requests than it shows.
const TRUNCATED: HeaderName = HeaderName::from_static("iroko-truncated");

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let open = |endpoint: Endpoint| endpoint.may(May::Anyone).shared().light();
    vec![
        open(get("/v1/map/tiles/{z}/{x}/{y}.mvt", map_tile_mvt))
            .says("A vector tile: clusters of requests, from zoom 15 on the requests themselves.")
            .produces(&[MVT]),
        open(get("/v1/map/tiles/{z}/{x}/{y}.geojson", map_tile_geojson))
            .says("The same tile as GeoJSON.")
            .produces(&[GEOJSON]),
        open(with!(civic, get "/v1/map/areas/{z}/{x}/{y}.mvt" => map_areas_mvt(address: Path<Address>)))
            .says("A vector tile with the edges of the areas by which requests are sorted.")
            .produces(&[MVT]),
        open(get("/v1/map/heat", map_heat))
            .says("Where requests were reported, as weighted points, over any days.")
            .produces(&[GEOJSON]),
        open(with!(civic, get "/v1/map/picture.svg" => map_picture(asked: Query<PictureFilter>)))
            .says("A part of the map as a picture, for readers without scripts.")
            .produces(&[SVG]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Address {
    #[schemars(range(min = 0, max = 22))]
    z: u8,
    x: u32,
    y: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TileFilter {
    /// Only these categories: codes, parted by commas.
    #[schemars(length(max = 4000))]
    category: Option<String>,
    /// Only these statuses, parted by commas.
    #[schemars(length(max = 120))]
    status: Option<String>,
    /// Only what was reported in the last so many days, today among them.
    #[schemars(range(min = 1, max = 3660))]
    days: Option<u16>,
}

impl Address {
    fn tile(&self) -> Result<Tile, Refusal> {
        let tile = Tile::new(self.z, self.x, self.y).filter(|tile| tile.zoom() <= limits::ZOOM_MAX);
        tile.ok_or_else(Refusal::not_found)
    }
}

async fn map_areas_mvt(
    civic: &Civic,
    call: Call,
    Path(address): Path<Address>,
) -> Result<Answer<Bare>, Refusal> {
    let tile = address.tile()?;
    let rules = civic.rules.of(call.market()).await?;
    let index = civic.areas.index(call.market()).await?;
    let bounds = tile.bounds();
    let outlines = index.outlines_of(rules.settings.area_kind.as_deref(), &bounds);
    Ok(answer(MVT, tile::areas(tile, outlines), false))
}

async fn map_tile_mvt(
    call: Call,
    Path(address): Path<Address>,
    Query(filter): Query<TileFilter>,
) -> Result<Answer<Bare>, Refusal> {
    let (tile, content) = content(&call, &address, &filter).await?;
    Ok(answer(MVT, content.mvt(tile), content.is_truncated()))
}

async fn map_tile_geojson(
    call: Call,
    Path(address): Path<Address>,
    Query(filter): Query<TileFilter>,
) -> Result<Answer<Bare>, Refusal> {
    let (_, content) = content(&call, &address, &filter).await?;
    Ok(answer(GEOJSON, content.geojson().to_string(), content.is_truncated()))
}

async fn content(call: &Call, address: &Address, filter: &TileFilter) -> Result<(Tile, Content), Refusal> {
    let tile = address.tile()?;
    let which = tile_filter(call, filter).await?;
    Ok((tile, tile::read(call.market(), tile, &which).await?))
}

async fn tile_filter(call: &Call, filter: &TileFilter) -> Result<Which, Refusal> {
    let days = filter.days.map(|days| which::last_days(call.now, &call.site.zone, days));
    let asked = Asked::new(filter.category.as_deref(), filter.status.as_deref(), days)?;
    asked.in_market(call.market(), &call.site.zone).await
}

fn answer(media: &'static str, body: impl Into<bytes::Bytes>, truncated: bool) -> Answer<Bare> {
    // An empty tile is 200 as well: it can be kept like any other, and every reader takes it.
    let answer = Answer::bytes(StatusCode::OK, media, body).public(LIST_MAX_AGE_S, LIST_STALE_S);
    if truncated { answer.header(TRUNCATED, HeaderValue::from_static("1")) } else { answer }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct HeatFilter {
    /// The part of the map: west,south,east,north in degrees.
    #[schemars(length(max = 120))]
    bbox: String,
    /// The first day on which requests were reported, in the market's time zone.
    #[schemars(length(max = 10))]
    from: Option<String>,
    /// The last day.
    #[schemars(length(max = 10))]
    to: Option<String>,
    /// Only these categories: codes, parted by commas.
    #[schemars(length(max = 4000))]
    category: Option<String>,
    /// Only these statuses, parted by commas.
    #[schemars(length(max = 120))]
    status: Option<String>,
}

async fn map_heat(call: Call, Query(filter): Query<HeatFilter>) -> Result<Answer<Bare>, Refusal> {
    let bbox = BoundingBox::parse("?bbox", &filter.bbox).map_err(Refusal::invalid)?;
    let days = days(&call, filter.from.as_deref(), filter.to.as_deref())?;
    let asked = Asked::new(filter.category.as_deref(), filter.status.as_deref(), days)?;
    let which = asked.in_market(call.market(), &call.site.zone).await?;
    let cells = cells::of_box(call.market(), &bbox, limits::HEAT_CELLS_MAX, &which).await?;
    Ok(answer(GEOJSON, heat(&cells).to_string(), false))
}

/// Weighted points: how many requests of all that are shown, and of the fullest cell.
pub fn heat(cells: &[Cell]) -> Value {
    let fullest = cells.iter().map(Cell::requests).max().unwrap_or(1).max(1);
    let feature = |cell: &Cell| {
        let mut feature = tile::cluster_feature(cell);
        let weight = cell.requests() as f64 / fullest as f64;
        feature["properties"]["weight"] = ((weight * 1e4).round() / 1e4).into();
        feature
    };
    tile::collection(cells.iter().map(feature).collect(), false)
}

/// Both ends, one of them, or all of time.
pub fn days(call: &Call, from: Option<&str>, to: Option<&str>) -> Result<Option<(Date, Date)>, Refusal> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let mut faults = Vec::new();
    let mut date = |name: &str, text: Option<&str>| {
        text.and_then(|text| {
            let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
            if date.is_none() {
                faults.push(Fault::new(name, "malformed", "Must be a day such as 2026-03-01."));
            }
            date
        })
    };
    let (first, last) = (date("?from", from), date("?to", to));
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let (_, today) = which::last_days(call.now, &call.site.zone, 1);
    let last = last.unwrap_or(today);
    let first = first.unwrap_or_else(|| which::first_of(last, limits::DAYS_MAX));
    Ok(Some((first, last)))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PictureFilter {
    /// The part of the map: west,south,east,north in degrees.
    #[schemars(length(max = 120))]
    bbox: String,
    /// How wide the picture is; its height follows from the box.
    #[schemars(range(min = 64, max = 1600))]
    width: Option<u32>,
    #[serde(flatten)]
    filter: TileFilter,
}

const WIDTH_DEFAULT: u32 = 640;

async fn map_picture(
    civic: &Civic,
    call: Call,
    Query(asked): Query<PictureFilter>,
) -> Result<Answer<Bare>, Refusal> {
    let bbox = BoundingBox::parse("?bbox", &asked.bbox).map_err(Refusal::invalid)?;
    let which = tile_filter(&call, &asked.filter).await?;
    let view = View::new(&bbox, asked.width.unwrap_or(WIDTH_DEFAULT).clamp(64, 1_600));
    let (marks, truncated) = marks(&call, &bbox, &view, &which).await?;
    let index = civic.areas.index(call.market()).await?;
    let outlines = index.outlines(&bbox, limits::OUTLINES_MAX);
    let svg = picture::draw(&view, &call.site.market_name, &outlines, &marks);
    Ok(answer(SVG, svg, truncated))
}

async fn marks(
    call: &Call,
    bbox: &BoundingBox,
    view: &View,
    which: &Which,
) -> Result<(Vec<Mark>, bool), Refusal> {
    if view.zoom() < limits::POINTS_FROM_ZOOM {
        let cells = cells::of_box(call.market(), bbox, limits::PICTURE_MARKS_MAX, which).await?;
        let over = |cell: &Cell| {
            STATUSES.into_iter().zip(cell.by_status).filter(|it| it.0.is_over()).map(|it| it.1).sum()
        };
        let is_open = |cell: &Cell| cell.requests() > over(cell);
        let mark = |cell: &Cell| Mark { spot: cell.place, requests: cell.requests(), is_open: is_open(cell) };
        return Ok((cells.iter().map(mark).collect(), false));
    }
    let is_in = |spot: Spot| bbox.contains(spot.point());
    let found = points::read(call.market(), bbox, which, is_in).await?;
    let mark = |pin: &super::repo::Pin| Mark {
        spot: Spot::of(pin.place),
        requests: 1,
        is_open: !pin.status.is_over(),
    };
    Ok((found.pins.iter().map(mark).collect(), found.truncated))
}
