use geo::Cell;
use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{FromRow, Market, Row, StoreError};

use super::limits;
use super::model::{Heat, Sums};

kernel::statements! {
    short PUT = "insert into demand_history (slot, cell, orders, riders, factor_bp) values (?1, ?2, ?3, ?4, ?5) \
        on conflict (slot, cell) do update set orders = excluded.orders, riders = excluded.riders, \
        factor_bp = excluded.factor_bp";
    long LATEST = "select slot, cell, orders, riders, factor_bp from demand_history \
        where slot = (select max(slot) from demand_history where slot >= ?1) order by cell limit ?2";
    long BY_CELL = "select cell, cast(sum(orders) as bigint), cast(sum(riders) as bigint), max(factor_bp) \
        from demand_history where slot >= ?1 and slot < ?2 group by cell \
        order by sum(orders) desc, cell limit ?3";
    long BY_HOUR = "select slot / 3600000000, cast(sum(orders) as bigint), cast(sum(riders) as bigint), \
        max(factor_bp) from demand_history where slot >= ?1 and slot < ?2 group by slot / 3600000000 \
        order by slot / 3600000000 limit ?3";
    long BY_HOUR_OF_CELL = "select slot / 3600000000, cast(sum(orders) as bigint), \
        cast(sum(riders) as bigint), max(factor_bp) from demand_history \
        where cell = ?4 and slot >= ?1 and slot < ?2 group by slot / 3600000000 \
        order by slot / 3600000000 limit ?3";
    long FORGET = "delete from demand_history where (slot, cell) in \
        (select slot, cell from demand_history where slot < ?1 order by slot limit ?2)";
}

pub const HOUR_US: i64 = 3_600_000_000;

/// The start of the five minutes that a moment lies in.
pub fn slot(at: Timestamp) -> i64 {
    let every_us = limits::HISTORY_EVERY_S * 1_000_000;
    at.as_microsecond().div_euclid(every_us) * every_us
}

pub fn put(heat: &Heat, at: Timestamp) -> Change {
    let Heat { cell, orders_hundredths, riders_hundredths, factor_bp, .. } = heat;
    PUT.with(values![slot(at), cell.code(), *orders_hundredths, *riders_hundredths, *factor_bp])
}

/// What was written down last, if that is not older than a moment.
pub async fn latest(market: &Market, since: Timestamp) -> Result<Vec<Heat>, StoreError> {
    market.list(LATEST, values![slot(since), limits::HISTORY_CELLS_MAX as i64]).await
}

pub async fn by_cell(market: &Market, from: Timestamp, to: Timestamp) -> Result<Vec<Sums>, StoreError> {
    market.list(BY_CELL, values![from, to, limits::HEAT_MAX as i64]).await
}

pub async fn by_hour(
    market: &Market,
    cell: Option<i64>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Sums>, StoreError> {
    let most = limits::HEAT_MAX as i64;
    match cell {
        None => market.list(BY_HOUR, values![from, to, most]).await,
        Some(cell) => market.list(BY_HOUR_OF_CELL, values![from, to, most, cell]).await,
    }
}

pub fn forget(before: Timestamp) -> Change {
    FORGET.with(values![before, limits::FORGOTTEN_AT_ONCE]).any_rows()
}

impl FromRow for Sums {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            key: row.get(0)?,
            orders_hundredths: row.get(1)?,
            riders_hundredths: row.get(2)?,
            factor_bp: row.get(3)?,
        })
    }
}

impl FromRow for Heat {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let cell = Cell::new(limits::CELL_LEVEL, row.get(1)?);
        Ok(Self {
            cell: cell.ok_or_else(|| StoreError::Bug("no cell has this number".into()))?,
            orders_hundredths: row.get(2)?,
            riders_hundredths: row.get(3)?,
            factor_bp: row.get(4)?,
            at: row.get(0)?,
        })
    }
}
