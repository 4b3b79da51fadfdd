//! Looks around each minute while something is under way: what is asked for and who is free, which the fee
//! answers to, and which orders do not move on.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use dispatch::Dispatch;
use kernel::jiff::Timestamp;
use kernel::{Decision, NewJob};
use store::{Market, StoreError};

use super::model::Order;
use super::step::Orders;
use super::{repo, standing};
use crate::demand;
use crate::limits;

pub const LOOK_AROUND: &str = "delivery.look_around";

/// At most one waits for each minute, however many orders come, whether one looks at this moment or not.
pub fn soon(now: Timestamp) -> NewJob {
    let every = limits::LOOK_AROUND_EVERY.as_secs();
    let slot = now.as_second().div_euclid(every) + 1;
    let due = Timestamp::from_second(slot * every).unwrap_or(now);
    NewJob::new(LOOK_AROUND, due, &()).once(format!("{LOOK_AROUND}:{slot}"))
}

pub struct LookAround {
    pub orders: Arc<Orders>,
    pub dispatch: Arc<Dispatch>,
}

impl JobHandler for LookAround {
    fn kind(&self) -> &'static str {
        LOOK_AROUND
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
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
        standing::tell(market, rules.at(now), now).await?;
        let (board, rule) = (pricing.boards.of(market), &rules.at(now).demand);
        board.observe_all(&counts, now, rule);
        // What was asked for is forgotten little by little; then there is nothing more to look at.
        let is_quiet = open.is_empty() && board.heat(now, rule, 1).is_empty();
        if is_quiet {
            return Ok(Decision::nothing());
        }
        let written = demand::jobs::written(&board, rule, (job.due, now));
        Ok(Decision::nothing().changes(written).job(soon(now)))
    }
}

pub(crate) async fn open(market: &Market) -> Result<Vec<Order>, StoreError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// However often it is asked for, and by the look itself too: one for each minute, and never two chains.
    #[test]
    fn a_minute_has_one_look() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, due) in [
            ("2026-01-15T08:00:00Z", "2026-01-15T08:01:00Z"),
            ("2026-01-15T08:00:59.9Z", "2026-01-15T08:01:00Z"),
            ("2026-01-15T08:01:00Z", "2026-01-15T08:02:00Z"),
        ] {
            let job = soon(at(now));
            let slot = at(due).as_second() / 60;
            assert_eq!((job.due, job.key), (at(due), Some(format!("{LOOK_AROUND}:{slot}"))));
        }
    }
}
