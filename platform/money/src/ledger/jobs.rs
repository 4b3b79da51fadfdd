//! Holds that nobody took in time. They are over when their time is; this gives back what they held.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::{Clock, Decision, NewEvent, NewJob};
use serde_json::json;
use store::Market;

use super::book::Book;
use super::repo;
use crate::limits;

pub const EXPIRE: &str = "ledger.expire";

pub struct ExpireHolds {
    pub clock: Arc<dyn Clock>,
}

impl JobHandler for ExpireHolds {
    fn kind(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let due = repo::due_holds(market, now).await?;
        let is_more = due.len() as i64 == limits::EXPIRED_AT_ONCE;
        let accounts = due.iter().flat_map(|(_, hold)| [hold.debit, hold.credit]).collect();
        let mut book = Book::default();
        repo::fill(market, &mut book, accounts, Default::default(), Default::default()).await?;
        let events: Vec<NewEvent> = due
            .iter()
            .map(|(id, _)| NewEvent::new("ledger.hold_expired", id.halves()[0], &json!({ "hold": id })))
            .collect();
        for (id, hold) in due {
            book.expire(id, hold).map_err(|denied| JobTrouble::Dead(denied.message().to_owned()))?;
        }
        let mut decision = book.drain(now, false);
        decision.events = events;
        Ok(if is_more { decision.job(NewJob::new(EXPIRE, now, &())) } else { decision })
    }
}
