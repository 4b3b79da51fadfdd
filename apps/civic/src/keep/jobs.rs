//! Every night, in pieces: erasing first, then archiving, then what was left behind. A piece that ends
//! before the work does leaves a job that goes on from there.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, IdSource, NewJob, Refusal};
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::{FIRST, From};
use super::run;
use crate::civic::Civic;
use crate::deadline::jobs as deadline;
use crate::follower::repo as followers;
use crate::limits;
use crate::rules::repo as rules;

pub const KEEP: &str = "civic.keep";

/// At night, by the market's clocks.
pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(KEEP, "23 2 * * *", KEEP)
}

/// Where the work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    Erasing(From),
    Archiving(From),
}

pub struct KeepNightly {
    pub civic: Arc<Civic>,
    pub ids: Arc<dyn IdSource>,
}

impl JobHandler for KeepNightly {
    fn kind(&self) -> &'static str {
        KEEP
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        // What the schedule leaves says nothing of where to begin.
        let stand = serde_json::from_str(&job.body).unwrap_or(Stand::Erasing(FIRST));
        let now = self.civic.clock.now();
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids: &*self.ids };
        let left = piece(&self.civic, market, stand, &ctx).await;
        match left.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))? {
            // A look-out that was lost begins again with the day.
            None => {
                let look = deadline::look_if_any(market, now).await?;
                Ok(look.change(followers::forget_asked(now)))
            }
            Some(stand) => Ok(Decision::nothing().job(NewJob::new(KEEP, now, &stand).priority(job.priority))),
        }
    }
}

/// Works for a while; says where to go on.
pub async fn piece(
    civic: &Civic,
    market: &Market,
    stand: Stand,
    ctx: &Ctx<'_>,
) -> Result<Option<Stand>, Refusal> {
    let settings = rules::settings(market).await?;
    let mut stand = stand;
    for _ in 0..limits::STEPS_PER_PIECE {
        stand = match stand {
            Stand::Erasing(from) => {
                let step = run::erase(market, &settings, from, ctx).await?;
                step.next.map_or(Stand::Archiving(FIRST), Stand::Erasing)
            }
            Stand::Archiving(_) if !civic.keep.objects.is_there() => return Ok(None),
            Stand::Archiving(from) => {
                match run::archive(&civic.keep, market, &settings, from, ctx).await?.next {
                    Some(next) => Stand::Archiving(next),
                    None => {
                        run::sweep(&civic.keep, market, ctx).await?;
                        return Ok(None);
                    }
                }
            }
        };
    }
    Ok(Some(stand))
}
