use kernel::jiff::Timestamp;
use kernel::{Actor, Change, values};
use store::{Market, StoreError};

use super::model::{Found, Trouble};
use crate::order::OrderId;

kernel::statements! {
    short ONE = "select delivery_order, what, at, done from delivery_trouble \
        where delivery_order = ?1 and what = ?2";
    /// What was seen to may come again.
    short FOUND = "insert into delivery_trouble (delivery_order, what, at, done, actor, note) \
        values (?1, ?2, ?3, 0, null, null) on conflict (delivery_order, what) do update \
        set at = excluded.at, done = 0 where delivery_trouble.done = 1";
    short DONE = "update delivery_trouble set done = 1, actor = ?3, note = ?4 \
        where delivery_order = ?1 and what = ?2 and done = 0";
}

pub async fn one(market: &Market, order: OrderId, what: Trouble) -> Result<Option<Found>, StoreError> {
    market.one(ONE, values![order, what as i64]).await
}

pub fn found(order: OrderId, what: Trouble, at: Timestamp) -> Change {
    FOUND.with(values![order, what as i64, at])
}

pub fn done(order: OrderId, what: Trouble, actor: Actor, note: &str) -> Change {
    DONE.with(values![order, what as i64, actor.to_raw(), note])
}
