//! What runs jobs.

use std::future::Future;
use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Actor, Decision};
use store::{CommitError, Market, StoreError};

use crate::limits;

/// Does what a decision left for later.
///
/// Its own decision and the end of the job are committed together. What it does outside the store
/// may happen again when it dies in between: hand the job's id on as the key against repetition.
pub trait JobHandler: Send + Sync + 'static {
    /// The kind of job it runs, such as `notify.send`.
    fn kind(&self) -> &'static str;

    fn run<'a>(
        &'a self,
        market: &'a Market,
        job: &'a Job,
    ) -> impl Future<Output = Result<Decision, JobTrouble>> + Send + 'a;

    fn time_max(&self) -> Duration {
        limits::JOB_TIME_MAX
    }

    fn attempts_max(&self) -> i64 {
        limits::JOB_ATTEMPTS_MAX
    }
}

/// A job as its handler sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    /// JSON.
    pub body: String,
    pub key: Option<String>,
    pub priority: i16,
    pub due: Timestamp,
    /// This one included.
    pub attempts: i64,
    /// On whose behalf it was left.
    pub actor: Actor,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobTrouble {
    /// May go better later.
    #[error("{0}")]
    Retry(String),
    /// Will never go better.
    #[error("{0}")]
    Dead(String),
}

impl From<StoreError> for JobTrouble {
    fn from(error: StoreError) -> Self {
        JobTrouble::Retry(error.to_string())
    }
}

impl From<CommitError> for JobTrouble {
    fn from(error: CommitError) -> Self {
        JobTrouble::Retry(error.to_string())
    }
}

/// A handler without its type.
pub(crate) trait AnyHandler: Send + Sync {
    fn run<'a>(&'a self, market: &'a Market, job: &'a Job) -> BoxFuture<'a, Result<Decision, JobTrouble>>;
    fn time_max(&self) -> Duration;
    fn attempts_max(&self) -> i64;
}

impl<H: JobHandler> AnyHandler for H {
    fn run<'a>(&'a self, market: &'a Market, job: &'a Job) -> BoxFuture<'a, Result<Decision, JobTrouble>> {
        Box::pin(JobHandler::run(self, market, job))
    }

    fn time_max(&self) -> Duration {
        JobHandler::time_max(self)
    }

    fn attempts_max(&self) -> i64 {
        JobHandler::attempts_max(self)
    }
}
