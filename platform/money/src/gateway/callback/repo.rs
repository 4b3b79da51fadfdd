use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{FromRow, Market, Row, StoreError};

use crate::payment::limits::CALLBACKS_SWEPT_MAX;

kernel::statements! {
    short SAME = "select id from gateway_callback where gateway = ?1 and reference = ?2 and hash = ?3";
    short ONE = "select id, gateway, reference, state from gateway_callback where id = ?1";
    short ADD = "insert into gateway_callback (id, gateway, reference, hash, body, state, at) \
        values (?1, ?2, ?3, ?4, ?5, 'new', ?6)";
    short END = "update gateway_callback set state = ?2 where id = ?1 and state = 'new'";
    long SWEEP = "delete from gateway_callback where id in \
        (select id from gateway_callback where at < ?1 order by at, id limit ?2)";
}

/// A callback that is to be followed: what it is about is asked of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: i64,
    pub gateway: i64,
    /// Ours, or the gateway's behind a colon.
    pub reference: String,
    pub is_new: bool,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let state: String = row.get(3)?;
        Ok(Self { id: row.get(0)?, gateway: row.get(1)?, reference: row.get(2)?, is_new: state == "new" })
    }
}

pub async fn is_known(
    market: &Market,
    gateway: i64,
    reference: &str,
    hash: [u8; 32],
) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = market.one(SAME, values![gateway, reference, hash]).await?;
    Ok(found.is_some())
}

pub async fn one(market: &Market, id: i64) -> Result<Option<Kept>, StoreError> {
    market.one(ONE, values![id]).await
}

pub fn add(id: i64, (gateway, reference): (i64, &str), hash: [u8; 32], body: &str, now: Timestamp) -> Change {
    ADD.with(values![id, gateway, reference, hash, body, now])
}

pub fn end(id: i64, state: &str) -> Change {
    END.with(values![id, state])
}

pub fn sweep(before: Timestamp) -> Change {
    SWEEP.with(values![before, CALLBACKS_SWEPT_MAX]).any_rows()
}
