//! The look-out over deadlines. Each request is told of in a commit of its own, because one that was
//! closed a moment ago must not hold up the others; a run that dies goes on where its marks end.
//!
//! A market has a look-out only while there is something to look out for: it begins with a rule or with a
//! request that has a deadline, each run says when the next one is, and the last one that finds nothing
//! ends it.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Ctx, Decision, IdSource, NewJob, Refusal};
use store::{CommitError, Market, Stamp, StoreError};

use super::model::{Rule, Watched};
use super::{decide, repo};
use crate::desk::Desk;
use crate::limits;
use crate::request::state::Deadline;

pub const ESCALATE: &str = "civic.escalate";

/// The next look, at the latest so long after: at a full multiple of that, so that whoever asks for one
/// asks for the same one.
pub fn look_after(now: Timestamp, wait: SignedDuration) -> NewJob {
    let slot = wait.as_secs().max(1);
    let then = (now.as_second().div_euclid(slot) + 1) * slot;
    let due = Timestamp::from_second(then).unwrap_or(now);
    NewJob::new(ESCALATE, due, &()).once(format!("{ESCALATE}:{then}"))
}

/// Soon, where anybody is to be told of deadlines at all.
pub async fn look_if_any(market: &Market, now: Timestamp) -> Result<Decision, StoreError> {
    Ok(match repo::rules(market).await?.is_empty() {
        true => Decision::nothing(),
        false => Decision::nothing().job(look_after(now, limits::ESCALATION_EVERY)),
    })
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
        let now = self.clock.now();
        let looked = look(market, &self.desk, now, &*self.ids).await;
        let looked = looked.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))?;
        let next = looked.again.map(|wait| look_after(now, wait));
        Ok(next.into_iter().fold(Decision::nothing(), Decision::job))
    }
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// Requests that somebody is told of.
    pub told: u64,
    /// When the next is due; nothing while nobody is to be told of anything.
    pub again: Option<SignedDuration>,
}

/// Looks through a market's deadlines once.
pub async fn look(
    market: &Market,
    desk: &Desk,
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<Looked, Refusal> {
    let rules = repo::rules(market).await?;
    let deadline = desk.city.of(market).await?;
    let later = now.saturating_add(limits::ESCALATION_AHEAD).unwrap_or(now);
    let Some(upto) = decide::horizon(&rules, later, &*deadline) else { return Ok(Looked::default()) };
    let highest = rules.iter().map(|rule| rule.after_min).max().unwrap_or_default();
    let reach = SignedDuration::from_hours(24 * limits::ESCALATION_REACH_DAYS);
    let oldest = now.saturating_sub(reach).unwrap_or(Timestamp::MIN);
    let mut after = (oldest.as_microsecond(), 0);
    let mut looked = Looked::default();
    for _ in 0..limits::ESCALATION_PAGES_MAX {
        let page = repo::watched(market, after, upto, highest).await?;
        let Some(last) = page.last() else { break };
        after = (last.due.as_microsecond(), last.id.raw());
        for watched in &page {
            looked.told += u64::from(tell(market, &rules, watched, now, &*deadline, ids).await?);
            if decide::is_to_come(&rules, watched, now, &*deadline) {
                looked.again = Some(limits::ESCALATION_EVERY);
            }
        }
    }
    if looked.again.is_none() {
        // What lies farther ahead than any rule reaches within the time until the next look.
        let from = (upto.as_microsecond(), i64::MAX);
        let ahead = repo::watched(market, from, Timestamp::MAX, highest).await?;
        let is_any = ahead.len() as i64 == limits::ESCALATION_PAGE
            || ahead.iter().any(|watched| decide::is_to_come(&rules, watched, now, &*deadline));
        looked.again = is_any.then_some(limits::ESCALATION_AHEAD);
    }
    Ok(looked)
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
