//! One job, from claim to end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use kernel::{Decision, values};
use store::{CommitError, Market};

use super::Jobs;
use crate::counts::add;
use crate::handler::{AnyHandler, Job, JobTrouble};
use crate::relay::{panic_text, short};
use crate::schedule::KEY_PREFIX;
use crate::tables::{self, JobRow};
use crate::{backoff, limits};

/// A job that is ours as long as its lease is renewed.
struct Claim {
    job: Job,
    holder: i64,
}

impl Jobs {
    pub(super) async fn run(&self, market: &Market, row: JobRow) {
        let Some(claim) = self.claim(market, row).await else { return };
        self.counters.jobs_running.fetch_add(1, Ordering::Relaxed);
        let handler = self.registry.handler_of(&claim.job.kind).cloned();
        let answer = match &handler {
            None => Some(Err(JobTrouble::Retry("nobody here runs jobs of this kind".into()))),
            Some(handler) => self.attempt(market, handler, &claim).await,
        };
        self.counters.jobs_running.fetch_sub(1, Ordering::Relaxed);
        match answer {
            None => self.lost(market, &claim),
            Some(Ok(decision)) => self.finish(market, handler.as_ref(), &claim, decision).await,
            Some(Err(trouble)) => self.give_back(market, handler.as_ref(), &claim, trouble).await,
        }
    }

    /// `None` when somebody else was faster, or nothing can be written now.
    async fn claim(&self, market: &Market, row: JobRow) -> Option<Claim> {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        let holder = i64::from_le_bytes(bytes).saturating_abs().max(1);
        let JobRow { mut job, state, lease, holder: before } = row;
        let params = values![job.id, holder, self.after(limits::LEASE), state, before, lease, job.due];
        let decision = Decision::nothing().change(tables::CLAIM.with(params));
        match market.commit(self.stamp(job.actor), decision).await {
            Ok(()) => {
                job.attempts += 1;
                Some(Claim { job, holder })
            }
            Err(CommitError::Conflict) => None,
            Err(error) => {
                tracing::warn!(market = %market.place().name, job = job.id, %error, "a job cannot be claimed");
                self.wake.at(market, self.after(limits::OUT_OF_REACH_WAIT));
                // Without a pause the same row would be looked at again at once.
                tokio::time::sleep(limits::CLAIM_PAUSE).await;
                None
            }
        }
    }

    /// `None` when the lease went to somebody else meanwhile.
    async fn attempt(
        &self,
        market: &Market,
        handler: &Arc<dyn AnyHandler>,
        claim: &Claim,
    ) -> Option<Result<Decision, JobTrouble>> {
        // Its worker died each time, perhaps because of it.
        if claim.job.attempts > handler.attempts_max() {
            return Some(Err(JobTrouble::Dead("its workers died, or lost it, too often".into())));
        }
        let run = async { handler.run(market, &claim.job).await };
        let run = tokio::time::timeout(handler.time_max(), AssertUnwindSafe(run).catch_unwind());
        tokio::select! {
            answer = run => Some(match answer {
                Err(_) => Err(JobTrouble::Retry("it took too long".into())),
                Ok(Err(panic)) => Err(JobTrouble::Retry(format!("it panicked: {}", panic_text(&*panic)))),
                Ok(Ok(answer)) => answer,
            }),
            () = self.keep_lease(market, claim) => None,
        }
    }

    /// Returns when the lease is lost.
    async fn keep_lease(&self, market: &Market, claim: &Claim) {
        loop {
            tokio::time::sleep(limits::LEASE_RENEWAL).await;
            let params = values![claim.job.id, claim.holder, self.after(limits::LEASE)];
            let decision = Decision::nothing().change(tables::RENEW.with(params));
            match market.commit(self.stamp(claim.job.actor), decision).await {
                Err(CommitError::Conflict) => return,
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(market = %market.place().name, job = claim.job.id, %error, "a lease cannot be renewed");
                }
            }
        }
    }

    async fn finish(
        &self,
        market: &Market,
        handler: Option<&Arc<dyn AnyHandler>>,
        claim: &Claim,
        decision: Decision,
    ) {
        let end = match self.next_run(market, &claim.job) {
            Some(next) => tables::RESCHEDULE.with(values![claim.job.id, claim.holder, next]),
            None => tables::FINISH.with(values![claim.job.id, claim.holder]),
        };
        match market.commit(self.stamp(claim.job.actor), decision.change(end)).await {
            Ok(()) => add(&self.counters.jobs_done, 1),
            // Either the lease was lost, and then giving it back changes nothing, or the job's own
            // changes did not hold.
            Err(error) => self.give_back(market, handler, claim, error.into()).await,
        }
    }

    async fn give_back(
        &self,
        market: &Market,
        handler: Option<&Arc<dyn AnyHandler>>,
        claim: &Claim,
        trouble: JobTrouble,
    ) {
        let job = &claim.job;
        let attempts_max = handler.map_or(limits::JOB_ATTEMPTS_MAX, |handler| handler.attempts_max());
        let dies = matches!(trouble, JobTrouble::Dead(_)) || job.attempts >= attempts_max;
        let error = short(&trouble.to_string());
        let change = if dies {
            // A schedule's key is wanted by its next row.
            let scheduled = job.key.as_ref().is_some_and(|key| key.starts_with(KEY_PREFIX));
            let key = if scheduled { None } else { job.key.as_ref() };
            tables::BURY.with(values![job.id, claim.holder, self.clock.now(), &error, key.cloned()])
        } else {
            let (min, max) = (limits::JOB_WAIT_MIN, limits::JOB_WAIT_MAX);
            let due = self.after(backoff::wait(job.attempts, min, max, &*self.random));
            tables::RETRY.with(values![job.id, claim.holder, due, &error])
        };
        match market.commit(self.stamp(job.actor), Decision::nothing().change(change)).await {
            Ok(()) => {
                add(&self.counters.jobs_failed, 1);
                let (name, kind, id, attempts) = (&market.place().name, &job.kind, job.id, job.attempts);
                if dies {
                    add(&self.counters.jobs_dead, 1);
                    self.forget_schedules(market);
                    tracing::error!(market = %name, kind, job = id, attempts, error, "a job is dead");
                } else {
                    tracing::warn!(market = %name, kind, job = id, attempts, error, "a job failed");
                }
            }
            Err(CommitError::Conflict) => self.lost(market, claim),
            // The lease runs out, and the job is taken up again.
            Err(error) => {
                tracing::warn!(market = %market.place().name, job = job.id, %error, "a job cannot be given back");
            }
        }
    }

    fn lost(&self, market: &Market, claim: &Claim) {
        add(&self.counters.jobs_lost, 1);
        tracing::warn!(market = %market.place().name, kind = claim.job.kind, job = claim.job.id, "a job went to somebody else");
    }
}
