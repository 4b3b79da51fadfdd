//! How a one-time code reaches a person.

use std::collections::VecDeque;

use futures_util::future::BoxFuture;
use kernel::Id;
use parking_lot::Mutex;

use crate::contact::{Channel, Contact};
use crate::limits;

/// What is sent. It has no debug form, so that it cannot be logged by mistake.
#[derive(Clone)]
pub struct CodeMessage {
    pub to: Contact,
    pub digits: String,
    /// The tenant's slug.
    pub tenant: String,
    pub language: Option<String>,
    /// The market that invites them, where it is an invitation.
    pub invited: Option<Id<kernel::Market>>,
    /// By this the code is named when it is used.
    pub code: String,
    /// The same message tried again has the same key.
    pub key: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the code was not sent: {0}")]
pub struct NotSent(pub String);

/// Brings a code to a person; called by a job, never within a request.
pub trait CodeSender: Send + Sync {
    /// Asked within the request, before anything else, so that the answer is honest and the same for
    /// every contact.
    fn reaches(&self, channel: Channel) -> bool;
    fn send(&self, message: CodeMessage) -> BoxFuture<'_, Result<(), NotSent>>;
}

/// No channel is configured: nobody is reached, and everybody is told so.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoChannel;

impl CodeSender for NoChannel {
    fn reaches(&self, _: Channel) -> bool {
        false
    }

    fn send(&self, _: CodeMessage) -> BoxFuture<'_, Result<(), NotSent>> {
        Box::pin(std::future::ready(Err(NotSent("no channel is configured".into()))))
    }
}

/// For the demo only: keeps the last codes in memory for whoever sits at its console.
#[derive(Default)]
pub struct Printed(Mutex<VecDeque<CodeMessage>>);

impl Printed {
    /// The newest code for a contact.
    pub fn last(&self, address: &str) -> Option<String> {
        let messages = self.0.lock();
        messages.iter().rev().find(|message| message.to.address == address).map(|it| it.digits.clone())
    }

    /// All that came since they were last taken, oldest first.
    pub fn take(&self) -> Vec<CodeMessage> {
        self.0.lock().drain(..).collect()
    }
}

impl CodeSender for Printed {
    fn reaches(&self, _: Channel) -> bool {
        true
    }

    fn send(&self, message: CodeMessage) -> BoxFuture<'_, Result<(), NotSent>> {
        let mut messages = self.0.lock();
        if messages.len() == limits::PRINTED_MAX {
            messages.pop_front();
        }
        messages.push_back(message);
        Box::pin(std::future::ready(Ok(())))
    }
}
