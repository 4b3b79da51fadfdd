use std::sync::Arc;
use std::time::Duration;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::{Decision, NewJob, Refusal, RefusalKind};
use serde::Deserialize;
use store::Market;

use super::desk::Desk;
use super::model::Payee;
use super::run::{Progress, advance};
use super::{decide, limits, period, repo};

pub const RUN: &str = "settle.run";

/// Makes statements once a period is over. There is such a job after each day on which something was
/// earned, and after each period while something waits: a market where nothing happens has none.
pub struct Run(pub Arc<Desk>);

#[derive(Deserialize)]
struct Of {
    payee: Payee,
}

impl JobHandler for Run {
    fn kind(&self) -> &'static str {
        RUN
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let Of { payee } =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let zone = self.0.zone(market);
        let ctx = self.0.ctx(&zone);
        // One that was left open, and that of the period which ended last.
        for _ in 0..2 {
            match advance(market, payee, limits::PAGES_PER_JOB, &ctx).await.map_err(trouble)? {
                Progress::Nothing => break,
                Progress::Done(_) => {}
                Progress::More(_) => {
                    return Ok(Decision::nothing().job(NewJob::new(RUN, ctx.now, &job_body(payee))));
                }
            }
        }
        if !repo::is_waiting(market, payee, Timestamp::MAX).await? {
            return Ok(Decision::nothing());
        }
        let policy = repo::policy(market, payee).await?;
        let next = period::next_cut(ctx.now, ctx.zone, policy.weekday);
        Ok(Decision::nothing().job(decide::run_after(payee, next)))
    }

    fn time_max(&self) -> Duration {
        limits::JOB_TIME_MAX
    }
}

pub(crate) fn job_body(payee: Payee) -> serde_json::Value {
    serde_json::json!({ "payee": payee })
}

fn trouble(refusal: Refusal) -> JobTrouble {
    match refusal.kind() {
        RefusalKind::Invalid => JobTrouble::Dead(refusal.to_string()),
        _ => JobTrouble::Retry(refusal.to_string()),
    }
}
