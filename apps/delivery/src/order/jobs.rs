//! The next thing to be done for an order.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Refusal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::OrderId;
use super::repo;
use super::step::Orders;

pub const NEXT: &str = "delivery.next";

#[derive(Debug, Serialize, Deserialize)]
pub struct Errand {
    pub order: OrderId,
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

fn read<T: DeserializeOwned>(job: &Job) -> Result<T, JobTrouble> {
    serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))
}

/// Whatever stands in the way now may not do so later.
fn trouble(refusal: Refusal) -> JobTrouble {
    JobTrouble::Retry(refusal.to_string())
}
