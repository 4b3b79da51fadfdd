use geo::Cell;
use kernel::{Change, Decision, values};
use serde::{Deserialize, Serialize};
use store::{FromRow, Market, Row, StoreError};

use super::fit::Model;
use super::limits;
use super::model::Fitted;
use super::score::{Score, Series};
use crate::demand::limits::CELL_LEVEL;

kernel::statements! {
    short ADD = "insert into orders_by_hour (cell, hour_start, orders) values (?1, ?2, ?3) \
        on conflict (cell, hour_start) do update set orders = orders_by_hour.orders + excluded.orders";
    long BUSIEST = "select cell from orders_by_hour where hour_start >= ?1 and hour_start < ?2 \
        group by cell order by sum(orders) desc, cell limit ?3";
    short FIRST = "select hour_start from orders_by_hour where cell = ?1 and hour_start >= ?2 \
        order by hour_start limit 1";
    long OF_CELL = "select hour_start, orders from orders_by_hour \
        where cell = ?1 and hour_start >= ?2 and hour_start < ?3 order by hour_start limit ?4";
    long FORGET = "delete from orders_by_hour where (cell, hour_start) in (select cell, hour_start \
        from orders_by_hour where hour_start < ?1 order by hour_start limit ?2)";
    short PUT = "insert into forecast_model (cell, at, body) values (?1, ?2, ?3) \
        on conflict (cell) do update set at = excluded.at, body = excluded.body";
    short ONE = "select cell, at, body from forecast_model where cell = ?1";
    long ALL = "select cell, at, body from forecast_model order by cell limit ?1";
    short REMOVE = "delete from forecast_model where cell = ?1";
}

#[derive(Serialize, Deserialize)]
struct Body {
    model: Model,
    score: Score,
}

/// So many orders more in one hour of one cell.
pub fn add(cell: i64, hour: i64, orders: i64) -> Change {
    ADD.with(values![cell, hour, orders])
}

/// The cells with most orders within some hours.
pub async fn busiest(market: &Market, from: i64, to: i64) -> Result<Vec<i64>, StoreError> {
    let cells = market.list::<(i64,)>(BUSIEST, values![from, to, limits::CELLS_MAX as i64]).await?;
    Ok(cells.into_iter().map(|(cell,)| cell).collect())
}

/// A cell's orders from its first one on, hours without any included.
pub async fn series(market: &Market, cell: i64, from: i64, to: i64) -> Result<Series, StoreError> {
    let first = market.one::<(i64,)>(FIRST, values![cell, from]).await?.map_or(to, |(hour,)| hour);
    let rows: Vec<(i64, u32)> = market.list(OF_CELL, values![cell, first, to, (to - from).max(0)]).await?;
    let mut orders = vec![0; usize::try_from(to - first).unwrap_or_default()];
    for (hour, count) in rows {
        let place = usize::try_from(hour - first).ok();
        if let Some(it) = place.and_then(|place| orders.get_mut(place)) {
            *it = count;
        }
    }
    Ok(Series { first, orders })
}

pub async fn one(market: &Market, cell: i64) -> Result<Option<Fitted>, StoreError> {
    market.one(ONE, values![cell]).await
}

pub async fn all(market: &Market) -> Result<Vec<Fitted>, StoreError> {
    market.list(ALL, values![limits::CELLS_MAX as i64]).await
}

/// All models become these, and counts of long ago are forgotten.
pub fn replace(fitted: &[Fitted], present: &[Fitted], oldest: i64) -> Decision {
    let is_kept = |cell: Cell| fitted.iter().any(|its| its.cell == cell);
    let gone = present.iter().filter(|its| !is_kept(its.cell));
    Decision::nothing()
        .changes(gone.map(|its| REMOVE.with(values![its.cell.code()]).any_rows()))
        .changes(fitted.iter().map(put))
        .change(FORGET.with(values![oldest, limits::FORGOTTEN_AT_ONCE]).any_rows())
}

fn put(fitted: &Fitted) -> Change {
    let body = Body { model: fitted.model.clone(), score: fitted.score };
    // A model is plain data of ours: writing it as JSON cannot fail.
    let body = serde_json::to_string(&body).unwrap_or_default();
    PUT.with(values![fitted.cell.code(), fitted.at, body])
}

impl FromRow for Fitted {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let cell = Cell::new(CELL_LEVEL, row.get(0)?);
        let cell = cell.ok_or_else(|| StoreError::Bug("no cell has this number".into()))?;
        let Body { model, score } = serde_json::from_str(&row.get::<String>(2)?)
            .map_err(|error| StoreError::Bug(format!("a forecast's model: {error}")))?;
        Ok(Self { cell, at: row.get(1)?, model, score })
    }
}
