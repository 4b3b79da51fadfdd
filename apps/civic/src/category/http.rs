use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Role, get, put};

use super::model::{CategoryFull, CategoryView, NewCategories};
use super::{decide, repo};
use crate::civic::Civic;
use crate::{limits, rules};

/// What an API key needs to set a market's rules.
pub const SCOPE: &str = "civic.rules";

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    vec![
        get("/v1/categories", category_list)
            .says("Lists the categories that can be reported, with how often each was.")
            .may(May::Anyone)
            .shared(),
        web::with!(civic, get "/v1/categories/{code}" => category_read(which: Path<Which>))
            .says("Reads one category with the questions that a report in it answers.")
            .may(May::Anyone)
            .shared(),
        put("/v1/categories", category_set)
            .says(
                "Sets all categories with their questions. One that is known and not named is closed; \
                 it is not removed, because requests speak of it.",
            )
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
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

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 64))]
    code: String,
}

async fn category_read(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<CategoryFull>, Refusal> {
    let rules = civic.rules.of(call.market()).await?;
    let category = rules.category(&which.code).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(&CategoryFull::from(category))?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

#[derive(Serialize, JsonSchema)]
struct AllCategories {
    items: Vec<CategoryFull>,
}

async fn category_set(call: Call, Body(new): Body<NewCategories>) -> Result<Answer<AllCategories>, Refusal> {
    call.change(|| async {
        let version = rules::repo::version(call.market()).await?;
        let known = repo::all(call.market()).await?;
        let (decision, all) = decide::replace((version, &known), new.items.clone(), call.now)?;
        let items = all.iter().map(CategoryFull::from).collect();
        Ok((decision, Answer::ok(&AllCategories { items })?))
    })
    .await
}
