//! Pictures that a client gives by their address: fetched after the report, because another server may
//! take its time, and shown once they were looked at like any other picture.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::{Actor, Ctx, Decision, IdSource, NewJob, RefusalKind};
use outward::{Error, Outward, Request as Ask, Response};
use serde::{Deserialize, Serialize};
use store::Market;

use crate::civic::Civic;
use crate::limits;
use crate::request::model::RequestId;
use crate::request::repo;

pub const FETCH: &str = "civic.fetch_picture";

#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    request: RequestId,
    url: String,
}

/// What a report leaves to be fetched.
pub fn fetch(request: RequestId, url: &str, now: Timestamp) -> NewJob {
    NewJob::new(FETCH, now, &Wanted { request, url: url.to_owned() })
}

pub struct FetchPicture {
    pub civic: Arc<Civic>,
    pub ids: Arc<dyn IdSource>,
}

impl JobHandler for FetchPicture {
    fn kind(&self) -> &'static str {
        FETCH
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let broken = |error: serde_json::Error| JobTrouble::Dead(error.to_string());
        let wanted: Wanted = serde_json::from_str(&job.body).map_err(broken)?;
        let Some(request) = repo::one(market, wanted.request).await? else { return Ok(Decision::nothing()) };
        if request.photos.len() >= limits::PHOTOS_MAX {
            return Ok(Decision::nothing());
        }
        let bytes = read(&self.civic.outward, &wanted.url).await?;
        let (now, zone) = (self.civic.clock.now(), self.civic.zone(market));
        let ctx = Ctx { now, zone: &zone, actor: Actor::System, ids: &*self.ids };
        let added = self.civic.add_picture(market, &ctx, &request, bytes).await;
        added.map_err(|refusal| match refusal.kind() {
            RefusalKind::Unavailable | RefusalKind::Conflict | RefusalKind::TooMany => {
                JobTrouble::Retry(refusal.to_string())
            }
            // What is no picture does not become one.
            _ => JobTrouble::Dead(refusal.to_string()),
        })
    }
}

async fn read(outward: &Arc<Outward>, url: &str) -> Result<bytes::Bytes, JobTrouble> {
    let ask = Ask::get(url)
        .time_max(limits::FORWARD_TIME_MAX)
        .answer_bytes_max(limits::OPEN311_PICTURE_BYTES_MAX)
        .redirects(limits::OPEN311_REDIRECTS_MAX)
        .tries(1);
    let answered = outward.send(ask).await.and_then(Response::success);
    answered.map(|answer| answer.body).map_err(|error| match &error {
        Error::Address(_) | Error::Inside { .. } | Error::TooLarge { .. } => {
            JobTrouble::Dead(error.to_string())
        }
        Error::Status { status, .. } if status.is_client_error() && status.as_u16() != 429 => {
            JobTrouble::Dead(error.to_string())
        }
        _ => JobTrouble::Retry(error.to_string()),
    })
}
