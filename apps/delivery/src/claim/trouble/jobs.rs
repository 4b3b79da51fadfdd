//! What payments told is written down at the order, in a job of its own.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, NewJob};
use money::payment::model::RefundId;
use money::payment::pen;
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::Trouble;
use super::{decide, repo};
use crate::claim::{self, Claims};
use crate::order::{self, OrderId};

pub const FOUND: &str = "delivery.trouble";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Errand {
    pub order: OrderId,
    pub what: Trouble,
    pub refund: Option<RefundId>,
}

/// Which trouble an event of a payment is, if it is one.
pub fn named(event: &str) -> Option<Trouble> {
    match event {
        pen::REFUND_FAILED => Some(Trouble::RefundFailed),
        pen::CAPTURE_FAILED => Some(Trouble::CaptureFailed),
        pen::CHARGED_BACK => Some(Trouble::ChargedBack),
        _ => None,
    }
}

pub fn later(errand: Errand, at: Timestamp) -> NewJob {
    NewJob::new(FOUND, at, &errand)
}

pub struct Write(pub Arc<Claims>);

impl JobHandler for Write {
    fn kind(&self) -> &'static str {
        FOUND
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let errand: Errand =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        // A claim says by itself that it was not paid.
        if let Some(refund) = errand.refund
            && claim::repo::by_refund(market, refund).await?.is_some()
        {
            return Ok(Decision::nothing());
        }
        // What is paid for need not be an order.
        let Some(order) = order::repo::one(market, errand.order).await? else {
            return Ok(Decision::nothing());
        };
        let known = repo::one(market, order.id, errand.what).await?;
        let orders = &self.0.orders;
        let (now, ids) = (orders.clock.now(), &*orders.ids);
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids };
        let found = decide::found(&order, errand.what, known.as_ref(), &ctx);
        if errand.what != Trouble::ChargedBack || found.is_nothing() {
            return Ok(found);
        }
        let taken = self.0.uncoined(market, &order, &ctx).await;
        Ok(found.and(taken.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))?))
    }
}
