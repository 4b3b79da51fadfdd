use kernel::Refusal;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Call, Endpoint, May, get};

use super::model::CategoryView;
use super::repo;
use crate::limits;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/categories", category_list)
            .says("Lists the categories that can be reported, with how often each was.")
            .may(May::Anyone)
            .shared(),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Categories {
    items: Vec<CategoryView>,
}

async fn category_list(call: Call) -> Result<Answer<Categories>, Refusal> {
    let items = repo::open_with_counts(call.market()).await?;
    Ok(Answer::ok(&Categories { items })?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}
