use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{FIRST, From, Happened, Lies, Object, ObjectId, Tied};
use super::pack::Span;
use crate::limits;
use crate::request::history;
use crate::request::model::{Request, RequestId};
use crate::request::repo as requests;

/// An object that is being written, one that is there, and one that is to go.
pub const WRITING: i64 = 0;
pub const THERE: i64 = 1;
pub const GOING: i64 = 2;

kernel::statements! {
    /// Closed the longest first; merged ones go with the one they were merged into.
    short OLD = concat!("select ", crate::request::repo::columns!(), " \
        from request where closed is not null and (closed, id) > (?1, ?2) and closed < ?3 \
        and merged is null and (restored is null or restored < ?3) order by closed, id limit ?4");
    short FAMILY = concat!("select ", crate::request::repo::columns!(), " \
        from request where merged = ?1 order by id limit ?2");
    short HISTORY = "select id, at, actor, what, public, body from history where request = ?1 order by id limit ?2";
    short TIE = "select target, counted, status, due, left_min, closed, at from tie where request = ?1";
    short PERSONAL = concat!("select ", crate::request::repo::columns!(), " \
        from request where closed is not null and (erased is null or erased < closed) \
        and (closed, id) > (?1, ?2) and closed < ?3 order by closed, id limit ?4");
    short FOLLOWERS = "select request, who, person, reporter, seconded, name, email, phone, channel, language, at, confirmed \
        from follower where request = ?1 order by who limit ?2";
    short ERASE = "update request set reporter = null, description = ?3, answers = ?4, updated = ?5, \
        erased = closed, version = version + 1 where id = ?1 and version = ?2";
    /// There is nothing personal about it, or all of it is gone.
    short MARK = "update request set erased = closed where id = ?1 and version = ?2";
    short TAKE = "delete from request where id = ?1 and version = ?2";
    short TAKE_HISTORY = "delete from history where request = ?1";
    short TAKE_FOLLOWERS = "delete from follower where request = ?1";
    short TAKE_TIE = "delete from tie where request = ?1";
    short TAKE_ESCALATED = "delete from escalated where request = ?1";
    short ADD_TIE = "insert into tie (request, target, counted, status, due, left_min, closed, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short LAY = "insert into archived (request, root, object, start, length, hash, closed, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short LIES = "select request, root, object, start, length, hash from archived where request = ?1";
    short LIES_OF_ROOT = "select request, root, object, start, length, hash from archived \
        where root = ?1 order by request limit ?2";
    short LIFT = "delete from archived where request = ?1 and object = ?2";
    /// As it was, and not to be archived again before the days have passed anew.
    short BRING_BACK = "insert into request \
        (id, category, status, description, lat, long, cell, reporter, at, updated, version, answers, address, \
        zipcode, area, photos, source, agency, team, assignee, due, left_min, closed, note, merged, seconds, \
        hidden, erased, restored) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
        ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)";
    short BEGIN_OBJECT = "insert into archive_object (id, state, lines, bytes, hash, at) \
        values (?1, 0, ?2, ?3, ?4, ?5)";
    short SET_STATE = "update archive_object set state = ?3 where id = ?1 and state = ?2";
    short TAKE_OBJECT = "delete from archive_object where id = ?1 and state = 2";
    short OBJECTS = "select id, lines, bytes, hash from archive_object \
        where state = 1 and id > ?1 order by id limit ?2";
    short LEFT_BEHIND = "select id from archive_object where state = 0 and at < ?1 order by id limit ?2";
    short LEAVING = "select id from archive_object where state = 2 order by id limit ?1";
    long EMPTY = "select id from archive_object where state = 1 \
        and not exists (select 1 from archived where archived.object = archive_object.id) order by id limit ?1";
}

pub async fn old(
    market: &Market,
    from: From,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Request>, StoreError> {
    market.list(OLD, values![from.0, from.1, before, limit as i64]).await
}

pub async fn personal(market: &Market, from: From, before: Timestamp) -> Result<Vec<Request>, StoreError> {
    market.list(PERSONAL, values![from.0, from.1, before, limits::PERSONAL_AT_ONCE as i64]).await
}

pub async fn lies(market: &Market, request: RequestId) -> Result<Option<Lies>, StoreError> {
    market.one(LIES, values![request]).await
}

pub async fn lies_of_root(market: &Market, root: RequestId) -> Result<Vec<Lies>, StoreError> {
    market.list(LIES_OF_ROOT, values![root, limits::MERGED_MAX as i64 + 1]).await
}

pub async fn objects(market: &Market, after: ObjectId) -> Result<Vec<Object>, StoreError> {
    market.list(OBJECTS, values![after, limits::OBJECTS_AT_ONCE]).await
}

/// Whether anything is left of what `from` and those before it were archived as.
pub async fn is_anything_old(market: &Market, before: Timestamp) -> Result<bool, StoreError> {
    Ok(!old(market, FIRST, before, 1).await?.is_empty())
}

pub fn begin_object(object: &Object, at: Timestamp) -> Change {
    BEGIN_OBJECT.with(values![object.id, object.lines, object.bytes, &object.hash[..], at])
}

pub fn set_state(object: ObjectId, before: i64, after: i64) -> Change {
    SET_STATE.with(values![object, before, after])
}

pub fn take(request: &Request) -> Change {
    TAKE.with(values![request.id, request.version])
}

/// As many entries as were read: one more that was written meanwhile must not be lost.
pub fn take_history(request: RequestId, entries: usize) -> Change {
    TAKE_HISTORY.with(values![request]).rows(u32::try_from(entries).unwrap_or(u32::MAX))
}

pub fn take_tie(request: RequestId, is_tied: bool) -> Change {
    TAKE_TIE.with(values![request]).rows(is_tied.into())
}

pub fn lay(request: &Request, root: RequestId, object: ObjectId, span: &Span, at: Timestamp) -> Change {
    let (start, length) = (span.start as i64, span.length as i64);
    let closed = request.closed.unwrap_or(request.updated);
    LAY.with(values![request.id, root, object, start, length, &span.hash[..], closed, at])
}

pub fn bring_back(request: &Request, at: Timestamp) -> Change {
    let mut params = requests::add(request).params;
    params.extend(values![request.closed, at]);
    BRING_BACK.with(params)
}

pub fn add_history(request: RequestId, it: &Happened) -> Change {
    history::ADD.with(values![it.id, request, it.at, it.actor, &it.what, it.public, &it.body])
}

pub fn add_tie(request: RequestId, it: &Tied) -> Change {
    let Tied { target, counted, status, due, left_min, closed, at } = *it;
    ADD_TIE.with(values![request, target, counted, status.name(), due, left_min, closed, at])
}

pub fn lift(lies: &Lies) -> Change {
    LIFT.with(values![lies.request, lies.object])
}

pub fn mark(request: &Request) -> Change {
    MARK.with(values![request.id, request.version])
}

/// The same, without what is personal.
pub fn erase(before: &Request, after: &Request) -> Change {
    let (id, version) = (before.id, before.version);
    ERASE.with(values![id, version, &after.description, after.answers.as_deref(), after.updated])
}
