use kernel::{Change, Id, Person, values};
use store::{Market, StoreError};

use super::limits;

kernel::statements! {
    short HELD = "select minor from delivery_cash where rider = ?1";
    long OVER = "select rider from delivery_cash where minor >= ?1 order by rider limit ?2";
    /// Nobody has less than none: what was handed in meanwhile is not kept too.
    short MOVE = "insert into delivery_cash (rider, minor) values (?1, ?2) \
        on conflict (rider) do update set minor = delivery_cash.minor + excluded.minor \
        where delivery_cash.minor + excluded.minor >= 0";
    /// No more than there is.
    short HAND_IN = "update delivery_cash set minor = minor - ?2 where rider = ?1 and minor >= ?2";
}

/// Nothing for whoever never took any.
pub async fn held(market: &Market, rider: Id<Person>) -> Result<Option<i64>, StoreError> {
    Ok(market.one::<(i64,)>(HELD, values![rider]).await?.map(|(minor,)| minor))
}

/// Those who have so much.
pub async fn over(market: &Market, most: i64) -> Result<Vec<Id<Person>>, StoreError> {
    let found: Vec<(Id<Person>,)> = market.list(OVER, values![most, limits::BARRED_MAX]).await?;
    Ok(found.into_iter().map(|(rider,)| rider).collect())
}

pub fn moved(rider: Id<Person>, minor: i64) -> Change {
    MOVE.with(values![rider, minor])
}

pub fn hand_in(rider: Id<Person>, minor: i64) -> Change {
    HAND_IN.with(values![rider, minor])
}
