use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::chain::{Entry, Head};
use crate::limits;

kernel::statements! {
    short HEAD = "select entries, pos, hash from audit_head where id = 1";
    /// Only on the head that was read.
    short SET_HEAD = "insert into audit_head (id, entries, pos, hash) values (1, ?2, ?3, ?4) \
        on conflict (id) do update set entries = excluded.entries, pos = excluded.pos, hash = excluded.hash \
        where audit_head.entries = ?1";
    short ADD = "insert into audit (n, pos, event, name, subject, at, actor, body, hash) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    short AT_POSITION = "select n from audit where pos = ?1";
    long AFTER = "select n, pos, event, name, subject, at, actor, body, hash from audit \
        where n > ?1 order by n limit ?2";
    short BEFORE = "select n, pos, event, name, subject, at, actor, body, hash from audit \
        where n < ?1 order by n desc limit ?2";
}

pub async fn head(market: &Market) -> Result<Head, StoreError> {
    Ok(market.one(HEAD, values![]).await?.unwrap_or_default())
}

/// Which of these positions are in the log already, in their order.
pub async fn known(market: &Market, positions: &[i64]) -> Result<Vec<bool>, StoreError> {
    let query = |pos: &i64| Query { sql: AT_POSITION, params: values![*pos] };
    let rows = market.snapshot(positions.iter().map(query).collect()).await?;
    rows.iter().map(|rows| Ok(rows.one::<(i64,)>()?.is_some())).collect()
}

/// Oldest first.
pub async fn after(market: &Market, n: i64) -> Result<Vec<Entry>, StoreError> {
    market.list(AFTER, values![n, limits::AUDIT_PAGE]).await
}

/// Latest first, one more than a page.
pub async fn before(market: &Market, n: i64, limit: u16) -> Result<Vec<Entry>, StoreError> {
    market.list(BEFORE, values![n, i64::from(limit) + 1]).await
}

pub fn add(it: &Entry) -> Change {
    let row =
        values![it.n, it.pos, it.event, &it.name, it.subject, it.at, it.actor, &it.body, it.hash.to_vec()];
    ADD.with(row)
}

pub fn set_head(before: &Head, after: &Head) -> Change {
    SET_HEAD.with(values![before.entries, after.entries, after.pos, after.hash.to_vec()])
}
