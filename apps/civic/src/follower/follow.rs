//! What happens to a request is told to those who want to hear of it.

use std::sync::Arc;

use bus::{Consumer, Job, JobHandler, JobTrouble, Trouble};
use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, NewJob};
use serde::{Deserialize, Serialize};
use store::{Event, Market, Query};

use super::message::{self, Message, Reason};
use super::model::Follower;
use super::repo;
use crate::civic::Civic;
use crate::limits;
use crate::request::event::{self, Told};

pub const TELL_MORE: &str = "civic.tell_more";

/// Whoever brings messages to people: makes the changes that queue them.
pub trait Messages: Send + Sync + 'static {
    /// A message with a key that was queued before is not queued again.
    fn queue<'a>(
        &'a self,
        market: &'a Market,
        messages: Vec<Message>,
    ) -> BoxFuture<'a, Result<Decision, Trouble>>;
}

/// Queues messages for some followers of each event with the cursor; a job goes on with the others.
pub struct Tell {
    pub civic: Arc<Civic>,
    pub messages: Arc<dyn Messages>,
}

/// Followers of an event that are still to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rest {
    event: i64,
    name: String,
    subject: i64,
    at: Timestamp,
    actor: i64,
    told: Told,
    /// The last who was told.
    after: Vec<u8>,
}

impl Tell {
    async fn messages(
        &self,
        market: &Market,
        event: (&Event, &Told, Reason),
        followers: &[Follower],
    ) -> Result<Vec<Message>, Trouble> {
        if followers.is_empty() {
            return Ok(Vec::new());
        }
        let rules = self.civic.rules.of(market).await?;
        let code = event.1.after.as_ref().map(|after| after.category.as_str()).unwrap_or_default();
        let category = rules.category(code).map_or(code, |category| &category.name);
        let each = followers.iter().take(limits::TOLD_AT_ONCE as usize);
        Ok(each.filter_map(|follower| message::to(follower, event, category)).collect())
    }
}

impl Consumer for Tell {
    fn name(&self) -> &'static str {
        "civic.tell"
    }

    fn wants(&self, name: &str) -> bool {
        [event::REPORTED, event::CHANGED, event::ANSWERED, event::MERGED, event::UNMERGED].contains(&name)
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let told = message::told_of(events)?;
        let asked = told.iter().map(|(event, ..)| Query {
            sql: repo::TOLD,
            params: kernel::values![event.subject, Vec::<u8>::new(), limits::TOLD_AT_ONCE + 1],
        });
        let found = market.snapshot(asked.collect()).await?;
        let (mut decision, mut messages) = (Decision::nothing(), Vec::new());
        for ((event, told, reason), rows) in told.iter().zip(&found) {
            let followers: Vec<Follower> = rows.list()?;
            messages.extend(self.messages(market, (event, told, *reason), &followers).await?);
            decision = decision.and(rest(event, told, &followers));
        }
        if messages.is_empty() {
            return Ok(decision);
        }
        Ok(decision.and(self.messages.queue(market, messages).await?))
    }
}

/// A job for those who are more than fit.
fn rest(event: &Event, told: &Told, followers: &[Follower]) -> Decision {
    let told_now = limits::TOLD_AT_ONCE as usize;
    let last = followers.get(told_now - 1).filter(|_| followers.len() > told_now);
    let Some(last) = last else { return Decision::nothing() };
    let rest = Rest {
        event: event.id,
        name: event.name.clone(),
        subject: event.subject,
        at: event.at,
        actor: event.actor.to_raw(),
        told: told.clone(),
        after: last.who.to_vec(),
    };
    Decision::nothing().job(NewJob::new(TELL_MORE, event.at, &rest))
}

/// Goes on with the followers of an event that has many.
pub struct TellMore(pub Tell);

impl JobHandler for TellMore {
    fn kind(&self) -> &'static str {
        TELL_MORE
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let rest: Rest =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let event = Event {
            pos: 0,
            id: rest.event,
            name: rest.name,
            subject: rest.subject,
            at: rest.at,
            actor: Actor::from_raw(rest.actor),
            body: String::new(),
        };
        let Some(reason) = message::reason(&event.name, &rest.told) else { return Ok(Decision::nothing()) };
        let wanted = limits::TOLD_AT_ONCE + 1;
        let followers = repo::told(market, event.subject(), &rest.after, wanted).await?;
        let trouble = |trouble: Trouble| JobTrouble::Retry(trouble.to_string());
        let messages =
            self.0.messages(market, (&event, &rest.told, reason), &followers).await.map_err(trouble)?;
        let decision = self::rest(&event, &rest.told, &followers);
        if messages.is_empty() {
            return Ok(decision);
        }
        Ok(decision.and(self.0.messages.queue(market, messages).await.map_err(trouble)?))
    }
}
