//! The public list: the latest first, or those within a box in the order of their place.

use std::sync::Arc;

use geo::{BoundingBox, Cell};
use kernel::jiff::Timestamp;
use kernel::{Fault, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Call, Page, PageQuery, Query};

use super::model::{Request, Status};
use super::repo;
use super::view::{self, RequestView};
use crate::civic::Civic;
use crate::limits;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Filter {
    /// Only requests with one of these statuses, with commas between them. Within a box the default is `open`.
    #[schemars(length(min = 1, max = 7))]
    status: Option<Vec<Status>>,
    /// Only requests of this category.
    #[schemars(length(min = 1, max = 64))]
    category: Option<String>,
    /// Only requests in the area with this code.
    #[schemars(length(min = 1, max = 64))]
    area: Option<String>,
    /// Only requests that were reported at this time or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    since: Option<Timestamp>,
    /// Only requests that were reported before this time.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    until: Option<Timestamp>,
    /// Only requests within this box: west,south,east,north in degrees.
    #[schemars(length(max = 120))]
    bbox: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

pub(super) async fn request_list(
    civic: &Arc<Civic>,
    call: Call,
    Query(filter): Query<Filter>,
) -> Result<Answer<Page<RequestView>>, Refusal> {
    let limit = filter.page.limit();
    let mut wanted = repo::Filter {
        category: filter.category,
        area: filter.area,
        statuses: filter.status.unwrap_or_default(),
        since: filter.since,
        until: filter.until,
    };
    if let (Some(since), Some(until)) = (wanted.since, wanted.until)
        && until <= since
    {
        return Err(Refusal::invalid(vec![Fault::new("?until", "out_of_range", "Is not after `since`.")]));
    }
    let mut page: Page<RequestView> = match filter.bbox.as_deref() {
        None => {
            let (at, id) = repo::NEWEST;
            let [at, id] = filter.page.from([at, id])?;
            let rows = repo::latest(call.market(), &wanted, (at, id), limit).await?;
            Page::of(rows, limit, |request| [request.at.as_microsecond(), request.id.raw()])
        }
        Some(text) => {
            let bbox = BoundingBox::parse("?bbox", text).map_err(Refusal::invalid)?;
            let [cell, id] = filter.page.from([0, 0])?;
            if wanted.statuses.is_empty() {
                wanted.statuses.push(Status::Open);
            }
            let rows = repo::in_box(call.market(), &bbox, &wanted, (cell, id), limit).await?;
            Page::of(rows, limit, |request: &Request| [Cell::of(request.place).code(), request.id.raw()])
        }
    };
    view::complete(civic, &call, page.items.iter_mut()).await?;
    Ok(Answer::ok(&page)?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}
