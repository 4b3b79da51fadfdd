use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::{Decision, NewJob, values};
use store::Market;

use super::{decide, repo};
use crate::dispatch::Dispatch;

/// Removes old samples, in pieces that others get their turn between.
pub struct Prune(pub Arc<Dispatch>);

impl JobHandler for Prune {
    fn kind(&self) -> &'static str {
        decide::PRUNE
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let now = self.0.clock.now();
        let kept = self.0.settings(market).history;
        let oldest: Option<(i64,)> = market.one(repo::OLDEST, values![]).await?;
        let before = kernel::first_id_at(now.saturating_sub(kept).unwrap_or(now));
        Ok(match oldest {
            // Its own piece may leave more.
            Some((oldest,)) if oldest < before => {
                decide::prune(now, kept).job(NewJob::new(decide::PRUNE, now, &()).priority(job.priority))
            }
            _ => Decision::nothing(),
        })
    }
}
