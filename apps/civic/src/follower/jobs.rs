//! What goes on after the answer: erasing a person who had much to do with the city.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Id, IdSource, Person};
use serde::{Deserialize, Serialize};
use store::Market;

use super::me;
use crate::civic::Civic;

pub const ERASE_PERSON: &str = "civic.erase_person";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasePerson {
    pub person: Id<Person>,
    pub with_text: bool,
}

/// Erases some, and leaves a job for the rest, until nothing is left.
pub struct GoOnErasing {
    pub civic: Arc<Civic>,
}

/// Erasing makes nothing that needs an id.
struct NoIds;

impl IdSource for NoIds {
    fn next(&self) -> i64 {
        0
    }
}

impl JobHandler for GoOnErasing {
    fn kind(&self) -> &'static str {
        ERASE_PERSON
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let wish: ErasePerson =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let ctx = Ctx {
            now: self.civic.clock.now(),
            zone: &TimeZone::UTC,
            actor: Actor::Person(wish.person),
            ids: &NoIds,
        };
        let erased = me::erase_some(&self.civic, market, &wish, &ctx).await;
        erased.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}
