use futures_util::future::BoxFuture;
use kernel::{Ctx, Decision, Refusal};
use store::{Market, StoreError};

use super::model::{Job, JobId};
use crate::position::WorkerId;

/// A step that this crate takes by itself, not because an app asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The job's worker has just accepted it.
    Assigned,
    /// Nobody was found, and a person is to see to it.
    Unserved,
}

/// A job, and who is not to be offered it.
pub type Barred = (JobId, Vec<WorkerId>);

/// An app's own part of a step of its jobs: committed with it, or neither is.
pub trait Companion: Send + Sync + 'static {
    /// `job` is as it is after the step.
    fn with<'a>(
        &'a self,
        market: &'a Market,
        step: Step,
        job: &'a Job,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>>;

    /// Who is not to be offered some of these jobs now, for reasons of the app's own.
    fn barred<'a>(&'a self, _: &'a Market, _: &'a [Job]) -> BoxFuture<'a, Result<Vec<Barred>, StoreError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
