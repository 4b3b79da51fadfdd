//! Notes into messages: to each person by the way by which they are best reached, as far as they want it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, IdSource, Person};
use notify::{Channel, NewMessage, Ways};
use serde_json::Value;
use store::{Market, StoreError};

use super::model::{Note, Reason, Whom};
use super::people::People;
use crate::APP;

pub struct Post {
    pub people: Arc<dyn People>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
}

impl Post {
    /// All of them with one decision.
    pub async fn queued(&self, market: &Market, notes: &[Note]) -> Result<Decision, StoreError> {
        if notes.is_empty() {
            return Ok(Decision::nothing());
        }
        let mut all: Vec<(&Note, Id<Person>)> = Vec::new();
        let mut known: BTreeMap<i64, Vec<Id<Person>>> = BTreeMap::new();
        // Two events of one batch may say the same.
        let mut said = BTreeSet::new();
        for note in notes {
            let mut people = self.people_of(market, note.to, &mut known).await?;
            people.retain(|person| said.insert((note.cause.as_str(), *person)));
            all.extend(people.into_iter().map(|person| (note, person)));
        }
        let people: BTreeSet<Id<Person>> = all.iter().map(|(_, person)| *person).collect();
        let people: Vec<Id<Person>> = people.into_iter().collect();
        let ways: BTreeMap<Id<Person>, Ways> =
            people.iter().copied().zip(notify::ways(market, &people).await?).collect();
        let mut messages = Vec::new();
        for (note, person) in all {
            let ways = ways.get(&person).cloned().unwrap_or_default();
            messages.extend(self.to(market, note, person, &ways).await?);
        }
        let ctx = Ctx { now: self.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*self.ids };
        let queued = messages.into_iter().map(|message| notify::queue(message, &ctx));
        let programs = programs(market, notes, &ctx).await?;
        Ok(once(queued.fold(programs, Decision::and)))
    }

    /// `known` are those of merchants, who are asked for once; 0 are the market's own.
    async fn people_of(
        &self,
        market: &Market,
        to: Whom,
        known: &mut BTreeMap<i64, Vec<Id<Person>>>,
    ) -> Result<Vec<Id<Person>>, StoreError> {
        let key = match to {
            Whom::Buyer(person) | Whom::Rider(person) => return Ok(vec![person]),
            Whom::Staff(provider) => provider.raw(),
            Whom::Operators => 0,
        };
        if let Some(people) = known.get(&key) {
            return Ok(people.clone());
        }
        let people = match to {
            Whom::Staff(provider) => self.people.staff(market, provider).await?,
            _ => self.people.operators(market).await?,
        };
        known.insert(key, people.clone());
        Ok(people)
    }

    /// On their devices; without any, where they sign in. A shop hears on its devices, and by mail only if
    /// somebody asked for that; an offer is worth nothing by the time a letter is read.
    async fn to(
        &self,
        market: &Market,
        note: &Note,
        person: Id<Person>,
        ways: &Ways,
    ) -> Result<Vec<NewMessage>, StoreError> {
        let topic = note.reason.topic(note.to);
        let mut messages = Vec::new();
        if ways.wants(topic, Channel::Push) {
            let each = ways.tokens.iter();
            messages.extend(each.map(|token| message(note, person, (Channel::Push, token), None)));
        }
        let is_shop = matches!(note.to, Whom::Staff(_));
        let may_write = match (is_shop, note.reason) {
            (true, _) => ways.asked_for(topic, Channel::Email),
            (false, Reason::Offered) => false,
            (false, _) => messages.is_empty(),
        };
        if !may_write {
            return Ok(messages);
        }
        let contact = self.people.contact(market, person).await?;
        let fits = |channel| ways.wants(topic, channel) && !(is_shop && channel != Channel::Email);
        if let Some(contact) = contact.filter(|contact| fits(contact.channel)) {
            let way = (contact.channel, contact.address.as_str());
            messages.push(message(note, person, way, Some(&contact.language)));
        }
        Ok(messages)
    }
}

fn message(
    note: &Note,
    person: Id<Person>,
    (channel, to): (Channel, &str),
    language: Option<&str>,
) -> NewMessage {
    // A device's token is its owner's secret: what names it in the cause is short and says nothing.
    let device = if channel == Channel::Push { format!(":{}", short_hash(to)) } else { String::new() };
    let cause = format!("{}:{person}{device}", note.cause);
    let template = format!("{APP}.{}", note.reason.name());
    let new = NewMessage::new(channel, to, &template, note.reason.topic(note.to), &cause)
        .person(Some(person))
        .language(language)
        .good_for(note.good_for)
        .arguments(Value::Object(note.words.clone()));
    // What somebody chose was looked at; what they wait for does not wait for the morning.
    if note.reason.may_wait() { new } else { new.urgent() }
}

fn short_hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().chars().take(16).collect()
}

/// Programs of the market hear what staff and operators hear, but for the names of people.
async fn programs(market: &Market, notes: &[Note], ctx: &Ctx<'_>) -> Result<Decision, StoreError> {
    let mut said = BTreeSet::new();
    let mut told: Vec<(&Note, &str)> =
        notes.iter().filter_map(|note| Some((note, note.reason.webhook()?))).collect();
    told.retain(|(note, _)| said.insert(note.cause.as_str()));
    if told.is_empty() {
        return Ok(Decision::nothing());
    }
    let webhooks = notify::webhooks(market).await?;
    let publish = |(note, topic): &(&Note, &str)| {
        let data = Value::Object(note.words.clone());
        notify::publish(&webhooks, topic, &data, &note.cause, ctx)
    };
    Ok(told.iter().map(publish).fold(Decision::nothing(), Decision::and))
}

/// Many messages ask for the same sweep.
fn once(mut decision: Decision) -> Decision {
    let mut keys = BTreeSet::new();
    decision.jobs.retain(|job| job.key.as_ref().is_none_or(|key| keys.insert(key.clone())));
    decision
}
