use geo::Cell;
use kernel::{Change, Id, Provider, values};
use store::{Market, StoreError};

use super::model::{Contact, Entry, Tie};
use crate::limits;
use crate::request::model::{Request, RequestId};

kernel::statements! {
    /// What is another agency's is not found: the statement itself does not see it.
    short ONE_OF_AGENCY = concat!("select ", crate::request::repo::columns!(), " \
        from request where id = ?1 and agency = ?2");
    short MERGED_INTO = concat!("select ", crate::request::repo::columns!(), " \
        from request where merged = ?1 order by id limit ?2");
    short SAVE = "update request set category = ?3, status = ?4, lat = ?5, long = ?6, cell = ?7, area = ?8, \
        address = ?9, agency = ?10, team = ?11, assignee = ?12, due = ?13, left_min = ?14, closed = ?15, \
        note = ?16, merged = ?17, seconds = seconds + ?18, hidden = ?19, updated = ?20, version = ?2 + 1 \
        where id = ?1 and version = ?2 and (seconds = ?21 or ?21 = -1)";
    /// Changes nothing, but is there for what is told about the request to be in order.
    short TOUCH = "update request set updated = updated where id = ?1";
    short ADD_HISTORY = "insert into history (id, request, at, actor, what, public, body) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    short HISTORY = "select id, at, actor, what, public, body from history \
        where request = ?1 and id > ?2 order by id limit ?3";
    short CONTACT = "select name, email, phone from follower where request = ?1 and reporter = 1 limit 1";
    short DUE_MIN = "select due_min from category where code = ?1";
    /// Every tie whose root is this request.
    short TIES = "select tie.request, tie.target, tie.counted, tie.status, tie.due, tie.left_min, tie.closed \
        from request join tie on tie.request = request.id \
        where request.merged = ?1 order by request.id limit ?2";
    short ADD_TIE = "insert into tie (request, target, counted, status, due, left_min, closed, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short COUNT_TIE = "update tie set counted = counted + ?2 where request = ?1";
    short TAKE_TIE = "delete from tie where request = ?1";
    short HEARS = "select id from request where merged = ?1 order by id limit ?2";
    /// Whether there is an area of that code; of one kind, or of any.
    short AREA = "select area.code from area_set join area on area.kind = area_set.kind \
        where area.code = ?1 and (area_set.kind = ?2 or ?2 = '') limit 1";
}

pub async fn one(
    market: &Market,
    agency: Option<Id<Provider>>,
    id: RequestId,
) -> Result<Option<Request>, StoreError> {
    match agency {
        Some(agency) => market.one(ONE_OF_AGENCY, values![id, agency]).await,
        None => crate::request::repo::one(market, id).await,
    }
}

/// Those merged into a request, one more than there may be.
pub async fn merged_into(market: &Market, root: RequestId) -> Result<Vec<Request>, StoreError> {
    market.list(MERGED_INTO, values![root, limits::MERGED_MAX as i64 + 1]).await
}

pub async fn ties(market: &Market, root: RequestId) -> Result<Vec<Tie>, StoreError> {
    market.list(TIES, values![root, limits::MERGED_MAX as i64 + 1]).await
}

/// The requests whose followers hear of what happens to this one: itself, and all merged into it.
pub async fn hearing_of(market: &Market, request: RequestId) -> Result<Vec<RequestId>, StoreError> {
    let merged: Vec<(RequestId,)> = market.list(HEARS, values![request, limits::MERGED_MAX as i64]).await?;
    Ok(std::iter::once(request).chain(merged.into_iter().map(|(id,)| id)).collect())
}

pub async fn has_area(market: &Market, kind: Option<&str>, code: &str) -> Result<bool, StoreError> {
    Ok(market.one::<(String,)>(AREA, values![code, kind.unwrap_or_default()]).await?.is_some())
}

pub async fn contact(market: &Market, request: RequestId) -> Result<Option<Contact>, StoreError> {
    market.one(CONTACT, values![request]).await
}

/// The working minutes that a category gives; the outer `None` where there is no such category.
pub async fn due_min(market: &Market, category: &str) -> Result<Option<Option<i64>>, StoreError> {
    Ok(market.one::<(Option<i64>,)>(DUE_MIN, values![category]).await?.map(|(it,)| it))
}

/// Oldest first, one more than a page.
pub async fn history(
    market: &Market,
    request: RequestId,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    market.list(HISTORY, values![request, after, limit + 1]).await
}

/// All that staff may change, where the version is still the one that was read. Whoever says "me too"
/// leaves the version alone, so that they are in nobody's way: their count is added to, never replaced.
pub fn save(before: &Request, after: &Request) -> Change {
    saved(before, after, ANY_SECONDS)
}

/// The same, if nobody has said "me too" since: for whoever takes the count elsewhere.
pub fn save_counted(before: &Request, after: &Request) -> Change {
    saved(before, after, before.seconds)
}

const ANY_SECONDS: i64 = -1;

fn saved(before: &Request, after: &Request, seconds: i64) -> Change {
    SAVE.with(values![
        after.id,
        before.version,
        &after.category,
        after.status.name(),
        after.place.lat_e7(),
        after.place.long_e7(),
        Cell::of(after.place).code(),
        after.area.as_deref(),
        after.address.as_deref(),
        after.agency,
        after.team.as_deref(),
        after.assignee,
        after.due,
        after.left_min,
        after.closed,
        after.note.as_deref(),
        after.merged,
        after.seconds - before.seconds,
        after.hidden,
        after.updated,
        seconds,
    ])
}

pub fn touch(request: RequestId) -> Change {
    TOUCH.with(values![request])
}

pub fn add_tie(tie: &Tie, at: kernel::jiff::Timestamp) -> Change {
    let Tie { request, target, counted, status, due, left_min, closed } = *tie;
    ADD_TIE.with(values![request, target, counted, status.name(), due, left_min, closed, at])
}

pub fn count_tie(request: RequestId, more: i64) -> Change {
    COUNT_TIE.with(values![request, more])
}

pub fn take_tie(request: RequestId) -> Change {
    TAKE_TIE.with(values![request])
}
