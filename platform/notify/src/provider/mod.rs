//! Who carries messages: one trait, several carriers for each channel, a breaker for each of them.

pub mod http;
pub mod outbox;
pub mod smtp;
mod smtp_pool;
pub mod webhook;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use guard::{Breaker, Ticket};
use kernel::jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use store::Market;

use crate::channel::Channel;
use crate::limits::PROVIDERS_MAX;

/// One message as it goes out.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The same for every attempt at the same message, so that it can be known again.
    pub key: String,
    /// The message's number in its market.
    pub id: i64,
    pub to: String,
    pub language: String,
    /// When it was caused.
    pub at: Timestamp,
    /// When this attempt began.
    pub now: Timestamp,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    Sms {
        text: String,
    },
    Email {
        subject: String,
        text: String,
        html: String,
        leave: Option<String>,
    },
    Push {
        title: String,
        body: String,
        data: String,
    },
    /// Signed with each of these secrets, the newest first.
    Webhook {
        url: String,
        body: String,
        secrets: Vec<[u8; 32]>,
    },
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Sent {
        reference: Option<String>,
    },
    /// Nothing was sent; it may go better later, or elsewhere.
    Failed {
        error: String,
        retry_after: Option<SignedDuration>,
    },
    /// It may have been sent.
    Unknown {
        error: String,
    },
    /// This provider does not take it: credentials, form, contents. Another one may.
    Refused {
        error: String,
    },
    /// There is no such recipient, and there will be none.
    Recipient {
        error: String,
    },
}

impl Outcome {
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Sent { .. } => "sent",
            Outcome::Failed { .. } => "failed",
            Outcome::Unknown { .. } => "unknown",
            Outcome::Refused { .. } => "refused",
            Outcome::Recipient { .. } => "recipient",
        }
    }

    pub fn error(&self) -> Option<&str> {
        match self {
            Outcome::Sent { .. } => None,
            Outcome::Failed { error, .. }
            | Outcome::Unknown { error }
            | Outcome::Refused { error }
            | Outcome::Recipient { error } => Some(error),
        }
    }

    pub fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Outcome::Failed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether another provider may be asked at once: only where nothing can have been sent and the
    /// recipient is not at fault.
    pub fn passes_on(&self) -> bool {
        matches!(self, Outcome::Failed { .. } | Outcome::Refused { .. })
    }

    fn is_providers_fault(&self) -> bool {
        !matches!(self, Outcome::Sent { .. } | Outcome::Recipient { .. })
    }
}

/// What an error of the one HTTP client means for a message.
pub(crate) fn outcome_of(error: &outward::Error) -> Outcome {
    let text = error.to_string();
    match error.may_have_arrived() {
        true => Outcome::Unknown { error: text },
        false => Outcome::Failed {
            error: text,
            retry_after: error.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok()),
        },
    }
}

/// Carries messages of one channel.
pub trait Provider: Send + Sync + 'static {
    /// Kept with every message; does not change.
    fn name(&self) -> &str;

    /// One attempt, within [`crate::limits::WIRE_TIME_MAX`].
    fn send<'a>(&'a self, market: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome>;

    /// Whether people are really reached.
    fn reaches(&self) -> bool {
        true
    }
}

/// A provider with its breaker.
pub(crate) struct Line {
    pub(crate) provider: Arc<dyn Provider>,
    breaker: Mutex<Breaker>,
}

impl Line {
    fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, breaker: Mutex::new(Breaker::default()) }
    }

    /// Leave for one attempt; without it the provider is left alone for now.
    pub(crate) fn allow(&self, now: Timestamp) -> Option<Ticket> {
        self.breaker.lock().allow(nanoseconds(now)).ok()
    }

    /// One attempt, with an end and with its outcome counted. Of webhooks each is a destination of its
    /// own, with the HTTP client's breaker.
    pub(crate) async fn send(&self, market: &Market, parcel: &Parcel, ticket: Ticket) -> Outcome {
        let is_webhook = matches!(parcel.content, Content::Webhook { .. });
        let sent = tokio::time::timeout(crate::limits::WIRE_TIME_MAX, self.provider.send(market, parcel));
        let outcome = sent.await.unwrap_or_else(|_| Outcome::Unknown { error: "it took too long".into() });
        let success = is_webhook || !outcome.is_providers_fault();
        self.breaker.lock().record(nanoseconds(parcel.now), ticket, success);
        outcome
    }
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or_default()
}

/// The carriers of each channel, in the order in which they are asked.
#[derive(Default)]
pub struct Channels(BTreeMap<Channel, Vec<Line>>);

impl Channels {
    /// One more for a channel; beyond the first few they are not taken.
    pub fn with(mut self, channel: Channel, provider: Arc<dyn Provider>) -> Self {
        let lines = self.0.entry(channel).or_default();
        if lines.len() < PROVIDERS_MAX {
            lines.push(Line::new(provider));
        }
        self
    }

    /// Where a channel has none, what goes out by it is written to the outbox that staff can see.
    pub(crate) fn complete(mut self) -> Self {
        for channel in Channel::ALL {
            let lines = self.0.entry(channel).or_default();
            if lines.is_empty() {
                lines.push(Line::new(Arc::new(outbox::Outbox)));
            }
        }
        self
    }

    /// In their order, but the one that may have sent it already comes first.
    pub(crate) fn of(&self, channel: Channel, first: Option<&str>) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.0.get(&channel).into_iter().flatten().collect();
        lines.sort_by_key(|line| Some(line.provider.name()) != first);
        lines
    }

    pub(crate) fn reaches(&self, channel: Channel) -> bool {
        self.0.get(&channel).into_iter().flatten().any(|line| line.provider.reaches())
    }
}
