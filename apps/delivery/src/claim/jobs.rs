//! The next thing to be done for a claim: it is looked at how things stand, and not at what happened, so
//! news may come twice and in any order.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, NewJob};
use money::payment::model::RefundId;
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::ClaimId;
use super::repo;
use super::step::Claims;

pub const NEXT: &str = "delivery.claim";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    Claim(ClaimId),
    /// The claim that a refund is for, if it is for one.
    Refund(RefundId),
}

/// A refund is done, or came to nothing.
pub fn of_refund(refund: RefundId, at: Timestamp) -> NewJob {
    NewJob::new(NEXT, at, &Errand::Refund(refund))
}

pub struct Next(pub Arc<Claims>);

impl JobHandler for Next {
    fn kind(&self) -> &'static str {
        NEXT
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let errand = serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let id = match errand {
            Errand::Claim(id) => Some(id),
            Errand::Refund(refund) => repo::by_refund(market, refund).await?,
        };
        let claim = match id {
            Some(id) => repo::one(market, id).await?,
            None => None,
        };
        let Some(claim) = claim else { return Ok(Decision::nothing()) };
        let orders = &self.0.orders;
        let (now, ids) = (orders.clock.now(), &*orders.ids);
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids };
        let step = self.0.next(market, &claim, &ctx).await;
        step.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}
