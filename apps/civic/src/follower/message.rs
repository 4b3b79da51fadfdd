//! Which message goes to whom: pure. What happened and who wants to hear of it go in; what is to be
//! sent comes out.

use std::collections::BTreeMap;

use kernel::{Actor, Id, Person};
use store::Event;

use super::keys::{Keys, Who};
use super::model::{Channel, Follower};
use crate::limits;
use crate::request::event::{self, Told};
use crate::request::model::{RequestId, Source, Status};
use crate::request::number;

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Acknowledged,
    Changed,
    Answered,
    Closed,
    Reopened,
    Merged,
    Unmerged,
}

impl Reason {
    pub const ALL: [Reason; 7] = [
        Reason::Acknowledged,
        Reason::Changed,
        Reason::Answered,
        Reason::Closed,
        Reason::Reopened,
        Reason::Merged,
        Reason::Unmerged,
    ];

    /// Whether it is progress, which those hear of too whose own request was merged into this one.
    pub fn is_progress(self) -> bool {
        matches!(self, Reason::Changed | Reason::Answered | Reason::Closed | Reason::Reopened)
    }

    /// The name of its texts.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Acknowledged => "acknowledged",
            Reason::Changed => "changed",
            Reason::Answered => "answered",
            Reason::Closed => "closed",
            Reason::Reopened => "reopened",
            Reason::Merged => "merged",
            Reason::Unmerged => "unmerged",
        }
    }
}

/// One message, ready to be queued.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Of one event to one follower there is one message, however often it is worked out.
    pub key: String,
    pub request: RequestId,
    /// Which of its followers.
    pub who: Who,
    pub reason: Reason,
    /// Whose choices count, if they have an account.
    pub person: Option<Id<Person>>,
    pub channel: Channel,
    pub to: String,
    pub language: Option<String>,
    /// What the texts speak of, each of them always there: `number`, `category`, `status`, `text`, `other`.
    pub words: BTreeMap<&'static str, String>,
}

/// An address must not reach a log by way of a debug form.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({}, {:?}, {:?}, …)", self.key, self.reason, self.channel)
    }
}

/// Whether an event is told at all, and why. What came in a file, and what the public does not see, is
/// not; but whoever reports something hears that it arrived.
pub fn reason(event: &str, told: &Told) -> Option<Reason> {
    let after = told.after.as_ref()?;
    let before = told.before.as_ref();
    if after.source == Source::Import && before.is_none() {
        return None;
    }
    match event {
        event::REPORTED => Some(Reason::Acknowledged),
        event::CHANGED => {
            let is_other = before.is_some_and(|before| before.status != after.status);
            is_other.then_some(match after.status {
                Status::Reopened => Reason::Reopened,
                status if status.is_over() => Reason::Closed,
                _ => Reason::Changed,
            })
        }
        event::ANSWERED => Some(Reason::Answered),
        event::MERGED => Some(Reason::Merged),
        event::UNMERGED => Some(Reason::Unmerged),
        _ => None,
    }
}

/// The events of a batch that are told, in order. An answer that came with a change of state is told
/// with it, and not once more.
pub fn told_of(events: &[Event]) -> Result<Vec<(&Event, Told, Reason)>, bus::Trouble> {
    let mut all: Vec<(&Event, Told, Reason)> = Vec::new();
    for event in events {
        let told = event::read(event)?;
        let Some(reason) = reason(&event.name, &told) else { continue };
        let together = all.iter_mut().find(|(other, _, _)| {
            other.subject == event.subject && other.at == event.at && event.actor == other.actor
        });
        match together {
            Some((_, before, was)) if reason == Reason::Answered && is_state(*was) => {
                before.text = told.text.or_else(|| before.text.take());
            }
            Some(it) if it.2 == Reason::Answered && is_state(reason) => {
                let text = it.1.text.take().or_else(|| told.text.clone());
                *it = (event, Told { text, ..told }, reason);
            }
            _ => all.push((event, told, reason)),
        }
    }
    Ok(all)
}

fn is_state(reason: Reason) -> bool {
    matches!(reason, Reason::Changed | Reason::Closed | Reason::Reopened)
}

/// The message about one event to one follower; `None` for whoever did it, and for those who must not
/// know. `category` is the name of the request's category.
pub fn to(
    follower: &Follower,
    (event, told, reason): (&Event, &Told, Reason),
    category: &str,
) -> Option<Message> {
    let after = told.after.as_ref()?;
    let subject: RequestId = event.subject();
    // Whoever follows what was merged into it knows that by its own number.
    let request = follower.request;
    let is_merged = request != subject;
    let is_theirs = follower.person.is_some_and(|person| event.actor == Actor::Person(person));
    let is_kept_from = after.hidden && (is_merged || !follower.reporter);
    let is_for_reporter = reason == Reason::Acknowledged;
    if (is_merged && !reason.is_progress())
        || is_kept_from
        || (is_for_reporter && !follower.reporter)
        || (is_theirs && !is_for_reporter)
    {
        return None;
    }
    let to = follower.contact.address().filter(|_| follower.confirmed)?.to_owned();
    // No secret is among them: what is queued is kept until it is sent.
    let text = told.text.as_deref().map(str::trim).map(shortened).unwrap_or_default();
    let words = BTreeMap::from([
        ("number", number::of(request)),
        ("category", category.to_owned()),
        ("status", after.status.name().to_owned()),
        ("text", text),
        ("other", told.other.or(is_merged.then_some(subject)).map(number::of).unwrap_or_default()),
    ]);
    let hash = Keys::trace(follower.who);
    let key = format!("civic:{}:{}:{hash}", event.id, reason.name());
    let (channel, language) = (follower.contact.channel, follower.contact.language.clone());
    let person = follower.person;
    Some(Message { key, request, who: follower.who, reason, person, channel, to, language, words })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(limits::MESSAGE_TEXT_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests;
