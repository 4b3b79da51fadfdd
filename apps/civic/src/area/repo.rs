use geo::{BoundingBox, Point};
use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Area, AreaSet, AreaView, NewArea};
use crate::limits;

kernel::statements! {
    short SETS = "select kind, version, areas from area_set order by kind limit ?1";
    short LIST = "select kind, code, name, version, west, south, east, north \
        from area where (kind, code) > (?1, ?2) order by kind, code limit ?3";
    short LIST_OF_KIND = "select kind, code, name, version, west, south, east, north \
        from area where kind = ?1 and code > ?2 order by code limit ?3";
    short ONE = "select kind, code, name, version, shape from area where kind = ?1 and code = ?2";
    long SHAPES = "select kind, code, name, version, shape \
        from area where (kind, code) > (?1, ?2) order by kind, code limit ?3";
    long OUTLINES = "select kind, min(west), min(south), max(east), max(north) from area \
        group by kind order by kind limit ?1";
    long CODES = "select code from area where kind = ?1 order by code limit ?2";
    short PUT = "insert into area (kind, code, name, west, south, east, north, version, shape) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (kind, code) do update set \
        name = excluded.name, west = excluded.west, south = excluded.south, east = excluded.east, \
        north = excluded.north, version = excluded.version, shape = excluded.shape";
    short REMOVE = "delete from area where kind = ?1 and code = ?2";
    /// Of two imports at once one is first, and the other decides again.
    short SET = "insert into area_set (kind, version, areas, at) values (?1, ?2, ?3, ?4) \
        on conflict (kind) do update set version = excluded.version, areas = excluded.areas, at = excluded.at \
        where area_set.version = excluded.version - 1";
}

pub async fn sets(market: &Market) -> Result<Vec<AreaSet>, StoreError> {
    market.list(SETS, values![limits::AREA_KINDS_MAX as i64]).await
}

/// In the order of kinds and codes, one more than a page.
pub async fn list(
    market: &Market,
    kind: Option<&str>,
    after: (&str, &str),
    limit: u16,
) -> Result<Vec<AreaView>, StoreError> {
    let limit = i64::from(limit) + 1;
    match kind {
        None => market.list(LIST, values![after.0, after.1, limit]).await,
        Some(kind) => market.list(LIST_OF_KIND, values![kind, after.1, limit]).await,
    }
}

pub async fn one(market: &Market, kind: &str, code: &str) -> Result<Option<Area>, StoreError> {
    market.one(ONE, values![kind, code]).await
}

/// Some of them, in the order of kinds and codes.
pub async fn shapes(market: &Market, after: (&str, &str)) -> Result<Vec<Area>, StoreError> {
    market.list(SHAPES, values![after.0, after.1, limits::AREAS_READ_AT_ONCE as i64]).await
}

/// How far the areas of each kind reach.
pub async fn outlines(market: &Market) -> Result<Vec<(String, BoundingBox)>, StoreError> {
    let rows: Vec<(String, i64, i64, i64, i64)> =
        market.list(OUTLINES, values![limits::AREA_KINDS_MAX as i64]).await?;
    let corner =
        |lat: i64, long: i64| Point::from_e7(i32::try_from(lat).ok()?, i32::try_from(long).ok()?).ok();
    let outline = |(kind, west, south, east, north): (String, i64, i64, i64, i64)| {
        Some((kind, BoundingBox::new(corner(south, west)?, corner(north, east)?).ok()?))
    };
    Ok(rows.into_iter().filter_map(outline).collect())
}

pub async fn codes(market: &Market, kind: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = market.list(CODES, values![kind, limits::AREAS_PER_KIND_MAX as i64]).await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

pub fn put(kind: &str, area: &NewArea, version: i64) -> Change {
    let bbox = area.shape.bounds();
    PUT.with(values![
        kind,
        &area.code,
        &area.name,
        bbox.west_e7(),
        bbox.south_e7(),
        bbox.east_e7(),
        bbox.north_e7(),
        version,
        area.shape.to_bytes(),
    ])
}

pub fn remove(kind: &str, code: &str) -> Change {
    REMOVE.with(values![kind, code])
}

pub fn set(set: &AreaSet, at: Timestamp) -> Change {
    SET.with(values![&set.kind, set.version, set.areas, at])
}
