use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::count;
use crate::map::limits;
use crate::map::period::Period;

kernel::statements! {
    short ONE = "select counts from trend_count where id = ?1";
    short PUT = "insert into trend_count (id, counts) values (?1, ?2) \
        on conflict (id) do update set counts = excluded.counts";
    short REMOVE = "delete from trend_count where id = ?1";
    long CLEAR = "delete from trend_count";
    /// Every category over one period.
    long PERIOD = "select id, counts from trend_count where id between ?1 and ?2 order by id limit ?3";
    short FIRST = "select id from trend_count order by id limit 1";
}

pub fn clear() -> Change {
    CLEAR.with(values![]).any_rows()
}

pub fn period(period: Period) -> Query {
    let (first, last) = (count::row(period, 0), count::row(period, (1 << 20) - 1));
    Query { sql: PERIOD, params: values![first, last, limits::TREND_ROWS_MAX] }
}

/// The first month in which anything happened: months have lower numbers than days.
pub async fn first_month(market: &Market) -> Result<Option<i64>, StoreError> {
    let first: Option<(i64,)> = market.one(FIRST, values![]).await?;
    Ok(first.and_then(|(row,)| match count::read_row(row).0 {
        Some(Period::Month(month)) => Some(month),
        _ => None,
    }))
}
