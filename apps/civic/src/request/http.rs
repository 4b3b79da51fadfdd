use std::sync::Arc;

use http::StatusCode;
use kernel::{Actor, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Reply};

use super::history::EntryView;
use super::list::{Filter, request_list};
use super::model::{NewRequest, Request, RequestId, Source};
use super::reopen::{Again, request_reopen};
use super::view::{self, Reported, RequestView};
use super::{history, number, repo, report};
use crate::civic::Civic;
use crate::follower::keys::About;
use crate::keep::{self, model::Kept};
use crate::limits;

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    vec![
        web::with!(civic, post "/v1/requests" => request_report(new: Body<NewRequest>))
            .says(
                "Reports something the city should see to. An account is not needed. The answer holds a \
                 `secret` that stands for one; it is not kept, but the same request with the same key gives it again.",
            )
            .may(May::Anyone)
            .answers(StatusCode::CREATED),
        web::with!(civic, get "/v1/requests" => request_list(filter: Query<Filter>))
            .says(
                "Lists requests: the latest first, or those within a box in the order of their place, where a \
                 page may have few or none and yet a `next`. Those merged into others are left out.",
            )
            .may(May::Anyone)
            .shared(),
        web::with!(civic, get "/v1/requests/{id}" => request_read(which: Path<Which>))
            .says("Reads one request.")
            .may(May::Anyone),
        web::with!(civic, get "/v1/track/{number}" => request_track(which: Path<Tracked>))
            .says(
                "Reads a request by its tracking number, in any case, with or without dashes and blanks, with \
                 O for 0 and I or L for 1; or by its id.",
            )
            .may(May::Anyone),
        web::with!(civic, get "/v1/requests/{id}/history" => request_history(which: Path<Which>, page: Query<PageQuery>))
            .says("Lists what happened to a request, oldest first.")
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/reopen" => request_reopen(which: Path<Which>, again: Body<Again>))
            .says(
                "Opens a closed request again, within the days that the market allows: for who reported or \
                 follows it, signed in or with a `secret`.",
            )
            .may(May::Anyone),
    ]
}

async fn request_report(
    civic: &Arc<Civic>,
    call: Call,
    Body(new): Body<NewRequest>,
) -> Result<Answer<Reported>, Refusal> {
    let mut first = Some(report::begin(civic, &call).await?);
    let its = &call;
    let answer: Answer<RequestView> = call
        .change(|| {
            let (rules, new) = (first.take(), new.clone());
            async move {
                let (decision, request) = report::attempt(civic, its, rules, new, Source::Api).await?;
                let location = format!("{}/v1/requests/{}", its.base, request.id);
                Ok((decision, Answer::created(location, &request.into())?))
            }
        })
        .await?;
    with_secret(civic, &call, answer)
}

/// What is kept for a repeated key has no secret in it: it is reckoned anew for each answer.
fn with_secret(civic: &Civic, call: &Call, answer: Answer<RequestView>) -> Result<Answer<Reported>, Refusal> {
    let mut reply = Reply::from(answer);
    let broken = || Refusal::unavailable("answer_broken", "The answer could not be written.", 60);
    let id = reply.location.as_deref().and_then(|path| path.rsplit('/').next()?.parse().ok());
    let about = About { market: call.site.market_id, request: id.ok_or_else(broken)? };
    let who = match call.caller.actor {
        Actor::Person(person) => civic.keys.person(about, person),
        _ => civic.keys.reporter(about),
    };
    // The object gets one field more; reading and writing it anew would take longer than the decision.
    let object = reply.body.strip_suffix(b"}").ok_or_else(broken)?;
    let secret = format!(",\"secret\":\"{}\"}}", civic.keys.secret(about, who));
    reply.body = [object, secret.as_bytes()].concat().into();
    Ok(reply.into())
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Which {
    pub(crate) id: RequestId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Tracked {
    #[schemars(length(min = 1, max = 64))]
    number: String,
}

async fn request_read(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<RequestView>, Refusal> {
    shown(civic, &call, which.id).await
}

async fn request_track(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Tracked>,
) -> Result<Answer<RequestView>, Refusal> {
    let id = number::or_id(&which.number).ok_or_else(Refusal::not_found)?;
    shown(civic, &call, id).await
}

async fn shown(civic: &Civic, call: &Call, id: RequestId) -> Result<Answer<RequestView>, Refusal> {
    let found = repo::one(call.market(), id).await?.filter(|request| !request.hidden);
    let mut view = match found {
        Some(request) => RequestView::from(request),
        None => {
            let mut view = RequestView::from(archived(civic, call, id).await?.request.clone());
            view.archived = true;
            view
        }
    };
    view::complete(civic, call, std::iter::once(&mut view)).await?;
    Answer::ok(&view)
}

/// One that everyone might see while it was not archived.
async fn archived(civic: &Civic, call: &Call, id: RequestId) -> Result<Arc<Kept>, Refusal> {
    let found = keep::read::one(&civic.keep, call.market(), id).await?;
    found.filter(|kept| !kept.request.hidden).ok_or_else(Refusal::not_found)
}

/// A request that everyone may see; one that is hidden looks like none.
pub(crate) async fn public(call: &Call, id: RequestId) -> Result<Request, Refusal> {
    let found = repo::one(call.market(), id).await?;
    found.filter(|request| !request.hidden).ok_or_else(Refusal::not_found)
}

/// The same, or the one that it was merged into.
pub(crate) async fn standing(call: &Call, id: RequestId) -> Result<Request, Refusal> {
    let mut request = public(call, id).await?;
    for _ in 0..limits::MERGES_FOLLOWED_MAX {
        match request.merged {
            None => break,
            Some(other) => request = public(call, other).await?,
        }
    }
    Ok(request)
}

async fn request_history(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<EntryView>>, Refusal> {
    let limit = page.limit();
    let [after] = page.from([0])?;
    let rows = match repo::one(call.market(), which.id).await?.filter(|request| !request.hidden) {
        Some(_) => history::public(call.market(), which.id, after, limit).await?,
        None => history::of_kept(&*archived(civic, &call, which.id).await?, after, limit),
    };
    Answer::ok(&Page::of(rows, limit, |entry: &EntryView| [entry.id]))
}
