//! What is asked for and who is free, looked at while there is something under way: the fee answers to it.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use dispatch::Dispatch;
use kernel::jiff::Timestamp;
use kernel::{Decision, NewJob};
use store::{Market, StoreError};

use super::model::Order;
use super::repo;
use super::step::Orders;
use crate::demand;
use crate::limits;

pub const LOOK_AROUND: &str = "delivery.look_around";

/// At most one waits, however many orders come.
pub fn soon(now: Timestamp) -> NewJob {
    let due = now.checked_add(limits::LOOK_AROUND_EVERY).unwrap_or(now);
    NewJob::new(LOOK_AROUND, due, &()).once(LOOK_AROUND)
}

pub struct LookAround {
    pub orders: Arc<Orders>,
    pub dispatch: Arc<Dispatch>,
}

impl JobHandler for LookAround {
    fn kind(&self) -> &'static str {
        LOOK_AROUND
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let (pricing, now) = (&self.orders.pricing, self.orders.clock.now());
        demand::jobs::restore(&pricing.boards, &pricing.rules, market, &*self.orders.clock).await?;
        let open = open(market).await?;
        let fleet = self.dispatch.fleet(market).await?;
        let free =
            fleet.all(limits::RIDERS_LOOKED_AT_MAX, now).into_iter().filter(|seen| seen.duty.load == 0);
        let counts = demand::model::counts(
            open.iter().map(|order| order.fixed.from),
            free.map(|seen| seen.ping.point),
        );
        let rules = pricing.rules.of(market).await?;
        let (board, rule) = (pricing.boards.of(market), &rules.at(now).demand);
        board.observe_all(&counts, now, rule);
        // What was asked for is forgotten little by little; then there is nothing more to look at.
        let is_quiet = open.is_empty() && board.heat(now, rule, 1).is_empty();
        Ok(if is_quiet { Decision::nothing() } else { Decision::nothing().job(again(now)) })
    }
}

/// This one is not over while the next is named, so it has another key.
fn again(now: Timestamp) -> NewJob {
    let due = now.checked_add(limits::LOOK_AROUND_EVERY).unwrap_or(now);
    NewJob::new(LOOK_AROUND, due, &())
}

async fn open(market: &Market) -> Result<Vec<Order>, StoreError> {
    let mut all: Vec<Order> = Vec::new();
    let mut after = (0, 0);
    while all.len() < limits::ORDERS_LOOKED_AT_MAX {
        let page = repo::open(market, after, limits::ORDERS_READ_AT_ONCE).await?;
        let is_last = page.len() <= usize::from(limits::ORDERS_READ_AT_ONCE);
        after = page.last().map_or(after, |order| (order.since.as_microsecond(), order.id.raw()));
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}
