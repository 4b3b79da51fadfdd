//! When power goes or comes back, it is told. Each turn leaves the job for the next one; once an hour one
//! comes by itself, in case that job was lost.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::jiff::Timestamp;
use kernel::{Clock, Decision};
use store::Market;

use super::{Outages, decide, repo};

pub const TURN: &str = "delivery.outage_turn";

/// One turn for each moment, whoever asks for it.
pub fn turn_key(due: Timestamp) -> String {
    format!("outage:{}", due.as_microsecond())
}

pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(TURN, "7 * * * *", TURN)
}

pub struct TellOutages {
    pub clock: Arc<dyn Clock>,
    pub outages: Arc<Outages>,
}

impl JobHandler for TellOutages {
    fn kind(&self) -> &'static str {
        TURN
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let Some(set) = repo::set(market).await? else { return Ok(Decision::nothing()) };
        let plan = self.outages.of(market).await?;
        let present = repo::cuts(market).await?;
        Ok(decide::tell(&present, &plan, set.version, self.clock.now()))
    }
}
