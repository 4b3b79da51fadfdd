use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{Chunk, MediaId, State, Upload};
use crate::image::Unfit;
use crate::limits;
use crate::picture::Address;

kernel::statements! {
    short ONE = "select id, state, purpose, subject, total, received, decodings, hash, width, height, reason, \
        at, updated, version from media where id = ?1";
    short OF_SUBJECT = "select id, state, purpose, subject, total, received, decodings, hash, width, height, reason, \
        at, updated, version from media where purpose = ?1 and subject = ?2 order by id limit ?3";
    /// Those that belong to nothing and are older than that.
    short LOOSE = "select id, state, purpose, subject, total, received, decodings, hash, width, height, reason, \
        at, updated, version from media where subject is null and state <> 'removed' and at < ?1 order by at limit ?2";
    /// Those that stopped half-way.
    short STUCK = "select id, state, purpose, subject, total, received, decodings, hash, width, height, reason, \
        at, updated, version from media where state in ('receiving', 'waiting') and state = ?1 and at < ?2 \
        order by at limit ?3";
    /// How many belong to nothing, as far as anyone wants to know.
    long HOW_MANY_LOOSE = "select count(*) from \
        (select 1 from media where subject is null and state <> 'removed' limit ?1) as loose";
    short CHUNKS = "select start, bytes, object from media_chunk where media = ?1 order by start limit ?2";
    short ADD = "insert into media (id, state, purpose, subject, total, received, decodings, at, updated, version) \
        values (?1, 'receiving', ?2, ?3, ?4, 0, 0, ?5, ?5, 1)";
    short ADD_CHUNK = "insert into media_chunk (media, start, bytes, object) values (?1, ?2, ?3, ?4)";
    /// Only from where it stands, so that no chunk is counted twice.
    short ADVANCE = "update media set received = ?3, state = ?4, updated = ?5, version = version + 1 \
        where id = ?1 and state = 'receiving' and received = ?2";
    short ATTACH = "update media set subject = ?3, updated = ?4, version = version + 1 where id = ?1 and version = ?2";
    short BEGIN_DECODING = "update media set decodings = decodings + 1, version = version + 1 \
        where id = ?1 and version = ?2";
    short FORGIVE_DECODING = "update media set decodings = decodings - 1, version = version + 1 \
        where id = ?1 and decodings > 0";
    short READY = "update media set state = 'ready', hash = ?3, width = ?4, height = ?5, updated = ?6, \
        version = version + 1 where id = ?1 and version = ?2";
    short REFUSE = "update media set state = 'refused', reason = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short REMOVE = "update media set state = 'removed', subject = null, hash = null, updated = ?3, \
        version = version + 1 where id = ?1 and version = ?2";
    short DROP_CHUNKS = "delete from media_chunk where media = ?1";
    short DROP_REMOVED = "delete from media where id = ?1 and state = 'removed'";
}

pub async fn one(market: &Market, id: MediaId) -> Result<Option<Upload>, StoreError> {
    market.one(ONE, values![id]).await
}

/// What belongs to something, in the order in which it was sent.
pub async fn of_subject(market: &Market, purpose: &str, subject: i64) -> Result<Vec<Upload>, StoreError> {
    market.list(OF_SUBJECT, values![purpose, subject, limits::PER_SUBJECT_MAX as i64]).await
}

/// The same for each of a page of things, in one round trip.
pub async fn of_subjects(
    market: &Market,
    purpose: &str,
    subjects: &[i64],
) -> Result<Vec<Vec<Upload>>, StoreError> {
    let params = |subject: &i64| values![purpose, *subject, limits::PER_SUBJECT_MAX as i64];
    let queries = subjects.iter().map(|it| Query { sql: OF_SUBJECT, params: params(it) }).collect();
    market.snapshot(queries).await?.iter().map(|rows| rows.list()).collect()
}

pub(crate) async fn loose(market: &Market, before: Timestamp) -> Result<Vec<Upload>, StoreError> {
    market.list(LOOSE, values![before, limits::SWEPT_AT_ONCE]).await
}

pub(crate) async fn stuck(
    market: &Market,
    state: State,
    before: Timestamp,
) -> Result<Vec<Upload>, StoreError> {
    market.list(STUCK, values![state.name(), before, limits::SWEPT_AT_ONCE]).await
}

pub(crate) async fn is_full(market: &Market) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = market.one(HOW_MANY_LOOSE, values![limits::LOOSE_MAX]).await?;
    Ok(found.is_some_and(|(loose,)| loose >= limits::LOOSE_MAX))
}

pub(crate) async fn chunks(market: &Market, id: MediaId) -> Result<Vec<Chunk>, StoreError> {
    market.list(CHUNKS, values![id, limits::CHUNKS_MAX as i64]).await
}

pub(crate) fn add(id: MediaId, purpose: &str, subject: Option<i64>, total: u32, now: Timestamp) -> Change {
    ADD.with(values![id, purpose, subject, total, now])
}

pub(crate) fn add_chunk(id: MediaId, chunk: &Chunk) -> Change {
    ADD_CHUNK.with(values![id, chunk.start, chunk.bytes, &chunk.object])
}

pub(crate) fn advance(upload: &Upload, received: i64, state: State, now: Timestamp) -> Change {
    ADVANCE.with(values![upload.id, upload.received, received, state.name(), now])
}

pub(crate) fn attach(upload: &Upload, subject: i64, now: Timestamp) -> Change {
    ATTACH.with(values![upload.id, upload.version, subject, now])
}

pub(crate) fn begin_decoding(upload: &Upload) -> Change {
    BEGIN_DECODING.with(values![upload.id, upload.version])
}

pub(crate) fn forgive_decoding(id: MediaId) -> Change {
    FORGIVE_DECODING.with(values![id]).any_rows()
}

pub(crate) fn ready(upload: &Upload, address: Address, sides: (u32, u32), now: Timestamp) -> Change {
    READY.with(values![upload.id, upload.version, address, sides.0, sides.1, now])
}

pub(crate) fn refuse(upload: &Upload, reason: Unfit, now: Timestamp) -> Change {
    REFUSE.with(values![upload.id, upload.version, reason.code(), now])
}

pub(crate) fn remove(upload: &Upload, now: Timestamp) -> Change {
    REMOVE.with(values![upload.id, upload.version, now])
}

pub(crate) fn drop_chunks(id: MediaId) -> Change {
    DROP_CHUNKS.with(values![id]).any_rows()
}

pub(crate) fn drop_removed(id: MediaId) -> Change {
    DROP_REMOVED.with(values![id])
}
