use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Decision, Refusal, values};
use store::{FromRow, Market, Row, Stamp, StoreError};
use web::Call;

use super::decide::{Attempts, Policy, take};

kernel::statements! {
    short FIND = "select count, since, last from attempt where key = ?1";
    short FIRST = "insert into attempt (key, count, since, last) values (?1, ?2, ?3, ?4)";
    /// Of two at the same time one is counted and the other is told to look again.
    short AGAIN = "update attempt set count = ?2, since = ?3, last = ?4 where key = ?1 and count = ?5 and last = ?6";
    short FORGET = "delete from attempt where key = ?1";
    short LAST_TO_PRUNE = "select last from attempt where last < ?1 order by last limit 1 offset ?2";
    short PRUNE = "delete from attempt where key in (select key from attempt where last < ?1 order by last limit ?2)";
}

impl FromRow for Attempts {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { count: row.get(0)?, since: row.get(1)?, last: row.get(2)? })
    }
}

/// Counts an attempt before it is made, durably: whoever tries many at once gains nothing, nor
/// does a restart.
pub async fn charge(home: &Market, key: [u8; 16], policy: &Policy, now: Timestamp) -> Result<(), Refusal> {
    home.change(|| async {
        let before: Option<Attempts> = home.one(FIND, values![key]).await?;
        let after = take(before, policy, now).map_err(super::refusal)?;
        let change = match before {
            None => FIRST.with(values![key, after.count, after.since, after.last]),
            Some(was) => AGAIN.with(values![key, after.count, after.since, after.last, was.count, was.last]),
        };
        Ok((Stamp { at: now, actor: Actor::System }, Decision::nothing().change(change), ()))
    })
    .await
}

/// The same as a commit of its own, where nothing else is to be done.
pub async fn succeeded(call: &Call, key: [u8; 16]) -> Result<(), Refusal> {
    let stamp = Stamp { at: call.now, actor: Actor::System };
    Ok(call.home().commit(stamp, Decision::nothing().change(forget(key))).await?)
}

/// The attempt succeeded: the count is forgotten.
pub fn forget(key: [u8; 16]) -> Change {
    FORGET.with(values![key]).any_rows()
}
