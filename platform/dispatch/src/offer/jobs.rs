//! The work in the background. A market in which nobody is looked for has none of it.

use std::sync::Arc;
use std::time::Duration;

use bus::{Directory, Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Refusal};
use store::{CommitError, Market, Stamp};

use super::{change, decide, repo};
use crate::dispatch::Dispatch;
use crate::limits;

/// Looks for workers, and says when to look again.
pub struct Window {
    pub dispatch: Arc<Dispatch>,
    pub directory: Arc<dyn Directory>,
}

impl JobHandler for Window {
    fn kind(&self) -> &'static str {
        decide::WINDOW
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let zone = self.directory.zone(market).unwrap_or(TimeZone::UTC);
        self.dispatch.window(market, &zone).await?;
        let now = self.dispatch.clock.now();
        let next = repo::next_look(market).await?.map(|look| decide::look_soon(look.max(now)));
        Ok(next.into_iter().fold(Decision::nothing(), Decision::job))
    }

    fn time_max(&self) -> Duration {
        limits::WINDOW_TIME_MAX
    }
}

/// Ends offers that nobody answered.
pub struct Expire {
    pub dispatch: Arc<Dispatch>,
    pub directory: Arc<dyn Directory>,
}

impl JobHandler for Expire {
    fn kind(&self) -> &'static str {
        decide::EXPIRE
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let zone = self.directory.zone(market).unwrap_or(TimeZone::UTC);
        let now = self.dispatch.clock.now();
        let ctx = Ctx { now, zone: &zone, actor: Actor::System, ids: &*self.dispatch.ids };
        let jobs = repo::expired(market, now).await?;
        let mut again = jobs.len() as i64 == limits::EXPIRED_AT_ONCE;
        for job in jobs {
            let decision = change::expire(market, job, &ctx).await.map_err(retry)?;
            match market.commit(Stamp::from(&ctx), decision).await {
                Ok(()) => {}
                // It was answered at this very moment; the next look sees how.
                Err(CommitError::Conflict) => again = true,
                Err(error) => return Err(error.into()),
            }
        }
        let next = again.then(|| decide::expire_soon(now));
        Ok(next.into_iter().fold(Decision::nothing(), Decision::job))
    }
}

fn retry(refusal: Refusal) -> JobTrouble {
    JobTrouble::Retry(refusal.to_string())
}
