use futures_util::future::BoxFuture;
use kernel::{Ctx, Decision, Refusal};
use store::Market;

use super::model::Job;

/// A step that this crate takes by itself, not because an app asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The job's worker has just accepted it.
    Assigned,
    /// Nobody was found, and a person is to see to it.
    Unserved,
}

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
}
