//! Follows events: those at the front of a batch are told with the cursor, the others by jobs of their own.

use std::sync::Arc;

use bus::{Consumer, Directory, Job, JobHandler, JobTrouble, Trouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Clock, Decision, NewJob, values};
use store::{Event, Market, Query, StoreError};

use super::model::Happened;
use super::orders::{self, By};
use super::post::Post;
use super::veil::Veil;
use crate::limits;
use crate::order::{Order, repo};

pub const TELL_MORE: &str = "delivery.tell_more";

#[derive(Clone)]
pub struct Tell {
    pub post: Arc<Post>,
    pub veil: Veil,
    pub clock: Arc<dyn Clock>,
    pub directory: Arc<dyn Directory>,
}

impl Tell {
    async fn told(&self, market: &Market, events: &[Happened]) -> Result<Decision, StoreError> {
        let ids: Vec<_> = events.iter().map(orders::order_of).collect();
        let asked = ids.iter().flatten().map(|id| Query { sql: repo::ONE, params: values![*id] });
        let mut found = market.snapshot(asked.collect()).await?.into_iter();
        let zone = self.directory.zone(market).unwrap_or(TimeZone::UTC);
        let by = By { now: self.clock.now(), zone: &zone, market: market.place().id, veil: &self.veil };
        let mut notes = Vec::new();
        for (event, id) in events.iter().zip(&ids) {
            let rows = if id.is_some() { found.next() } else { None };
            let order: Option<Order> = rows.map(|rows| rows.one()).transpose()?.flatten();
            // What happened long ago, before anybody was told or while nothing was carried out, is no news.
            let age = by.now.duration_since(event.at);
            let its = orders::notes(event, order.as_ref(), &by).into_iter();
            notes.extend(its.filter(|note| age < note.reason.good_for()));
        }
        self.post.queued(market, &notes).await
    }
}

impl Consumer for Tell {
    fn name(&self) -> &'static str {
        "delivery.tell"
    }

    fn wants(&self, event: &str) -> bool {
        orders::wants(event)
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let events: Vec<Happened> = events.iter().map(Happened::from).collect();
        let mut chunks = events.chunks(limits::TOLD_AT_ONCE);
        let first = chunks.next().unwrap_or_default();
        let decision = self.told(market, first).await?;
        let now = self.clock.now();
        Ok(chunks.fold(decision, |decision, more| decision.job(NewJob::new(TELL_MORE, now, &more))))
    }
}

/// Events of a batch that had many.
pub struct TellMore(pub Tell);

impl JobHandler for TellMore {
    fn kind(&self) -> &'static str {
        TELL_MORE
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let events: Vec<Happened> =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        Ok(self.0.told(market, &events).await?)
    }
}
