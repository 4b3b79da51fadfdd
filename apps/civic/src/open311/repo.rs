use geo::BoundingBox;
use kernel::jiff::Timestamp;
use kernel::values;
use store::{FromRow, Market, Query, Row, StoreError};

use super::asked::Filter;
use crate::request::model::{Request, RequestId, Status};
use crate::request::repo::{self, columns};

kernel::statements! {
    /// Lists are texts with commas around each part; an empty text is no filter. The newest come first,
    /// merged ones too: a client that was given an id must be able to ask for it.
    long REPORTED = concat!("select ", columns!(), " from request \
        where at >= ?1 and at <= ?2 and hidden = 0 \
        and (?3 = '' or replace(?3, ',' || status || ',', '') <> ?3) \
        and (?4 = '' or replace(?4, ',' || category || ',', '') <> ?4) \
        and updated >= ?5 and updated <= ?6 and lat between ?7 and ?8 \
        and (long between ?9 and ?10 or long between ?11 and ?12) \
        order by at desc, id desc limit ?13 offset ?14");
    short UPDATES = "select history.id, history.request, history.at, request.status, history.body \
        from history join request on request.id = history.request \
        where history.public = 1 and history.at >= ?1 and history.at <= ?2 and request.hidden = 0 \
        order by history.at, history.id limit ?3";
}

/// What the public was told of one request.
pub struct Update {
    pub id: i64,
    pub request: RequestId,
    pub at: Timestamp,
    pub status: Status,
    /// JSON.
    pub body: String,
}

impl FromRow for Update {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            request: row.get(1)?,
            at: row.get(2)?,
            status: row.get(3)?,
            body: row.get(4)?,
        })
    }
}

pub async fn reported(market: &Market, filter: &Filter) -> Result<Vec<Request>, StoreError> {
    let (mut parts, world) =
        (filter.bbox.iter().flat_map(BoundingBox::parts), (-1_800_000_000, 1_800_000_000));
    let one = parts.next();
    let other = parts.next().or(one);
    let lat = one.map_or((-900_000_000, 900_000_000), |it| (it.south_e7(), it.north_e7()));
    let long = |part: Option<BoundingBox>| part.map_or(world, |it| (it.west_e7(), it.east_e7()));
    let (first, second) = (long(one), long(other));
    let services: Vec<&str> = filter.services.iter().map(String::as_str).collect();
    let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.name()).collect();
    let params = values![
        filter.from,
        filter.to,
        listed(&statuses),
        listed(&services),
        filter.updated_after.unwrap_or(Timestamp::MIN),
        filter.updated_before.unwrap_or(Timestamp::MAX),
        lat.0,
        lat.1,
        first.0,
        first.1,
        second.0,
        second.1,
        i64::from(filter.page_size),
        i64::from(filter.page - 1) * i64::from(filter.page_size),
    ];
    market.list(REPORTED, params).await
}

/// Those of these ids that everyone may see, in the order in which they were asked for.
pub async fn named(market: &Market, ids: &[RequestId]) -> Result<Vec<Request>, StoreError> {
    let query = |id: &RequestId| Query { sql: repo::ONE, params: values![*id] };
    let rows = market.snapshot(ids.iter().map(query).collect()).await?;
    let mut found = Vec::with_capacity(ids.len());
    for rows in rows {
        found.extend(rows.one::<Request>()?.filter(|request| !request.hidden));
    }
    Ok(found)
}

pub async fn updates(
    market: &Market,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<Update>, StoreError> {
    market.list(UPDATES, values![from, to, i64::from(limit)]).await
}

fn listed(parts: &[&str]) -> String {
    if parts.is_empty() { String::new() } else { format!(",{},", parts.join(",")) }
}
