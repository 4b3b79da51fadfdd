//! The look-out over deadlines. Each request is told of in a commit of its own, because one that was
//! closed a moment ago must not hold up the others; a run that dies goes on where its marks end.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Ctx, Decision, IdSource, Refusal};
use store::{CommitError, Market, Stamp};

use super::model::{Rule, Watched};
use super::{decide, repo};
use crate::desk::Desk;
use crate::limits;
use crate::request::state::Deadline;

pub const ESCALATE: &str = "civic.escalate";

/// Every few minutes.
pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(ESCALATE, "*/5 * * * *", ESCALATE)
}

pub struct Escalate {
    pub desk: Arc<Desk>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
}

impl JobHandler for Escalate {
    fn kind(&self) -> &'static str {
        ESCALATE
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let told = look(market, &self.desk, self.clock.now(), &*self.ids).await;
        told.map(|_| Decision::nothing()).map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}

/// Looks through a market's deadlines once; says how many requests somebody is told of.
pub async fn look(market: &Market, desk: &Desk, now: Timestamp, ids: &dyn IdSource) -> Result<u64, Refusal> {
    let rules = repo::rules(market).await?;
    let deadline = desk.city.of(market).await?;
    let Some(upto) = decide::horizon(&rules, now, &*deadline) else { return Ok(0) };
    let highest = rules.iter().map(|rule| rule.after_min).max().unwrap_or_default();
    let reach = SignedDuration::from_hours(24 * limits::ESCALATION_REACH_DAYS);
    let oldest = now.saturating_sub(reach).unwrap_or(Timestamp::MIN);
    let mut after = (oldest.as_microsecond(), 0);
    let mut told = 0;
    for _ in 0..limits::ESCALATION_PAGES_MAX {
        let page = repo::watched(market, after, upto, highest).await?;
        let Some(last) = page.last() else { break };
        after = (last.due.as_microsecond(), last.id.raw());
        for watched in &page {
            told += u64::from(tell(market, &rules, watched, now, &*deadline, ids).await?);
        }
    }
    Ok(told)
}

async fn tell(
    market: &Market,
    rules: &[Rule],
    watched: &Watched,
    now: Timestamp,
    deadline: &dyn Deadline,
    ids: &dyn IdSource,
) -> Result<bool, Refusal> {
    let reached = decide::reached(rules, watched, now, deadline);
    if reached.is_empty() {
        return Ok(false);
    }
    let Some(request) = repo::request(market, watched.id).await? else { return Ok(false) };
    let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids };
    let decision = decide::escalate(&request, watched, &reached, &ctx);
    match market.commit(Stamp::from(&ctx), decision).await {
        Ok(()) => Ok(true),
        // Closed, or another deadline, or told by another process: the next round sees how it stands.
        Err(CommitError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
