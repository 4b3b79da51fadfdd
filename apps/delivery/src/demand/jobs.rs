//! Boards are written down every five minutes, and what is old is forgotten.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision};
use store::{Market, StoreError};

use super::{Boards, limits, repo};
use crate::settings::RuleBook;

pub const WRITE_DOWN: &str = "delivery.write_demand";

pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(WRITE_DOWN, "*/5 * * * *", WRITE_DOWN)
}

pub struct WriteDemand {
    pub clock: Arc<dyn Clock>,
    pub boards: Arc<Boards>,
    pub rules: Arc<RuleBook>,
}

impl JobHandler for WriteDemand {
    fn kind(&self) -> &'static str {
        WRITE_DOWN
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let rules = self.rules.of(market).await?;
        let heat = self.boards.of(market).heat(now, &rules.at(now).demand, limits::HISTORY_CELLS_MAX);
        let old = now - SignedDuration::from_hours(24 * limits::HISTORY_DAYS);
        Ok(Decision::nothing().changes(heat.iter().map(|it| repo::put(it, now))).change(repo::forget(old)))
    }
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
