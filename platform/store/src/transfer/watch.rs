//! How the caller follows a transfer, and stops it.

use std::sync::Arc;
use std::time::Duration;

use super::error::{Outcome, TransferError};
use crate::limits;

/// What has been reached. An error that the follower returns stops the transfer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Nothing has been done yet.
    Begun,
    /// Commits are refused, and those that ran are done.
    Frozen,
    /// All rows have been written, not yet compared.
    Copied,
    /// The copy holds what its source holds.
    Verified,
    /// The copy is complete and durable, and not serving.
    Arrived,
    /// The placement names the new place.
    Flipped,
    /// The new place serves.
    Admitted,
    /// The old place refuses everything for good; its rows are still there.
    Fenced,
    /// The rows of the old place are gone.
    Retired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    Stage(Stage),
    /// So many rows of this table have been read.
    Rows {
        table: &'a str,
        rows: u64,
    },
}

type Tell = dyn Fn(Progress<'_>) -> Outcome<()> + Send + Sync;

/// Who follows a transfer.
#[derive(Clone)]
pub struct Watch {
    tell: Arc<Tell>,
    pub(super) grace: Duration,
}

impl Watch {
    pub fn new(tell: impl Fn(Progress<'_>) -> Result<(), TransferError> + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), grace: limits::RETIREMENT_GRACE }
    }

    pub fn silent() -> Self {
        Self::new(|_| Ok(()))
    }

    /// How long rows stay at a server that the market has left, for readers that have not noticed.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    pub(super) fn stage(&self, stage: Stage) -> Outcome<()> {
        (self.tell)(Progress::Stage(stage))
    }

    pub(super) fn rows(&self, table: &str, rows: u64) -> Outcome<()> {
        (self.tell)(Progress::Rows { table, rows })
    }
}
