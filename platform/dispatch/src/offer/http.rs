use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Path, Priority};

use super::companion::Step;
use super::model::{JobState, JobView, OfferId, OfferView};
use super::{change, repo};
use crate::dispatch::Dispatch;
use crate::position::http::person;
use crate::position::repo as positions;

pub fn endpoints(dispatch: &Arc<Dispatch>) -> Vec<Endpoint> {
    vec![
        web::with!(dispatch, get "/v1/worker/offers" => worker_offers())
            .says("Lists what the signed-in worker may accept now, newest first.")
            .may(May::Known),
        web::with!(dispatch, get "/v1/worker/jobs" => worker_jobs())
            .says("Lists what the signed-in worker has at hand.")
            .may(May::Known),
        web::with!(dispatch, post "/v1/offers/{id}/accept" => offer_accept(input: Path<Which>))
            .says(
                "Accepts an offer. Of several who accept the same job one gets it; accepting twice is fine.",
            )
            .may(May::Known)
            .priority(Priority::Critical)
            .refuses([RefusalKind::Gone]),
        web::with!(dispatch, post "/v1/offers/{id}/refuse" => offer_refuse(input: Path<Which>))
            .says("Refuses an offer; the same job is not offered again.")
            .may(May::Known)
            .refuses([RefusalKind::Gone]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    id: OfferId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Offers {
    items: Vec<OfferView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Jobs {
    items: Vec<JobView>,
}

async fn worker_offers(_: &Arc<Dispatch>, call: Call) -> Result<Answer<Offers>, Refusal> {
    let found = repo::open_of(call.market(), person(&call)?, call.now).await?;
    let open = found.iter().filter(|found| found.job.state == JobState::Offered);
    Answer::ok(&Offers { items: open.map(|found| OfferView::of(&found.offer, &found.job)).collect() })
}

async fn worker_jobs(_: &Arc<Dispatch>, call: Call) -> Result<Answer<Jobs>, Refusal> {
    let jobs = repo::jobs_of(call.market(), person(&call)?).await?;
    Answer::ok(&Jobs { items: jobs.iter().map(JobView::from).collect() })
}

async fn offer_accept(
    dispatch: &Arc<Dispatch>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<JobView>, Refusal> {
    let worker = person(&call)?;
    let answer = call
        .change(|| async {
            let ctx = call.ctx();
            let (decision, job) = change::accept(call.market(), which.id, worker, &ctx).await?;
            let answer = Answer::ok(&JobView::from(&job))?;
            if decision.is_nothing() {
                return Ok((decision, answer));
            }
            let own = dispatch.together(call.market(), Step::Assigned, &job, &ctx).await?;
            Ok((decision.and(own), answer))
        })
        .await?;
    if let Some(known) = positions::worker(call.market(), worker).await? {
        dispatch.fleet(call.market()).await?.set_load(worker, known.duty.load);
    }
    Ok(answer)
}

async fn offer_refuse(
    _: &Arc<Dispatch>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<()>, Refusal> {
    let worker = person(&call)?;
    call.change(|| async {
        let ctx = call.ctx();
        Ok((change::refuse(call.market(), which.id, worker, &ctx).await?, Answer::done()))
    })
    .await
}
