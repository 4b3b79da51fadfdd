//! What follows after the fact, of the whole program: each app's consumers, jobs and schedules, and
//! the platform's own chores.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble, Registry, Schedule};
use kernel::{Clock, Decision};
use store::{Kind, Market};

pub fn registry(clock: Arc<dyn Clock>) -> Result<Registry, bus::BadSchedule> {
    let mut registry = civic::follow(Registry::default()).handler(ForgetAnswers { clock });
    for kind in [Kind::Home, Kind::Market] {
        registry = registry.schedule(kind, Schedule::new("web.forget_answers", "17 * * * *", FORGET_ANSWERS)?);
    }
    Ok(registry)
}

const FORGET_ANSWERS: &str = "web.forget_answers";

/// Answers kept for repeated keys, once their day is over.
struct ForgetAnswers {
    clock: Arc<dyn Clock>,
}

impl JobHandler for ForgetAnswers {
    fn kind(&self) -> &'static str {
        FORGET_ANSWERS
    }

    async fn run(&self, _: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        Ok(Decision::nothing().change(web::forget_before(self.clock.now())))
    }
}
