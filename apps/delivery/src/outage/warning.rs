//! Riders and buyers are told of a cut before it begins, each once. While one is coming it is looked again
//! every few minutes, for those who came meanwhile; who was told of what is kept with the message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bus::{BadSchedule, Directory, Job, JobHandler, JobTrouble, Schedule};
use dispatch::Dispatch;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Clock, Decision, NewJob};
use store::{Market, StoreError};

use super::warn::{self, Affected, Warned};
use super::{Cut, Plan, limits, repo};
use crate::catalogue::Catalogue;
use crate::limits::RIDERS_LOOKED_AT_MAX;
use crate::order::around;
use crate::pricing::Pricing;
use crate::tell::Post;

pub const WARN: &str = "delivery.outage_warn";

/// One look for each moment, whoever asks for it.
pub fn look(due: Timestamp) -> NewJob {
    NewJob::new(WARN, due, &()).once(format!("{WARN}:{}", due.as_microsecond()))
}

/// In case a look was lost, or somebody wants to be told sooner.
pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(WARN, "9 * * * *", WARN)
}

pub struct WarnOfOutages {
    pub clock: Arc<dyn Clock>,
    pub directory: Arc<dyn Directory>,
    pub pricing: Arc<Pricing>,
    pub catalogue: Arc<Catalogue>,
    pub dispatch: Arc<Dispatch>,
    pub post: Arc<Post>,
}

impl JobHandler for WarnOfOutages {
    fn kind(&self) -> &'static str {
        WARN
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let rule = self.pricing.rules.of(market).await?.at(now).outage.clone();
        let plan = self.pricing.outages.of(market).await?;
        let coming = plan.coming(rule.warn(), now);
        let next = warn::next_look(&plan, rule.warn(), now).map(look);
        let later = next.into_iter().fold(Decision::nothing(), Decision::job);
        if coming.is_empty() || rule.warn_min == 0 {
            return Ok(later);
        }
        let known = known(market, &coming, now).await?;
        let mut all = self.affected(market, &plan, &coming, now).await?;
        let is_new = |its: &Affected| {
            !known.get(&its.area).is_some_and(|warned| warned.knows(its.person, &its.cut, rule.moved()))
        };
        all.retain(is_new);
        let is_more = all.len() > limits::WARNED_AT_ONCE;
        all.truncate(limits::WARNED_AT_ONCE);
        let zone = self.directory.zone(market).unwrap_or(TimeZone::UTC);
        let notes: Vec<_> = all.iter().map(|its| warn::note(its, &plan, &zone)).collect();
        let forgotten = now.checked_sub(limits::WARNED_KEPT).unwrap_or(now);
        let kept = all.iter().map(|its| repo::warn(&its.area, its.person, &its.cut));
        let told = Decision::nothing().changes(kept).change(repo::forget_warned(forgotten));
        let told = told.and(self.post.queued(market, &notes).await?);
        // What is kept now is what the next turn knows.
        Ok(told.and(if is_more { Decision::nothing().job(NewJob::new(WARN, now, &())) } else { later }))
    }
}

impl WarnOfOutages {
    async fn affected(
        &self,
        market: &Market,
        plan: &Plan,
        coming: &BTreeMap<&str, &Cut>,
        now: Timestamp,
    ) -> Result<Vec<Affected>, StoreError> {
        let fleet = self.dispatch.fleet(market).await?;
        let riders = fleet.all(RIDERS_LOOKED_AT_MAX, now);
        let riders = riders.into_iter().map(|seen| (seen.worker, seen.ping.point));
        let orders = around::open(market).await?;
        let stores = self.catalogue.stores.of(market).await?;
        Ok(warn::affected(plan, coming, riders, &orders, stores.stores()))
    }
}

async fn known(
    market: &Market,
    coming: &BTreeMap<&str, &Cut>,
    now: Timestamp,
) -> Result<BTreeMap<String, Warned>, StoreError> {
    let areas: BTreeSet<&str> = coming.keys().copied().collect();
    let mut known = BTreeMap::new();
    for area in areas {
        known.insert(area.to_owned(), repo::warned(market, area, now).await?);
    }
    Ok(known)
}
