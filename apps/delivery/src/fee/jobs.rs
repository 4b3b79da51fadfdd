//! Quotes that nobody took are forgotten.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision};
use store::Market;

use super::{limits, repo};

pub const FORGET: &str = "delivery.forget_quotes";

pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(FORGET, "17 * * * *", FORGET)
}

pub struct ForgetQuotes {
    pub clock: Arc<dyn Clock>,
}

impl JobHandler for ForgetQuotes {
    fn kind(&self) -> &'static str {
        FORGET
    }

    async fn run(&self, _: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let before = self.clock.now() - SignedDuration::from_hours(limits::UNUSED_KEPT_HOURS);
        Ok(Decision::nothing().change(repo::forget(before)))
    }
}
