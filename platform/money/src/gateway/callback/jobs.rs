use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Schedule};
use kernel::{Decision, NewEvent};
use serde::{Deserialize, Serialize};
use store::{Market, StoreError};

use super::repo;
use super::repo::Kept;
use crate::payment::jobs::read;
use crate::payment::limits::{CALLBACKS_KEPT, JOB_ATTEMPTS_MAX};
use crate::payment::model::{AttemptId, PaymentId, from_reference};
use crate::payment::payments::Payments;
use crate::payment::repo as payments_repo;

pub const FOLLOW: &str = "payment.callback";
pub const TIDY: &str = "payment.tidy";
/// A gateway speaks, rightly signed, of what was never ours: for an operator.
pub const UNKNOWN_REFERENCE: &str = "payment.callback_unknown";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Which {
    pub callback: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownReference {
    pub gateway: i64,
    pub reference: String,
}

pub struct Follow(pub Arc<Payments>);

impl JobHandler for Follow {
    fn kind(&self) -> &'static str {
        FOLLOW
    }

    fn attempts_max(&self) -> i64 {
        JOB_ATTEMPTS_MAX
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let Which { callback } = read(&job.body)?;
        let Some(kept) = repo::one(market, callback).await?.filter(|kept| kept.is_new) else {
            return Ok(Decision::nothing());
        };
        let unknown = || {
            let told = UnknownReference { gateway: kept.gateway, reference: kept.reference.clone() };
            let event = NewEvent::new(UNKNOWN_REFERENCE, kept.id, &told);
            Decision::nothing().change(repo::end(kept.id, "unknown_reference")).event(event)
        };
        let Some((attempt, payment)) = about(market, &kept).await? else { return Ok(unknown()) };
        let Some(book) = payments_repo::book(market, payment).await? else { return Ok(unknown()) };
        let found = book.attempt(attempt).filter(|it| it.gateway == kept.gateway);
        let Some(attempt) = found else { return Ok(unknown()) };
        let heard = self.0.ask(market, &book, attempt).await?;
        Ok(heard.change(repo::end(kept.id, "done")))
    }
}

/// The attempt that a callback names.
async fn about(market: &Market, kept: &Kept) -> Result<Option<(AttemptId, PaymentId)>, StoreError> {
    if let Some(external) = kept.reference.strip_prefix(':') {
        return payments_repo::of_external(market, kept.gateway, external).await;
    }
    let Some(attempt) = from_reference(&kept.reference) else { return Ok(None) };
    let payment = payments_repo::of_attempt(market, attempt).await?;
    Ok(payment.map(|payment| (attempt, payment)))
}

/// Lets go of callbacks that are old.
pub struct Tidy(pub Arc<Payments>);

impl JobHandler for Tidy {
    fn kind(&self) -> &'static str {
        TIDY
    }

    async fn run(&self, _: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let before = self.0.now().checked_sub(CALLBACKS_KEPT).unwrap_or(self.0.now());
        Ok(Decision::nothing().change(repo::sweep(before)))
    }
}

pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(TIDY, "41 3 * * *", TIDY)
}
