use std::sync::Arc;

use kernel::Refusal;
use web::{Answer, Call, Endpoint, May, Page, PageQuery, Query, Role};

use super::model::Written;
use super::repo;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/notify/outbox" => list_outbox(input: Query<PageQuery>))
            .says("What would have been sent, where no provider is configured, newest first")
            .may(May::Role(Role::Staff))
            .scope("notify"),
    ]
}

async fn list_outbox(
    _: &Notify,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Written>>, Refusal> {
    let (limit, [before]) = (page.limit(), page.from([i64::MAX])?);
    let rows = repo::page(call.market(), before, limit + 1).await?;
    Answer::ok(&Page::of(rows, limit, |row: &Written| [row.id.raw()]))
}
