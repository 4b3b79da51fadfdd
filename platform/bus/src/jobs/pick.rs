//! Which job is next: those whose worker is gone, then by priority, then by due time.

use kernel::jiff::Timestamp;
use kernel::values;
use store::{Market, StoreError};

use super::{Jobs, Reserved};
use crate::limits;
use crate::tables::{self, JobRow};

pub(super) enum Pick {
    Job(Box<JobRow>, Reserved),
    /// Nothing now, but then.
    Later(Timestamp),
    Nothing,
}

impl Jobs {
    pub(super) async fn pick(&self, market: &Market) -> Result<Pick, StoreError> {
        let now = self.clock.now();
        let id = market.place().id.raw();
        let ours = self.running.ids(id);
        if ours.len() >= limits::JOBS_PER_MARKET_MAX {
            return Ok(Pick::Nothing);
        }
        let mut next: Option<Timestamp> = None;
        let mut sooner = |moment: Timestamp| next = Some(next.map_or(moment, |next| next.min(moment)));
        let running: Vec<JobRow> = market.list(tables::RUNNING_JOBS, values![limits::JOBS_LISTED]).await?;
        for row in running.into_iter().filter(|row| !ours.contains(&row.job.id)) {
            if row.lease > now {
                sooner(row.lease);
            } else if let Some(place) = self.running.reserve(id, row.job.id) {
                return Ok(Pick::Job(Box::new(row), place));
            }
        }
        let mut priority = i64::MAX;
        for _ in 0..limits::PRIORITIES_MAX {
            let level: Option<(i64, Timestamp)> =
                market.one(tables::NEXT_PRIORITY, values![priority]).await?;
            let Some((its, due)) = level else { break };
            priority = its;
            if due > now {
                sooner(due);
                continue;
            }
            let params = values![priority, now, limits::JOBS_LISTED];
            let rows: Vec<JobRow> = market.list(tables::DUE_JOBS, params).await?;
            for row in rows {
                if let Some(place) = self.running.reserve(id, row.job.id) {
                    return Ok(Pick::Job(Box::new(row), place));
                }
            }
        }
        Ok(next.map_or(Pick::Nothing, Pick::Later))
    }
}
