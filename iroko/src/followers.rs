//! What follows after the fact, of the whole program: each app's consumers, jobs and schedules, and
//! the platform's own chores.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Registry, Schedule};
use identity::{Identity, SEND_CODE, SendTrouble};
use kernel::{Clock, Decision};
use store::{Kind, Market};

const FORGET_ANSWERS: &str = "web.forget_answers";
const TIDY_PEOPLE: &str = "identity.tidy";

pub fn registry(identity: &Arc<Identity>, clock: &Arc<dyn Clock>) -> Result<Registry, BadSchedule> {
    let mut registry = civic::follow(Registry::default())
        .handler(ForgetAnswers { clock: clock.clone() })
        .handler(SendCode { identity: identity.clone(), clock: clock.clone() })
        .handler(TidyPeople { identity: identity.clone(), clock: clock.clone() })
        .schedule(Kind::Home, Schedule::new(TIDY_PEOPLE, "42 * * * *", TIDY_PEOPLE)?);
    for kind in [Kind::Home, Kind::Market] {
        registry = registry.schedule(kind, Schedule::new(FORGET_ANSWERS, "17 * * * *", FORGET_ANSWERS)?);
    }
    Ok(registry)
}

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

struct SendCode {
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
}

impl JobHandler for SendCode {
    fn kind(&self) -> &'static str {
        SEND_CODE
    }

    async fn run(&self, home: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        match self.identity.send_code(home, &job.body, self.clock.now()).await {
            Ok(()) => Ok(Decision::nothing()),
            Err(SendTrouble::Retry(error)) => Err(JobTrouble::Retry(error)),
            Err(dead @ SendTrouble::Dead) => Err(JobTrouble::Dead(dead.to_string())),
        }
    }
}

/// Codes, sessions and keys that are over.
struct TidyPeople {
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
}

impl JobHandler for TidyPeople {
    fn kind(&self) -> &'static str {
        TIDY_PEOPLE
    }

    async fn run(&self, home: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let tidied = self.identity.tidy(home, self.clock.now()).await;
        tidied.map(|()| Decision::nothing()).map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}
