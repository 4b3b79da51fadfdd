//! Messages to those who reported or follow a request go the way of all messages.

use std::collections::BTreeSet;
use std::sync::Arc;

use bus::Trouble;
use futures_util::future::BoxFuture;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, IdSource};
use notify::NewMessage;
use store::Market;

use super::follow::Messages;
use super::keys::Keys;
use super::links::{REQUEST, WHO};
use super::message::Message;
use super::model::Channel;
use crate::APP;

/// What people choose about when they want no more of these.
pub const UPDATES: &str = "civic.updates";

/// Queues messages with the decision that they follow from.
pub struct Mail {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Mail {
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { clock, ids }
    }

    pub(crate) fn all(&self, messages: impl IntoIterator<Item = NewMessage>) -> Decision {
        let zone = TimeZone::UTC;
        let ctx = Ctx { now: self.clock.now(), zone: &zone, actor: Actor::System, ids: &*self.ids };
        let queued = messages.into_iter().map(|message| notify::queue(message, &ctx));
        let mut decision = queued.fold(Decision::nothing(), Decision::and);
        // Many messages ask for the same sweep.
        let mut keys = BTreeSet::new();
        decision.jobs.retain(|job| job.key.as_ref().is_none_or(|key| keys.insert(key.clone())));
        decision
    }
}

impl Messages for Mail {
    fn queue<'a>(
        &'a self,
        _: &'a Market,
        messages: Vec<Message>,
    ) -> BoxFuture<'a, Result<Decision, Trouble>> {
        let decision = self.all(messages.iter().filter_map(new));
        Box::pin(async { Ok(decision) })
    }
}

pub(super) fn channel(channel: Channel) -> Option<notify::Channel> {
    match channel {
        Channel::Email => Some(notify::Channel::Email),
        Channel::Sms => Some(notify::Channel::Sms),
        Channel::None => None,
    }
}

fn new(message: &Message) -> Option<NewMessage> {
    let channel = channel(message.channel)?;
    let template = format!("{APP}.{}", message.reason.name());
    let trace = Keys::trace(message.who);
    let known = [(REQUEST, message.request.to_string()), (WHO, trace.clone())];
    let words = message.words.iter().map(|(name, text)| (*name, text.clone())).chain(known);
    let words = words.map(|(name, text)| (name.to_owned(), text.into()));
    let new = NewMessage::new(channel, &message.to, &template, UPDATES, &message.key)
        .person(message.person)
        .language(message.language.as_deref())
        .about(&trace)
        .arguments(serde_json::Value::Object(words.collect()));
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::super::message::Reason;
    use notify::Templates;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_reason_has_its_words_in_every_language() {
        let own = Templates::new().unwrap();
        let texts =
            crate::TEXTS.iter().try_fold(own, |all, (language, text)| all.add(APP, language, text)).unwrap();
        assert_eq!(texts.faults(), Vec::<String>::new());
        let words = json!({
            "number": "1", "category": "Pothole", "status": "open", "text": "Soon.", "other": "2", "brand": "City",
            "linked": "yes", "link": "https://x.example/1", "leave": "https://x.example/2",
            "confirm": "https://x.example/3", "due": "1", "when": "after", "agency": "Works", "name": "Ann",
            "address": "a@x.example"
        });
        let told = Reason::ALL.map(Reason::name);
        for name in told.into_iter().chain(["confirm", "deadline"]) {
            for language in notify::LANGUAGES {
                let words = |linked: &str| {
                    let mut words = words.clone();
                    words["linked"] = linked.into();
                    texts.words(&format!("{APP}.{name}"), &[language], &words).unwrap()
                };
                let (with, without) = (words("yes"), words("no"));
                assert_eq!(with.language, language, "{name}");
                assert!(with.text.contains("https://x.example/"), "{name} {}", with.text);
                assert!(!without.text.contains("https://"), "{name} {}", without.text);
                let is_left = told.contains(&name) && !with.text.contains("https://x.example/2");
                assert!(!is_left, "{name} {}", with.text);
            }
        }
    }
}
