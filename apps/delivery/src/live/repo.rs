use kernel::values;
use store::{FromRow, Market, Row, StoreError};

use super::limits;
use super::stuck::StuckView;
use crate::claim::trouble::Trouble;
use crate::order::OrderId;
use crate::order::state::Status;

kernel::statements! {
    long STUCK = "select id, store, provider, status, rider, since, stuck from delivery_order \
        where open = 1 and stuck = 1 order by since, id limit ?1";
    short OPEN_ONE = "select id, store, provider, status, rider, since, stuck from delivery_order \
        where id = ?1 and open = 1";
    long TROUBLED = "select id, store, provider, status, rider, since, stuck, delivery_trouble.what \
        from delivery_trouble join delivery_order on id = delivery_trouble.delivery_order \
        where done = 0 order by delivery_trouble.at, id limit ?1";
    long BY_HOUR = "select hour_start, cast(sum(orders) as bigint) from orders_by_hour \
        where hour_start >= ?1 and hour_start < ?2 group by hour_start order by hour_start limit ?3";
    long BY_CELL = "select cell, cast(sum(orders) as bigint) from orders_by_hour \
        where hour_start >= ?1 and hour_start < ?2 group by cell order by sum(orders) desc, cell limit ?3";
}

/// Orders under way of which it was said that they do not move on.
pub async fn stuck(market: &Market, most: u16) -> Result<Vec<StuckView>, StoreError> {
    market.list(STUCK, values![i64::from(most)]).await
}

/// An order, if it is under way.
pub async fn open(market: &Market, order: OrderId) -> Result<Option<StuckView>, StoreError> {
    market.one(OPEN_ONE, values![order]).await
}

/// Orders, over or under way, with whose money something is wrong.
pub async fn troubled(market: &Market, most: u16) -> Result<Vec<(StuckView, Trouble)>, StoreError> {
    let found: Vec<Troubled> = market.list(TROUBLED, values![i64::from(most)]).await?;
    Ok(found.into_iter().map(|it| (it.0, it.1)).collect())
}

struct Troubled(StuckView, Trouble);

impl FromRow for Troubled {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self(StuckView::from_row(row)?, Trouble::from_number(row.get(7)?)?))
    }
}

/// How many orders there were in each hour of some.
pub async fn by_hour(market: &Market, (from, to): (i64, i64)) -> Result<Vec<(i64, i64)>, StoreError> {
    market.list(BY_HOUR, values![from, to, limits::FIGURES_MAX as i64]).await
}

/// How many orders each cell had in some hours, the most first.
pub async fn by_cell(market: &Market, (from, to): (i64, i64)) -> Result<Vec<(i64, i64)>, StoreError> {
    market.list(BY_CELL, values![from, to, limits::FIGURES_MAX as i64]).await
}

impl FromRow for StuckView {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let status = Status::from_number(row.get(3)?);
        Ok(Self {
            order: row.get(0)?,
            store: row.get(1)?,
            provider: row.get(2)?,
            status: status.ok_or_else(|| StoreError::Bug("an unknown status of an order".into()))?,
            rider: row.get(4)?,
            since: row.get(5)?,
            stuck: row.get(6)?,
            unserved: false,
            trouble: Vec::new(),
        })
    }
}
