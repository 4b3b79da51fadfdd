use geo::{BoundingBox, Cell};
use http::StatusCode;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get, post};

use super::model::{NewRequest, Request, RequestId, RequestView, Status};
use super::{decide, repo};
use crate::{category, limits};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/v1/requests", request_report)
            .says("Reports something the city should see to. An account is not needed.")
            .may(May::Anyone)
            .answers(StatusCode::CREATED),
        get("/v1/requests", request_list)
            .says("Lists requests: the latest first, or those within a box in the order of their place.")
            .may(May::Anyone)
            .shared(),
        get("/v1/requests/{id}", request_read).says("Reads one request.").may(May::Anyone),
    ]
}

async fn request_report(call: Call, Body(new): Body<NewRequest>) -> Result<Answer<RequestView>, Refusal> {
    call.change(|| async {
        let category = category::repo::one(call.market(), &new.category).await?;
        let (decision, request) = decide::report(category.as_ref(), new.clone(), &call.ctx())?;
        let location = format!("{}/v1/requests/{}", call.base, request.id);
        Ok((decision, Answer::created(location, &request.into())?))
    })
    .await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    id: RequestId,
}

async fn request_read(call: Call, Path(which): Path<Which>) -> Result<Answer<RequestView>, Refusal> {
    let request = repo::one(call.market(), which.id).await?.ok_or_else(Refusal::not_found)?;
    Answer::ok(&request.into())
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// Only requests with this status. Within a box the default is `open`.
    status: Option<Status>,
    /// Only requests within this box: west,south,east,north in degrees.
    #[schemars(length(max = 120))]
    bbox: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

async fn request_list(
    call: Call,
    Query(filter): Query<Filter>,
) -> Result<Answer<Page<RequestView>>, Refusal> {
    let limit = filter.page.limit();
    let page = match filter.bbox.as_deref() {
        None => {
            let [before] = filter.page.from([i64::MAX])?;
            let before = RequestId::from_raw(before);
            let rows = repo::latest(call.market(), filter.status, before, limit).await?;
            Page::of(rows, limit, |request| [request.id.raw()])
        }
        Some(text) => {
            let bbox = BoundingBox::parse("?bbox", text).map_err(Refusal::invalid)?;
            let [cell, id] = filter.page.from([0, 0])?;
            let status = filter.status.unwrap_or(Status::Open);
            let rows = repo::in_box(call.market(), &bbox, status, (cell, id), limit).await?;
            Page::of(rows, limit, |request: &Request| [Cell::of(request.place).code(), request.id.raw()])
        }
    };
    Ok(Answer::ok(&page)?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}
