//! What is removed when nobody needs it any more.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::Decision;
use store::{CommitError, Market};

use super::model::{State, Upload, folder};
use super::{Outcome, decide, repo};
use crate::image::Unfit;
use crate::limits;
use crate::media::Media;
use crate::picture::jobs::{Of, body};

pub const DROP: &str = "media.drop";
pub const SWEEP: &str = "media.sweep";

/// Removes the bytes of one upload as they were sent; of one that is removed, the row too.
pub struct Drop(pub Arc<Media>);

/// Removes uploads that were abandoned, in one market.
pub struct Sweep(pub Arc<Media>);

impl JobHandler for Drop {
    fn kind(&self) -> &'static str {
        DROP
    }

    async fn run<'a>(&'a self, market: &'a Market, job: &'a Job) -> Result<Decision, JobTrouble> {
        let Of { id } = body(job)?;
        let Some(upload) = repo::one(market, id).await? else { return Ok(Decision::nothing()) };
        if matches!(upload.state, State::Receiving | State::Waiting) {
            return Ok(Decision::nothing());
        }
        // By their folder and not by their rows: it may hold chunks that were never written down.
        let shelf = self.0.shelf(market);
        loop {
            let found = shelf.list(&folder(id)).await?;
            if found.is_empty() {
                break;
            }
            for object in found {
                shelf.delete(&object.name).await?;
            }
        }
        let decision = Decision::nothing().change(repo::drop_chunks(id));
        Ok(match upload.state {
            State::Removed => decision.change(repo::drop_removed(id)),
            _ => decision,
        })
    }

    fn attempts_max(&self) -> i64 {
        limits::JOB_ATTEMPTS_MAX
    }
}

impl JobHandler for Sweep {
    fn kind(&self) -> &'static str {
        SWEEP
    }

    async fn run<'a>(&'a self, market: &'a Market, _: &'a Job) -> Result<Decision, JobTrouble> {
        for _ in 0..limits::SWEEP_COMMITS_MAX {
            let decision = self.0.swept(market).await?;
            if decision.is_nothing() {
                break;
            }
            match market.commit(self.0.stamp(), decision).await {
                // Somebody came back to one of them; what is left is looked at again.
                Ok(()) | Err(CommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Decision::nothing())
    }
}

impl Media {
    async fn swept(&self, market: &Market) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let before = now - limits::LOOSE_KEPT;
        let mut over = repo::loose(market, before).await?;
        let unfinished = repo::stuck(market, State::Receiving, before).await?;
        over.extend(unfinished.into_iter().filter(|upload| upload.subject.is_some()));
        let mut decision = decide::remove(&over, now);
        let given_up = repo::stuck(market, State::Waiting, now - limits::WAITING_KEPT).await?;
        let attached = |upload: &&Upload| upload.subject.is_some();
        for upload in given_up.iter().filter(attached) {
            decision = decision.and(decide::settle(upload, &Outcome::Unfit(Unfit::Unprocessed), now));
        }
        Ok(decision)
    }
}
