use std::sync::Arc;

use geo::{BoundingBox, Point};
use kernel::jiff::Timestamp;
use kernel::{Fault, Id, Person, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get, post, put};

use super::ping::{Ping, Seen, WorkerId};
use super::{decide, repo};
use crate::dispatch::Dispatch;
use crate::limits;
use crate::mode::Mode;

/// What an API key needs to see where workers are.
pub const SCOPE: &str = "dispatch";

pub fn endpoints(dispatch: &Arc<Dispatch>) -> Vec<Endpoint> {
    vec![
        web::with!(dispatch, post "/v1/worker/positions" => worker_positions(input: Body<Positions>))
            .says("Where the signed-in worker is and was, in any order; the newest holds.")
            .may(May::Known)
            .body_bytes_max(limits::PINGS_BYTES_MAX),
        web::with!(dispatch, get "/v1/worker/duty" => worker_duty_read())
            .says("Whether the signed-in worker is on duty, and with what.")
            .may(May::Known),
        web::with!(dispatch, post "/v1/worker/duty" => worker_duty(input: Body<NewDuty>))
            .says("Puts the signed-in worker on duty, or off. What they have at hand stays theirs.")
            .may(May::Known),
        post("/v1/worker/application", worker_ask)
            .says("Asks the market's managers to be let work here.")
            .may(May::Known),
        get("/v1/workers/applications", worker_applications)
            .says("Lists those who asked to work here and wait for an answer.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        put("/v1/workers/{worker}", worker_admit)
            .says("Lets somebody work here who asked to: from then on they may go on duty.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        web::with!(dispatch, delete "/v1/workers/{worker}" => worker_expel(which: Path<Which>))
            .says("Lets somebody work here no more. What they have at hand stays theirs until it is reassigned.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        web::with!(dispatch, get "/v1/workers/near" => workers_near(input: Query<NearQuery>))
            .says("Lists the workers on duty in a box of the map, where each was last.")
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Positions {
    #[schemars(length(min = 1, max = limits::PINGS_PER_CALL_MAX))]
    positions: Vec<Ping>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewDuty {
    on: bool,
    /// How they get about; needed to go on duty.
    mode: Option<Mode>,
    /// What they can carry at once, in the units of the market's jobs.
    #[schemars(range(min = 1, max = limits::CAPACITY_MAX))]
    capacity: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    worker: WorkerId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DutyView {
    on: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    capacity: u16,
    /// What of that is taken by what they have at hand.
    load: u16,
    /// What they have earned today, in minor units.
    earned_today: i64,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NearQuery {
    /// `west,south,east,north` in degrees.
    #[schemars(length(max = 200))]
    bbox: String,
    #[schemars(range(min = 1, max = limits::SHOWN_MAX))]
    limit: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Workers {
    items: Vec<WorkerView>,
    /// There are more in the box than are shown.
    more: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WorkerView {
    worker: Id<Person>,
    mode: Mode,
    capacity: u16,
    load: u16,
    point: Point,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    heading_deg: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_kmh: Option<u16>,
}

impl From<Seen> for WorkerView {
    fn from(seen: Seen) -> Self {
        let Seen { worker, duty, ping, .. } = seen;
        Self {
            worker,
            mode: duty.mode,
            capacity: duty.capacity,
            load: duty.load,
            point: ping.point,
            at: ping.at,
            heading_deg: ping.heading_deg,
            speed_kmh: ping.speed_kmh,
        }
    }
}

/// Only people work; a key does not.
pub(crate) fn person(call: &Call) -> Result<WorkerId, Refusal> {
    call.caller.person().ok_or_else(Refusal::forbidden)
}

async fn worker_positions(
    dispatch: &Arc<Dispatch>,
    call: Call,
    Body(body): Body<Positions>,
) -> Result<Answer<()>, Refusal> {
    let worker = person(&call)?;
    let (counted, samples) = dispatch.hear(call.market(), worker, &body.positions, call.now).await?;
    if counted.ahead > 0 && counted.moved + counted.old == 0 {
        let message = "The device's clock is ahead; set it right.";
        return Err(Refusal::invalid(vec![Fault::new("/positions", "clock_ahead", message)]));
    }
    if samples.is_empty() {
        return Ok(Answer::done());
    }
    call.change(|| async { Ok((decide::keep(&samples, &call.ctx()), Answer::done())) }).await
}

async fn worker_ask(call: Call) -> Result<Answer<()>, Refusal> {
    let worker = person(&call)?;
    call.change(|| async {
        let standing = repo::standing(call.market(), worker).await?;
        Ok((decide::ask(worker, standing, &call.ctx()), Answer::done()))
    })
    .await
}

#[derive(Debug, Serialize, JsonSchema)]
struct Asked {
    worker: WorkerId,
}

async fn worker_applications(
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Asked>>, Refusal> {
    let [after] = page.from([0])?;
    let limit = page.limit();
    let found = repo::asked(call.market(), after, limit).await?.into_iter();
    let found = found.map(|worker| Asked { worker }).collect();
    Answer::ok(&Page::of(found, limit, |asked: &Asked| [asked.worker.raw()]))
}

async fn worker_admit(call: Call, Path(which): Path<Which>) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let standing = repo::standing(call.market(), which.worker).await?;
        Ok((decide::admit(which.worker, standing, &call.ctx())?, Answer::done()))
    })
    .await
}

async fn worker_expel(
    dispatch: &Arc<Dispatch>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<()>, Refusal> {
    let worker = which.worker;
    let answer = call
        .change(|| async {
            let market = call.market();
            repo::standing(market, worker).await?.ok_or_else(Refusal::not_found)?;
            let known = repo::worker(market, worker).await?;
            Ok((decide::expel(known.as_ref(), worker, &call.ctx()), Answer::done()))
        })
        .await?;
    dispatch.fleet(call.market()).await?.end(worker);
    Ok(answer)
}

fn not_admitted() -> Refusal {
    let message = "Ask the managers of this market to be let work here: POST /v1/worker/application.";
    Refusal::new(RefusalKind::Forbidden, "not_admitted", message)
}

async fn worker_duty_read(_: &Arc<Dispatch>, call: Call) -> Result<Answer<DutyView>, Refusal> {
    let known = repo::worker(call.market(), person(&call)?).await?;
    let day = decide::day_number(&call.ctx());
    Answer::ok(&DutyView {
        on: known.is_some_and(|known| known.on_duty),
        mode: known.map(|known| known.duty.mode),
        capacity: known.map_or(0, |known| known.duty.capacity),
        load: known.map_or(0, |known| known.duty.load),
        earned_today: known.map_or(0, |known| known.earned_on(day)),
    })
}

async fn worker_duty(
    dispatch: &Arc<Dispatch>,
    call: Call,
    Body(new): Body<NewDuty>,
) -> Result<Answer<()>, Refusal> {
    let worker = person(&call)?;
    let fleet = dispatch.fleet(call.market()).await?;
    if !new.on {
        let answer = call
            .change(|| async {
                let known = repo::worker(call.market(), worker).await?;
                Ok((decide::go_off(known.as_ref(), &call.ctx()), Answer::done()))
            })
            .await?;
        fleet.end(worker);
        return Ok(answer);
    }
    let (Some(mode), Some(capacity)) = (new.mode, new.capacity) else {
        let missing = |field| Fault::new(field, "missing", "Needed to go on duty.");
        let faults = [
            new.mode.is_none().then(|| missing("/mode")),
            new.capacity.is_none().then(|| missing("/capacity")),
        ];
        return Err(Refusal::invalid(faults.into_iter().flatten().collect()));
    };
    let answer = call
        .change(|| async {
            if repo::standing(call.market(), worker).await? != Some(true) {
                return Err(not_admitted());
            }
            let known = repo::worker(call.market(), worker).await?;
            let (decision, _) = decide::go_on(known.as_ref(), worker, mode, capacity, &call.ctx())?;
            Ok((decision, Answer::done()))
        })
        .await?;
    if let Some(known) = repo::worker(call.market(), worker).await?.filter(|known| known.on_duty) {
        fleet.begin(worker, known.duty, call.now)?;
    }
    Ok(answer)
}

async fn workers_near(
    dispatch: &Arc<Dispatch>,
    call: Call,
    Query(query): Query<NearQuery>,
) -> Result<Answer<Workers>, Refusal> {
    let bbox = BoundingBox::parse("?bbox", &query.bbox).map_err(Refusal::invalid)?;
    let limit = query.limit.map_or(limits::SHOWN_MAX, usize::from).min(limits::SHOWN_MAX);
    let fleet = dispatch.fleet(call.market()).await?;
    let mut seen = fleet.within(&bbox, limit + 1, call.now);
    let more = seen.len() > limit;
    seen.truncate(limit);
    Answer::ok(&Workers { items: seen.into_iter().map(WorkerView::from).collect(), more })
}
