//! Boards are written down every few minutes while there is something to see, and what is old is forgotten.

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Change, Clock};
use store::{Market, StoreError};

use super::board::Board;
use super::{Boards, limits, repo};
use crate::settings::DemandRule;
use crate::settings::RuleBook;

/// Only at some of the times at which it is looked around; `due` is when this one was to be.
pub fn written(board: &Board, rule: &DemandRule, (due, now): (Timestamp, Timestamp)) -> Vec<Change> {
    let every = limits::HISTORY_EVERY_S;
    let is_time = due.as_second().rem_euclid(every) < crate::limits::LOOK_AROUND_EVERY.as_secs();
    if !is_time {
        return Vec::new();
    }
    let heat = board.heat(now, rule, limits::HISTORY_CELLS_MAX);
    let old = now - SignedDuration::from_hours(24 * limits::HISTORY_DAYS);
    let puts = heat.iter().map(|it| repo::put(it, now));
    puts.chain(std::iter::once(repo::forget(old))).collect()
}

/// Makes a board that knows nothing from what was written down last. Whoever feeds a board calls this first.
pub async fn restore(
    boards: &Boards,
    rules: &RuleBook,
    market: &Market,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let board = boards.of(market);
    if board.is_empty() {
        let (now, rules) = (clock.now(), rules.of(market).await?);
        let fresh = SignedDuration::from_secs(rules.at(now).demand.forget_s.into());
        board.restore(&repo::latest(market, now - fresh).await?);
    }
    Ok(())
}
