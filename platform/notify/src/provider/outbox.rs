//! The provider where none is configured: what would have been sent is written down, for staff and for
//! the demo to read. Its row bears the message's own number, so there is never a second one.

use futures_util::future::BoxFuture;
use kernel::{Actor, Decision, values};
use store::{CommitError, Market, Stamp};

use super::{Content, Outcome, Parcel, Provider};
use crate::outbox::repo;

pub struct Outbox;

impl Provider for Outbox {
    fn name(&self) -> &str {
        "outbox"
    }

    fn reaches(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, market: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (channel, subject, body) = match &parcel.content {
                Content::Sms { text } => ("sms", "", text),
                Content::Email { subject, text, .. } => ("email", subject.as_str(), text),
                Content::Push { title, body, .. } => ("push", title.as_str(), body),
                Content::Webhook { body, .. } => ("webhook", "", body),
            };
            let row = values![parcel.id, channel, &parcel.to, subject, body, parcel.now];
            let decision = Decision::nothing().change(repo::PUT.with(row).any_rows());
            let stamp = Stamp { at: parcel.now, actor: Actor::System };
            match market.commit(stamp, decision).await {
                Ok(()) => Outcome::Sent { reference: None },
                Err(error @ CommitError::Unknown(_)) => Outcome::Unknown { error: error.to_string() },
                Err(error) => Outcome::Failed { error: error.to_string(), retry_after: None },
            }
        })
    }
}
