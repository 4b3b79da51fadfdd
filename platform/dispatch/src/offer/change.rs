//! The steps of a job with what each needs to know, for apps to commit together with their own changes.
//! Each reads, decides, and answers what is to be committed; after a conflict it is asked anew.

use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, Refusal};
use store::Market;

use super::model::{Job, JobId, JobState, NewJob, Offer, OfferId, Proposal, Timing};
use super::{decide, repo};
use crate::position::WorkerId;
use crate::position::repo as positions;

async fn job(market: &Market, id: JobId) -> Result<Job, Refusal> {
    repo::job(market, id).await?.ok_or_else(Refusal::not_found)
}

/// Somebody is looked for from now on.
pub async fn request(market: &Market, new: &NewJob, ctx: &Ctx<'_>) -> Result<(Decision, JobId), Refusal> {
    let known = repo::job_about(market, &new.kind, new.subject).await?;
    decide::request(known.as_ref(), new, ctx)
}

/// Offered to these by hand, besides whom the windows choose.
pub async fn offer(
    market: &Market,
    id: JobId,
    proposals: &[Proposal],
    timing: &Timing,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Vec<Offer>), Refusal> {
    let job = job(market, id).await?;
    let offers = repo::offers_of(market, id).await?;
    decide::offer(&job, &offers, proposals, timing, ctx)
}

/// The worker takes it. The job is as it is then; nothing is to be committed if it is theirs already.
pub async fn accept(
    market: &Market,
    offer: OfferId,
    worker: WorkerId,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Job), Refusal> {
    let found = repo::offered(market, offer).await?.filter(|found| found.offer.worker == worker);
    let found = found.ok_or_else(Refusal::not_found)?;
    let known = positions::worker(market, worker).await?;
    let decision = decide::accept(&found.job, &found.offer, known.as_ref(), ctx)?;
    let state = if decision.is_nothing() { found.job.state } else { JobState::Assigned };
    Ok((decision, Job { state, worker: Some(worker), ..found.job }))
}

/// The worker does not want it.
pub async fn refuse(
    market: &Market,
    offer: OfferId,
    worker: WorkerId,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let found = repo::offered(market, offer).await?.filter(|found| found.offer.worker == worker);
    let found = found.ok_or_else(Refusal::not_found)?;
    let offers = repo::offers_of(market, found.job.id).await?;
    decide::refuse(&found.job, &found.offer, &offers, ctx)
}

/// What nobody answered in time is over.
pub async fn expire(market: &Market, id: JobId, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let job = job(market, id).await?;
    let offers = repo::offers_of(market, id).await?;
    Ok(decide::expire(&job, &offers, ctx))
}

/// A person gives it to somebody, or takes it back so that somebody else is found.
pub async fn reassign(
    market: &Market,
    id: JobId,
    to: Option<WorkerId>,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let job = job(market, id).await?;
    let to = match to {
        Some(worker) => Some(positions::worker(market, worker).await?.ok_or_else(Refusal::not_found)?),
        None => None,
    };
    decide::reassign(&job, to.as_ref(), ctx)
}

/// The worker has it on board.
pub async fn picked_up(
    market: &Market,
    id: JobId,
    worker: WorkerId,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    decide::picked_up(&job(market, id).await?, worker, ctx)
}

/// Brought, and earned.
pub async fn done(market: &Market, id: JobId, worker: WorkerId, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    decide::done(&job(market, id).await?, worker, ctx)
}

/// Not wanted any more.
pub async fn cancel(market: &Market, id: JobId, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    decide::cancel(&job(market, id).await?, ctx)
}

/// Ready or due at another time than was thought.
pub async fn retime(
    market: &Market,
    id: JobId,
    (ready, due): (Timestamp, Timestamp),
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    decide::retime(&job(market, id).await?, ready, due, ctx)
}
