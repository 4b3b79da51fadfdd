use geo::Shape;
use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::decide::SET;
use super::model::{Area, AreaCuts, Cut, OutageSet};
use super::warn::Warned;
use super::{Plan, limits};

kernel::statements! {
    short ONE_SET = "select version, areas, cuts from outage_set where id = 1";
    long AREAS = "select code, name, shape from outage_area order by code limit ?1";
    long AREA_CODES = "select code from outage_area order by code limit ?1";
    long CUTS = "select area, cuts, told from outage_schedule order by area limit ?1";
    /// Of two imports at once one is first, and the other decides again.
    short PUT_SET = "insert into outage_set (id, version, areas, cuts, at) values (?1, ?2, ?3, ?4, ?5) \
        on conflict (id) do update set version = excluded.version, areas = excluded.areas, \
        cuts = excluded.cuts, at = excluded.at where outage_set.version = excluded.version - 1";
    short HOLD_SET = "update outage_set set at = at where id = ?1 and version = ?2";
    short PUT_AREA = "insert into outage_area (code, name, shape) values (?1, ?2, ?3) \
        on conflict (code) do update set name = excluded.name, shape = excluded.shape";
    short REMOVE_AREA = "delete from outage_area where code = ?1";
    short PUT_CUTS = "insert into outage_schedule (area, cuts, told) values (?1, ?2, 0) \
        on conflict (area) do update set cuts = excluded.cuts";
    short REMOVE_CUTS = "delete from outage_schedule where area = ?1";
    short TOLD = "update outage_schedule set told = ?2 where area = ?1 and told <> ?2";
    long WARNED = "select person, cut_from, cut_until from outage_warned where area = ?1 and cut_until > ?2 \
        and person > ?3 order by person, cut_from, cut_until limit ?4";
    short WARN = "insert into outage_warned (area, person, cut_from, cut_until) values (?1, ?2, ?3, ?4) \
        on conflict do nothing";
    long FORGET_WARNED = "delete from outage_warned where cut_until < ?1";
}

pub async fn set(market: &Market) -> Result<Option<OutageSet>, StoreError> {
    market.one(ONE_SET, Vec::new()).await
}

pub async fn area_codes(market: &Market) -> Result<Vec<String>, StoreError> {
    let codes = market.list::<(String,)>(AREA_CODES, values![limits::AREAS_MAX as i64]).await?;
    Ok(codes.into_iter().map(|(code,)| code).collect())
}

pub async fn cuts(market: &Market) -> Result<Vec<AreaCuts>, StoreError> {
    market.list(CUTS, values![limits::AREAS_MAX as i64]).await
}

/// All of it as it stood at one moment.
pub async fn load(market: &Market) -> Result<Plan, StoreError> {
    let most = || values![limits::AREAS_MAX as i64];
    let queries = [(ONE_SET, Vec::new()), (AREAS, most()), (CUTS, most())];
    let rows = market.snapshot(queries.map(|(sql, params)| Query { sql, params }).into()).await?;
    let [set, areas, cuts] = &rows[..] else {
        return Err(StoreError::Bug("a snapshot has fewer answers than questions".into()));
    };
    let version = set.one::<OutageSet>()?.map_or(0, |set| set.version);
    Ok(Plan::new(version, areas.list()?, cuts.list()?))
}

/// Who was told of which cuts of an area that are not over yet.
pub async fn warned(market: &Market, area: &str, now: Timestamp) -> Result<Warned, StoreError> {
    let mut warned = Warned::default();
    let mut after = 0;
    loop {
        let limit = limits::WARNED_READ_AT_ONCE;
        let rows: Vec<(i64, Timestamp, Timestamp)> =
            market.list(WARNED, values![area, now, after, limit]).await?;
        let is_last = (rows.len() as i64) < limit;
        // The last of a full page may have rows on the next one.
        after = rows.last().map_or(after, |(person, ..)| if is_last { *person } else { *person - 1 });
        rows.into_iter().for_each(|(person, from, until)| warned.add(Id::from_raw(person), from, until));
        if is_last {
            return Ok(warned);
        }
    }
}

pub fn warn(area: &str, person: Id<Person>, cut: &Cut) -> Change {
    WARN.with(values![area, person, cut.from, cut.until]).any_rows()
}

pub fn forget_warned(before: Timestamp) -> Change {
    FORGET_WARNED.with(values![before]).any_rows()
}

pub fn put_set(set: &OutageSet, now: Timestamp) -> Change {
    PUT_SET.with(values![SET, set.version, set.areas, set.cuts, now])
}

pub fn hold_set(version: i64) -> Change {
    HOLD_SET.with(values![SET, version])
}

pub fn put_area(area: &Area) -> Change {
    PUT_AREA.with(values![&area.code, &area.name, area.shape.to_bytes()])
}

pub fn remove_area(code: &str) -> Change {
    REMOVE_AREA.with(values![code])
}

pub fn put_cuts(area: &str, cuts: &[Cut]) -> Change {
    // Cuts are plain data of ours: writing them as JSON cannot fail.
    PUT_CUTS.with(values![area, serde_json::to_string(cuts).unwrap_or_default()])
}

pub fn remove_cuts(area: &str) -> Change {
    REMOVE_CUTS.with(values![area])
}

pub fn told(area: &str, is_cut: bool) -> Change {
    TOLD.with(values![area, is_cut])
}

impl FromRow for OutageSet {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { version: row.get(0)?, areas: row.get(1)?, cuts: row.get(2)? })
    }
}

impl FromRow for Area {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let shape = Shape::from_bytes(&row.get::<Vec<u8>>(2)?)
            .map_err(|_| StoreError::Bug("an area's shape cannot be read".into()))?;
        Ok(Self { code: row.get(0)?, name: row.get(1)?, shape })
    }
}

impl FromRow for AreaCuts {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let cuts = serde_json::from_str(&row.get::<String>(1)?)
            .map_err(|error| StoreError::Bug(format!("an area's cuts: {error}")))?;
        Ok(Self { area: row.get(0)?, cuts, is_told: row.get(2)? })
    }
}
