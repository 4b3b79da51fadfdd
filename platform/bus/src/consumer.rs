//! What follows events.

use std::future::Future;

use futures_util::future::BoxFuture;
use kernel::Decision;
use store::{CommitError, Event, Market, StoreError};

/// Turns events into changes of its own rows.
///
/// The decision and the cursor are committed together, so an effect happens once, whatever is
/// delivered twice or dies in between. One decision answers for a whole batch; it must not touch
/// a row twice, so counts are added up first. Anything slow is left as a job.
pub trait Consumer: Send + Sync + 'static {
    /// Names the cursor: never change it.
    fn name(&self) -> &'static str;

    fn wants(&self, event: &str) -> bool;

    /// The events it wants, in order. They may be handed over again if nothing was committed.
    fn handle<'a>(
        &'a self,
        market: &'a Market,
        events: &'a [Event],
    ) -> impl Future<Output = Result<Decision, Trouble>> + Send + 'a;

    /// Takes away all that it ever made, where events alone make the same again. `None` where they do
    /// not, or where it told somebody.
    fn clear(&self) -> Option<Decision> {
        None
    }
}

/// Why events could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Something it needs is out of reach. It is asked again until that is back; nothing is parked.
    #[error("out of reach: {0}")]
    OutOfReach(String),
    /// The events themselves may be at fault: after some tries the guilty one is found and parked.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Bug(text) => Trouble::Failed(text),
            other => Trouble::OutOfReach(other.to_string()),
        }
    }
}

impl From<CommitError> for Trouble {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Failed(error) => error.into(),
            CommitError::Unknown(_) => Trouble::OutOfReach(error.to_string()),
            CommitError::Conflict | CommitError::Refused(_) => Trouble::Failed(error.to_string()),
        }
    }
}

/// A consumer without its type.
pub(crate) trait AnyConsumer: Send + Sync {
    fn name(&self) -> &'static str;
    fn wants(&self, event: &str) -> bool;
    fn handle<'a>(
        &'a self,
        market: &'a Market,
        events: &'a [Event],
    ) -> BoxFuture<'a, Result<Decision, Trouble>>;
    fn clear(&self) -> Option<Decision>;
}

impl<C: Consumer> AnyConsumer for C {
    fn name(&self) -> &'static str {
        Consumer::name(self)
    }

    fn wants(&self, event: &str) -> bool {
        Consumer::wants(self, event)
    }

    fn handle<'a>(
        &'a self,
        market: &'a Market,
        events: &'a [Event],
    ) -> BoxFuture<'a, Result<Decision, Trouble>> {
        Box::pin(Consumer::handle(self, market, events))
    }

    fn clear(&self) -> Option<Decision> {
        Consumer::clear(self)
    }
}
