use std::cmp::Reverse;

use geo::Cell;
use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, Sql, Value, values};
use store::{Market, Query, StoreError};

use super::model::{Request, RequestId, Status};

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
    short LATEST_WITH_STATUS = concat!("select ", columns!(), " \
        from request where status = ?5 and (at, id) < (?1, ?2) and at >= ?3 and hidden = 0 and merged is null \
        order by at desc, id desc limit ?4");
    short LATEST_OF_CATEGORY = concat!("select ", columns!(), " \
        from request where category = ?6 and status = ?5 and (at, id) < (?1, ?2) and at >= ?3 \
        and hidden = 0 and merged is null order by at desc, id desc limit ?4");
    /// The category, if there is one, is in the index too.
    short LATEST_IN_AREA = concat!("select ", columns!(), " \
        from request where area = ?6 and status = ?5 and (at, id) < (?1, ?2) and at >= ?3 \
        and (?7 = '' or category = ?7) and hidden = 0 and merged is null order by at desc, id desc limit ?4");
    /// Several at once; unused places repeat one of the others.
    short SOME = concat!("select ", columns!(), " from request where id in (?1, ?2, ?3, ?4, ?5, ?6, ?7, \
        ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)");
    /// In the order of cells, from where the page before ended. The index has all of it, and the limit
    /// bounds what is looked at, however rare it is that one is wanted.
    short IN_CELLS = "select cell, id, hidden, merged from request \
        where status = ?1 and (cell, id) > (?2, ?3) and cell <= ?4 order by cell, id limit ?5";
    /// The same with what else may be asked for.
    short SEEN_IN_CELLS = "select cell, id, category, at, hidden, merged from request \
        where status = ?1 and (cell, id) > (?2, ?3) and cell <= ?4 order by cell, id limit ?5";
    short OF_REPORTER = concat!("select ", columns!(), " \
        from request where reporter = ?1 and id < ?2 order by id desc limit ?3");
    short ADD = "insert into request \
        (id, category, status, description, lat, long, cell, reporter, at, updated, version, answers, address, \
        zipcode, area, photos, source, agency, team, assignee, due, left_min, closed, note, merged, seconds, \
        hidden) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";
    /// Only while it is there for everyone and not over: whoever finds it changed decides again.
    short SECOND = "update request set seconds = seconds + 1 \
        where id = ?1 and merged is null and hidden = 0 and closed is null";
    short REOPEN = "update request set status = ?3, closed = null, due = ?4, left_min = null, updated = ?5, \
        version = version + 1 where id = ?1 and version = ?2";
    short SHOW = "update request set photos = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short ERASE = "update request set reporter = null, description = ?3, answers = ?4, photos = ?5, \
        updated = ?6, version = version + 1 where id = ?1 and version = ?2";
}

/// As many as `SOME` asks for.
const SOME_AT_ONCE: usize = 25;

/// Which requests are wanted; merged and hidden ones never are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub category: Option<String>,
    pub area: Option<String>,
    /// Any of these; any at all if there is none.
    pub statuses: Vec<Status>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

pub async fn one(market: &Market, id: RequestId) -> Result<Option<Request>, StoreError> {
    market.one(ONE, values![id]).await
}

/// Those of these that are there, in no order.
pub async fn some(market: &Market, ids: &[RequestId]) -> Result<Vec<Request>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(SOME_AT_ONCE) {
        let places = some.iter().chain(std::iter::repeat(&some[0])).take(SOME_AT_ONCE);
        found.extend(market.list::<Request>(SOME, places.map(|id| Value::from(*id)).collect()).await?);
    }
    Ok(found)
}

/// Where the newest come from: before any moment.
pub const NEWEST: (i64, i64) = (i64::MAX, i64::MAX);

/// Newest first, one more than a page. `before` is the time in microseconds and the id that the page
/// before ended with.
pub async fn latest(
    market: &Market,
    filter: &Filter,
    before: (i64, i64),
    limit: u16,
) -> Result<Vec<Request>, StoreError> {
    let wanted = i64::from(limit) + 1;
    let until = filter.until.map_or(i64::MAX, Timestamp::as_microsecond);
    let (at, id) = before.min((until, 0));
    let since = filter.since.map_or(i64::MIN, Timestamp::as_microsecond);
    let query = |status: Status| latest_of(filter, values![at, id, since, wanted, status.name()]);
    let rows = market.snapshot(statuses(filter).into_iter().map(query).collect()).await?;
    let mut found = Vec::new();
    for rows in rows {
        found.extend(rows.list::<Request>()?);
    }
    found.sort_by_key(|request| Reverse((request.at, request.id)));
    found.truncate(usize::from(limit) + 1);
    Ok(found)
}

fn latest_of(filter: &Filter, mut params: Vec<Value>) -> Query {
    let sql: Sql = match (&filter.area, &filter.category) {
        (Some(area), category) => {
            params.extend(values![area, category.as_deref().unwrap_or_default()]);
            LATEST_IN_AREA
        }
        (None, Some(category)) => {
            params.extend(values![category]);
            LATEST_OF_CATEGORY
        }
        (None, None) => LATEST_WITH_STATUS,
    };
    Query { sql, params }
}

pub(super) fn statuses(filter: &Filter) -> Vec<Status> {
    let mut all: Vec<Status> = Vec::new();
    for status in &filter.statuses {
        if !all.contains(status) {
            all.push(*status);
        }
    }
    if all.is_empty() { Status::all().collect() } else { all }
}

/// What a person reported, newest first, one more than a page; hidden ones too.
pub async fn of_reporter(
    market: &Market,
    person: Id<Person>,
    before: RequestId,
    limit: u16,
) -> Result<Vec<Request>, StoreError> {
    market.list(OF_REPORTER, values![person, before, i64::from(limit) + 1]).await
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

/// One more says "me too".
pub fn second(id: RequestId) -> Change {
    SECOND.with(values![id])
}

/// To how it stands after, if it still stands as before.
pub fn reopen(before: &Request, after: &Request) -> Change {
    REOPEN.with(values![before.id, before.version, after.status.name(), after.due, after.updated])
}

/// The same, without what is personal.
pub fn erase(before: &Request, after: &Request) -> Change {
    ERASE.with(values![
        before.id,
        before.version,
        &after.description,
        after.answers.as_deref(),
        photos(&after.photos),
        after.updated,
    ])
}

/// The request shows these pictures from now on.
pub fn show(before: &Request, pictures: &[String], now: Timestamp) -> Change {
    SHOW.with(values![before.id, before.version, photos(pictures), now])
}

fn photos(photos: &[String]) -> Option<String> {
    if photos.is_empty() { None } else { Some(photos.join(" ")) }
}
