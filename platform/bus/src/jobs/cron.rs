//! Schedules as job rows: each market holds one for each, waiting or running.
//!
//! The row is moved on in the commit that ends a run, so it is never missing and never double; runs
//! missed while nobody was there are one run.

use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, NewJob, values};
use store::{CommitError, Market, Query, StoreError};

use super::Jobs;
use crate::handler::Job;
use crate::limits;
use crate::schedule::Schedule;
use crate::tables;

impl Jobs {
    /// When a schedule's job runs next; `None` for a job that runs but once.
    pub(super) fn next_run(&self, market: &Market, job: &Job) -> Option<Timestamp> {
        let schedule = self.registry.schedule_by_key(market.place().kind, job.key.as_deref()?)?;
        let zone = self.directory.zone(market)?;
        schedule.next_after(self.clock.now().max(job.due), &zone)
    }

    /// The rows are looked at again at the next occasion.
    pub(crate) fn forget_schedules(&self, market: &Market) {
        self.scheduled.lock().remove(&market.place().id.raw());
    }

    pub(crate) fn knows_schedules(&self, market: &Market) -> bool {
        self.scheduled.lock().contains(&market.place().id.raw())
    }

    /// Adds the rows that are missing, once for each market and sweep.
    pub(super) async fn keep_schedules(&self, market: &Market) -> Result<(), StoreError> {
        if self.knows_schedules(market) {
            return Ok(());
        }
        let schedules: Vec<&Schedule> = self.registry.schedules_of(market.place().kind).collect();
        if !schedules.is_empty()
            && let Some(zone) = self.directory.zone(market)
        {
            let now = self.clock.now();
            let query =
                |schedule: &&Schedule| Query { sql: tables::SCHEDULED, params: values![&schedule.key] };
            let rows = market.snapshot(schedules.iter().map(query).collect()).await?;
            let mut decision = Decision::nothing();
            for (schedule, rows) in schedules.iter().zip(rows) {
                let Some(next) = schedule.next_after(now, &zone) else { continue };
                match rows.one::<(i64, Timestamp, i64)>()? {
                    None => {
                        let job = NewJob::new(schedule.kind, next, &());
                        decision = decision.job(job.once(schedule.key.clone()));
                    }
                    // The pattern has changed, and the next run is earlier than it was.
                    Some((id, due, 0)) if due > next => {
                        let change = tables::PULL_FORWARD.with(values![id, next]).any_rows();
                        decision = decision.change(change);
                    }
                    Some(_) => {}
                }
            }
            match market.commit(self.stamp(Actor::System), decision).await {
                Ok(()) => {}
                Err(CommitError::Failed(error)) => return Err(error),
                Err(error) => return Err(StoreError::Down(error.to_string())),
            }
        }
        let mut scheduled = self.scheduled.lock();
        if scheduled.len() >= limits::MARKETS_WAITING_MAX {
            scheduled.clear();
        }
        scheduled.insert(market.place().id.raw());
        Ok(())
    }
}
