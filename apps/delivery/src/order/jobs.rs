//! The next thing to be done for an order, and orders that do not move on.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Refusal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::OrderId;
use super::state::Status;
use super::step::Orders;
use super::{decide, repo};

pub const NEXT: &str = "delivery.next";
pub const LOOK: &str = "delivery.look";

#[derive(Debug, Serialize, Deserialize)]
pub struct Errand {
    pub order: OrderId,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Look {
    pub order: OrderId,
    pub status: Status,
}

/// Does what is still to be done for an order elsewhere, one thing at a time.
pub struct Next(pub Arc<Orders>);

impl JobHandler for Next {
    fn kind(&self) -> &'static str {
        NEXT
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let errand: Errand = read(job)?;
        // What is paid for need not be an order.
        let Some(order) = repo::one(market, errand.order).await? else { return Ok(Decision::nothing()) };
        let (now, ids) = (self.0.clock.now(), &*self.0.ids);
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids };
        Ok(self.0.next(market, &order, &ctx).await.map_err(trouble)?.unwrap_or_default())
    }
}

/// Tells once of an order that stands where it stood.
pub struct LookAgain(pub Arc<Orders>);

impl JobHandler for LookAgain {
    fn kind(&self) -> &'static str {
        LOOK
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let look: Look = read(job)?;
        let order = repo::one(market, look.order).await?;
        let step = order.and_then(|order| decide::stuck(&order, look.status));
        Ok(step.map(|(decision, _)| decision).unwrap_or_default())
    }
}

fn read<T: DeserializeOwned>(job: &Job) -> Result<T, JobTrouble> {
    serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))
}

/// Whatever stands in the way now may not do so later.
fn trouble(refusal: Refusal) -> JobTrouble {
    JobTrouble::Retry(refusal.to_string())
}
