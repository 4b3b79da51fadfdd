//! Every few seconds while jobs wait: whoever is best for each of them now is offered it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bus::JobTrouble;
use futures_util::StreamExt;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Refusal};
use parking_lot::Mutex;
use store::{CommitError, Market, Stamp, StoreError};

use super::companion::Step;
use super::decide;
use super::model::{Job, JobId, Offer, OfferState, Proposal};
use super::plan::{Facts, Plan};
use super::repo;
use crate::assign;
use crate::dispatch::{Dispatch, Settings};
use crate::limits;
use crate::position::decide::day_number;
use crate::position::{WorkerId, repo as positions};

/// What one window did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    pub offered: usize,
    /// Somebody else was faster with the job.
    pub missed: usize,
    pub unserved: usize,
}

impl Dispatch {
    /// One window of a market: reads, solves, and commits each offer by itself, so that one that has become
    /// impossible meanwhile does not hold up the others.
    pub async fn window(&self, market: &Market, zone: &TimeZone) -> Result<Looked, JobTrouble> {
        let now = self.clock.now();
        let ctx = Ctx { now, zone, actor: Actor::System, ids: &*self.ids };
        let settings = self.settings(market);
        let Some(facts) = self.facts(market, &ctx).await? else { return Ok(Looked::default()) };
        let offers = facts.offers_by_job();
        let jobs: BTreeMap<JobId, Job> = facts.jobs.iter().map(|job| (job.id, job.clone())).collect();
        let plan = self.plan(market, settings.clone(), facts).await?;
        let looked = Mutex::new(Looked::default());
        let failed: Mutex<Option<JobTrouble>> = Mutex::new(None);
        let steps = plan
            .proposals
            .iter()
            .map(|(job, proposal)| (*job, Some(*proposal)))
            .chain(plan.nobody.iter().map(|job| (*job, None)));
        futures_util::stream::iter(steps)
            .for_each_concurrent(limits::COMMITS_AT_ONCE, |(id, proposal)| {
                let (ctx, settings, looked, failed) = (&ctx, &settings, &looked, &failed);
                let offers = offers.get(&id).map(Vec::as_slice).unwrap_or_default();
                let job = jobs.get(&id);
                async move {
                    let Some(job) = job else { return };
                    match self.step(market, settings, (job, offers, proposal), ctx).await {
                        Ok(more) => looked.lock().add(more),
                        Err(trouble) => {
                            failed.lock().get_or_insert(trouble);
                        }
                    }
                }
            })
            .await;
        match failed.into_inner() {
            Some(trouble) => Err(trouble),
            None => Ok(looked.into_inner()),
        }
    }

    async fn facts(&self, market: &Market, ctx: &Ctx<'_>) -> Result<Option<Facts>, StoreError> {
        let jobs = repo::to_look(market, ctx.now).await?;
        if jobs.is_empty() {
            return Ok(None);
        }
        let fleet = self.fleet(market).await?;
        fleet.sweep(ctx.now);
        let workers = positions::on_duty(market, limits::WINDOW_WORKERS_MAX).await?;
        if workers.len() < limits::WINDOW_WORKERS_MAX {
            fleet.refresh(&workers);
        }
        let barred = self.barred(market, &jobs).await?;
        Ok(Some(Facts {
            now: ctx.now,
            day: day_number(ctx),
            jobs,
            offers: repo::offers_of_looking(market).await?,
            workers,
            seen: fleet.all(limits::WORKERS_MAX, ctx.now),
            at_hand: repo::at_hand(market).await?,
            barred,
        }))
    }

    /// Asked of each app about its own jobs.
    async fn barred(
        &self,
        market: &Market,
        jobs: &[Job],
    ) -> Result<BTreeMap<JobId, Vec<WorkerId>>, StoreError> {
        let mut by_kind: BTreeMap<&str, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            by_kind.entry(&job.what.kind).or_default().push(job.clone());
        }
        let mut barred = BTreeMap::new();
        for (kind, jobs) in by_kind {
            if let Some(companion) = self.companion(kind) {
                barred.extend(companion.barred(market, &jobs).await?);
            }
        }
        Ok(barred)
    }

    /// Solves on a thread of its own kind: it takes milliseconds that others would wait for.
    async fn plan(&self, market: &Market, settings: Arc<Settings>, facts: Facts) -> Result<Plan, JobTrouble> {
        let roads = self.roads(market);
        let solve = move || {
            let problem = facts.problem(&settings.timing, &settings.solver.weights, &*roads);
            let solution = assign::solve(&problem, &settings.solver, &*roads);
            facts.plan(&problem, &solution)
        };
        tokio::task::spawn_blocking(solve).await.map_err(|error| JobTrouble::Retry(error.to_string()))
    }

    async fn step(
        &self,
        market: &Market,
        settings: &Settings,
        (job, offers, proposal): (&Job, &[Offer], Option<Proposal>),
        ctx: &Ctx<'_>,
    ) -> Result<Looked, JobTrouble> {
        let decided = match &proposal {
            Some(proposal) => {
                let proposals = std::slice::from_ref(proposal);
                decide::offer(job, offers, proposals, &settings.timing, ctx).map(|(decision, _)| decision)
            }
            None => self.unserved(market, settings, (job, offers), ctx).await,
        };
        let decision = match decided {
            Ok(decision) if decision.is_nothing() => return Ok(Looked::default()),
            Ok(decision) => decision,
            Err(refusal) => return Err(JobTrouble::Retry(refusal.to_string())),
        };
        let (offered, unserved) = (usize::from(proposal.is_some()), usize::from(proposal.is_none()));
        match market.commit(Stamp::from(ctx), decision).await {
            Ok(()) => Ok(Looked { offered, missed: 0, unserved }),
            Err(CommitError::Conflict | CommitError::Refused(_)) => {
                Ok(Looked { missed: 1, ..Looked::default() })
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn unserved(
        &self,
        market: &Market,
        settings: &Settings,
        (job, offers): (&Job, &[Offer]),
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        let is_offered = offers.iter().any(|offer| offer.state == OfferState::Open);
        let decision = decide::nobody(job, is_offered, &settings.timing, ctx);
        if decision.events.is_empty() {
            return Ok(decision);
        }
        Ok(decision.and(self.together(market, Step::Unserved, job, ctx).await?))
    }

    /// The app's own part of a step.
    pub(super) async fn together(
        &self,
        market: &Market,
        step: Step,
        job: &Job,
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        match self.companion(&job.what.kind) {
            Some(companion) => companion.with(market, step, job, ctx).await,
            None => Ok(Decision::nothing()),
        }
    }
}

impl Looked {
    fn add(&mut self, other: Self) {
        self.offered += other.offered;
        self.missed += other.missed;
        self.unserved += other.unserved;
    }
}
