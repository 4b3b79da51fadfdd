use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, values};
use store::{Market, StoreError};

use super::model::{Due, Left, Lot};
use crate::promotion::limits;

kernel::statements! {
    /// The same cause again brings nothing.
    short ADD = "insert into coin_lot (cause, leg, person, expires, minor, over) values (?1, ?2, ?3, ?4, ?5, 0) \
        on conflict (cause, leg) do nothing";
    short OF_CAUSE = "select expires, minor from coin_lot where cause = ?1 and leg = ?2";
    short LATEST = "select expires, minor from coin_lot where person = ?1 and expires > ?2 \
        order by expires desc, cause desc, leg limit ?3";
    long LATER = "select cast(coalesce(sum(minor), 0) as bigint) from coin_lot where person = ?1 and expires > ?2";
    long DUE = "select person, cast(sum(minor) as bigint), max(expires) from coin_lot \
        where over = 0 and expires <= ?1 group by person order by person limit ?2";
    short OVER = "update coin_lot set over = 1 where person = ?1 and over = 0 and expires <= ?2";
}

pub fn add(lot: &Lot) -> Change {
    ADD.with(values![lot.cause, lot.leg, lot.person, lot.expires, lot.minor]).any_rows()
}

/// What came because of something, whatever became of it.
pub async fn of_cause(market: &Market, cause: i64, leg: &str) -> Result<i64, StoreError> {
    Ok(market.one::<Left>(OF_CAUSE, values![cause, leg]).await?.map_or(0, |lot| lot.minor))
}

/// What came last, the latest first.
pub async fn latest(market: &Market, person: Id<Person>, now: Timestamp) -> Result<Vec<Left>, StoreError> {
    market.list(LATEST, values![person, now, limits::LOTS_READ_MAX]).await
}

/// All that holds longer.
pub async fn later(market: &Market, person: Id<Person>, than: Timestamp) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(LATER, values![person, than]).await?.map_or(0, |(sum,)| sum))
}

/// Some of those who have lots whose time is over.
pub async fn due(market: &Market, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    market.list(DUE, values![now, limits::EXPIRED_AT_ONCE]).await
}

pub fn over(due: &Due) -> Change {
    OVER.with(values![due.person, due.last]).any_rows()
}
