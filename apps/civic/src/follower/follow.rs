//! What happens to a request is told to those who want to hear of it.

use std::sync::Arc;

use bus::{Consumer, Job, JobHandler, JobTrouble, Trouble};
use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, NewJob};
use serde::{Deserialize, Serialize};
use store::{Event, Market, Query, StoreError};

use super::keys::About;
use super::message::{self, Message, Reason};
use super::model::Follower;
use super::repo;
use crate::civic::Civic;
use crate::desk::repo as desk;
use crate::limits;
use crate::request::event::{self, Told};
use crate::request::model::RequestId;

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
    /// Whose followers are told now, where that is one that was merged into the event's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged: Option<RequestId>,
}

/// Where to go on: with the followers of a request after one of them.
struct Next {
    request: RequestId,
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

    /// Those of a merged request who do not hear of the other one by themselves: nobody is told twice.
    async fn not_told_yet(
        &self,
        market: &Market,
        subject: RequestId,
        followers: Vec<Follower>,
    ) -> Result<Vec<Follower>, StoreError> {
        let about = About { market: market.place().id, request: subject };
        let own = |follower: &Follower| {
            let person = follower.person.filter(|_| follower.request != subject)?;
            let who = self.civic.keys.person(about, person);
            Some(Query { sql: repo::ONE, params: kernel::values![subject, who] })
        };
        let asked: Vec<Option<Query>> = followers.iter().map(own).collect();
        let is_asked: Vec<bool> = asked.iter().map(Option::is_some).collect();
        let mut found = market.snapshot(asked.into_iter().flatten().collect()).await?.into_iter();
        let mut left = Vec::with_capacity(followers.len());
        for (follower, is_asked) in followers.into_iter().zip(is_asked) {
            let rows = if is_asked { found.next() } else { None };
            let other: Option<Follower> = rows.map(|rows| rows.one()).transpose()?.flatten();
            if other.is_none_or(|other| !other.confirmed || other.contact.address().is_none()) {
                left.push(follower);
            }
        }
        Ok(left)
    }

    /// As many followers as one commit tells, from there on, and where to go on after them.
    async fn from(
        market: &Market,
        subject: RequestId,
        from: Next,
        reason: Reason,
    ) -> Result<(Vec<Follower>, Option<Next>), StoreError> {
        let mut requests = vec![subject];
        if reason.is_progress() {
            requests = desk::hearing_of(market, subject).await?;
        }
        // The request itself first, then those merged into it in the order of their ids.
        let is_left = |id: &RequestId| from.request == subject || (*id != subject && *id >= from.request);
        let mut followers: Vec<Follower> = Vec::new();
        for request in requests.into_iter().filter(is_left) {
            let after = if request == from.request { from.after.clone() } else { Vec::new() };
            let wanted = limits::TOLD_AT_ONCE as usize - followers.len();
            if wanted == 0 {
                return Ok((followers, Some(Next { request, after })));
            }
            let mut found = repo::told(market, request, &after, wanted as i64 + 1).await?;
            let is_cut = found.len() > wanted;
            found.truncate(wanted);
            followers.extend(found);
            if let Some(last) = followers.last().filter(|_| is_cut) {
                let after = last.who.to_vec();
                return Ok((followers, Some(Next { request, after })));
            }
        }
        Ok((followers, None))
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
        let asked = told.iter().flat_map(|(event, _, reason)| {
            let params = kernel::values![event.subject, Vec::<u8>::new(), limits::TOLD_AT_ONCE + 1];
            // Only progress is told to those who follow what was merged into it.
            let merged = Query { sql: desk::HEARS, params: kernel::values![event.subject, 1] };
            [Some(Query { sql: repo::TOLD, params }), reason.is_progress().then_some(merged)]
        });
        let mut found = market.snapshot(asked.flatten().collect()).await?.into_iter();
        let (mut decision, mut messages) = (Decision::nothing(), Vec::new());
        for (event, told, reason) in &told {
            let followers: Vec<Follower> = found.next().unwrap_or_default().list()?;
            let merged = if reason.is_progress() { found.next() } else { None };
            let merged = merged.unwrap_or_default().one::<(RequestId,)>()?;
            messages.extend(self.messages(market, (event, told, *reason), &followers).await?);
            let told_now = limits::TOLD_AT_ONCE as usize;
            let last = followers.get(told_now - 1).filter(|_| followers.len() > told_now);
            let next = match (last, merged) {
                (Some(last), _) => Some(Next { request: event.subject(), after: last.who.to_vec() }),
                (None, Some((request,))) => Some(Next { request, after: Vec::new() }),
                (None, None) => None,
            };
            decision = decision.and(rest(event, told, next));
        }
        if messages.is_empty() {
            return Ok(decision);
        }
        Ok(decision.and(self.messages.queue(market, messages).await?))
    }
}

/// A job for those who are more than fit.
fn rest(event: &Event, told: &Told, next: Option<Next>) -> Decision {
    let Some(Next { request, after }) = next else { return Decision::nothing() };
    let rest = Rest {
        event: event.id,
        name: event.name.clone(),
        subject: event.subject,
        at: event.at,
        actor: event.actor.to_raw(),
        told: told.clone(),
        after,
        merged: Some(request).filter(|it| it.raw() != event.subject),
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
        let subject: RequestId = event.subject();
        let from = Next { request: rest.merged.unwrap_or(subject), after: rest.after };
        let (followers, next) = Tell::from(market, subject, from, reason).await?;
        let followers = self.0.not_told_yet(market, subject, followers).await?;
        let trouble = |trouble: Trouble| JobTrouble::Retry(trouble.to_string());
        let messages =
            self.0.messages(market, (&event, &rest.told, reason), &followers).await.map_err(trouble)?;
        let decision = self::rest(&event, &rest.told, next);
        if messages.is_empty() {
            return Ok(decision);
        }
        Ok(decision.and(self.0.messages.queue(market, messages).await.map_err(trouble)?))
    }
}
