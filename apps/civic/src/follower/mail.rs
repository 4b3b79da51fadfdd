//! Messages to those who reported or follow a request go the way of all messages.

use std::sync::Arc;

use bus::Trouble;
use futures_util::future::BoxFuture;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, IdSource};
use notify::NewMessage;
use store::Market;

use super::follow::Messages;
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
        messages
            .into_iter()
            .fold(Decision::nothing(), |decision, message| decision.and(notify::queue(message, &ctx)))
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

fn new(message: &Message) -> Option<NewMessage> {
    let channel = match message.channel {
        Channel::Email => notify::Channel::Email,
        Channel::Sms => notify::Channel::Sms,
        Channel::None => return None,
    };
    let template = format!("{APP}.{}", message.reason.name());
    let words = message.words.iter().map(|(name, text)| ((*name).to_owned(), text.as_str().into()));
    let new = NewMessage::new(channel, &message.to, &template, UPDATES, &message.key)
        .person(message.person)
        .language(message.language.as_deref())
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
            "number": "1", "category": "Pothole", "status": "open", "text": "Soon.", "other": "2", "brand": "City"
        });
        for reason in Reason::ALL {
            for language in notify::LANGUAGES {
                let said = texts.words(&format!("{APP}.{}", reason.name()), &[language], &words).unwrap();
                assert_eq!(said.language, language, "{reason:?}");
            }
        }
    }
}
