use geo::{BoundingBox, Cell};
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{Request, RequestId, Status};
use crate::limits;

/// Every column, in the order in which a row is read.
macro_rules! columns {
    () => {
        "id, category, status, description, lat, long, reporter, at, updated, version, \
         answers, address, zipcode, area, photos, source, agency, team, assignee, due, left_min, closed, \
         note, merged, seconds, hidden"
    };
}
pub(crate) use columns;

kernel::statements! {
    short ONE = concat!("select ", columns!(), " \
        from request where id = ?1");
    short LATEST = concat!("select ", columns!(), " \
        from request where id < ?1 order by id desc limit ?2");
    short LATEST_WITH_STATUS = concat!("select ", columns!(), " \
        from request where status = ?1 and id < ?2 order by id desc limit ?3");
    /// In the order of cells, from where the page before ended.
    short IN_CELLS = concat!("select ", columns!(), " \
        from request where status = ?1 and (cell, id) > (?2, ?3) and cell <= ?4 \
        and lat between ?5 and ?6 and (long between ?7 and ?8 or long between ?9 and ?10) \
        order by cell, id limit ?11");
    short ADD = "insert into request \
        (id, category, status, description, lat, long, cell, reporter, at, updated, version, answers, address, \
        zipcode, area, photos, source, agency, team, assignee, due, left_min, closed, note, merged, seconds, \
        hidden) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";
}

pub async fn one(market: &Market, id: RequestId) -> Result<Option<Request>, StoreError> {
    market.one(ONE, values![id]).await
}

/// Newest first, one more than a page.
pub async fn latest(
    market: &Market,
    status: Option<Status>,
    before: RequestId,
    limit: u16,
) -> Result<Vec<Request>, StoreError> {
    let limit = i64::from(limit) + 1;
    match status {
        None => market.list(LATEST, values![before, limit]).await,
        Some(status) => market.list(LATEST_WITH_STATUS, values![status.name(), before, limit]).await,
    }
}

/// Those within a box, in the order of cells, one more than a page. `after` is the cell and id that
/// the page before ended with.
pub async fn in_box(
    market: &Market,
    bbox: &BoundingBox,
    status: Status,
    after: (i64, i64),
    limit: u16,
) -> Result<Vec<Request>, StoreError> {
    let (mut parts, wanted) = (bbox.parts(), usize::from(limit) + 1);
    let one = parts.next().unwrap_or(*bbox);
    let other = parts.next().unwrap_or(one);
    let query = |(low, high): (i64, i64)| {
        let (cell, id) = after.max((low, 0));
        let params = values![
            status.name(),
            cell,
            id,
            high,
            one.south_e7(),
            one.north_e7(),
            one.west_e7(),
            one.east_e7(),
            other.west_e7(),
            other.east_e7(),
            wanted as i64,
        ];
        Query { sql: IN_CELLS, params }
    };
    let ranges = geo::cover(bbox, limits::RANGES_PER_BOX_MAX);
    let ahead = ranges.into_iter().filter(|(_, high)| *high >= after.0);
    let mut found = Vec::with_capacity(wanted);
    for rows in market.snapshot(ahead.map(query).collect()).await? {
        found.extend(rows.list::<Request>()?);
    }
    found.truncate(wanted);
    Ok(found)
}

pub fn add(request: &Request) -> Change {
    ADD.with(values![
        request.id,
        &request.category,
        request.status.name(),
        &request.description,
        request.place.lat_e7(),
        request.place.long_e7(),
        Cell::of(request.place).code(),
        request.reporter,
        request.at,
        request.updated,
        request.version,
        request.answers.as_deref(),
        request.address.as_deref(),
        request.zipcode.as_deref(),
        request.area.as_deref(),
        photos(&request.photos),
        request.source.name(),
        request.agency,
        request.team.as_deref(),
        request.assignee,
        request.due,
        request.left_min,
        request.closed,
        request.note.as_deref(),
        request.merged,
        request.seconds,
        request.hidden,
    ])
}

fn photos(photos: &[String]) -> Option<String> {
    if photos.is_empty() { None } else { Some(photos.join(" ")) }
}
