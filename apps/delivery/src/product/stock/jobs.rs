//! Giving back what nobody paid for in time.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::{Actor, Clock, Decision, NewJob};
use store::{CommitError, Market, Stamp};

use super::model::Reservation;
use super::{decide, repo};
use crate::limits;

pub const RELEASE_STOCK: &str = "delivery.release_stock";

/// Soon after then, at a time that many reservations share: they need one sweep.
pub fn sweep_after(until: Timestamp) -> NewJob {
    let every = limits::RELEASE_EVERY.as_secs();
    let then = (until.as_second().div_euclid(every) + 1) * every;
    let due = Timestamp::from_second(then).unwrap_or(until);
    NewJob::new(RELEASE_STOCK, due, &()).once(format!("{RELEASE_STOCK}:{then}"))
}

pub struct ReleaseStock {
    pub clock: Arc<dyn Clock>,
}

impl JobHandler for ReleaseStock {
    fn kind(&self) -> &'static str {
        RELEASE_STOCK
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        release(market, self.clock.now()).await?;
        Ok(Decision::nothing())
    }
}

/// Gives back all that is over; says how many reservations that were.
pub async fn release(market: &Market, now: Timestamp) -> Result<usize, CommitError> {
    let mut released = 0;
    for _ in 0..limits::RELEASE_PAGES_MAX {
        let expired = repo::expired(market, now).await?;
        let is_last = expired.len() < limits::RELEASED_AT_ONCE;
        released += give_back(market, now, &expired).await?;
        if is_last {
            break;
        }
    }
    Ok(released)
}

/// Together; one by one where somebody pays for one of them at this very moment.
async fn give_back(market: &Market, now: Timestamp, expired: &[Reservation]) -> Result<usize, CommitError> {
    let stamp = Stamp { at: now, actor: Actor::System };
    match market.commit(stamp, decide::give_back_all(expired)).await {
        Err(CommitError::Conflict) => {}
        done => return done.map(|()| expired.len()),
    }
    let mut released = 0;
    for reservation in expired {
        match market.commit(stamp, decide::give_back(reservation)).await {
            Ok(()) => released += 1,
            // It was sold, or held for longer; or the next page has it again.
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(released)
}
