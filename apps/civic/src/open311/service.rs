//! What can be reported.

use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Endpoint, May, Pairs, Path};

use super::form::Form;
use super::pair::pair;
use super::site::{answer, check_jurisdiction};
use super::view;
use crate::civic::Civic;
use crate::limits;

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let (list, one) = ("Lists what can be reported.", "One service with its attributes.");
    [
        pair!(civic, get "/open311/v2/services" => services(pairs: Pairs)).map(|it| it.says(list)),
        pair!(civic, get "/open311/v2/services/{code}" => service(which: Path<Which>, pairs: Pairs))
            .map(|it| it.says(one)),
    ]
    .into_iter()
    .flatten()
    .map(|endpoint| endpoint.may(May::Anyone).shared())
    .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 64))]
    code: String,
}

async fn services(civic: &Civic, call: Call, form: Form, pairs: Pairs) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let rules = civic.rules.of(call.market()).await?;
    let open = rules.categories().into_iter().filter(|category| category.open);
    Ok(kept(answer(form, "services", &view::services(open))))
}

async fn service(
    civic: &Civic,
    call: Call,
    form: Form,
    which: Path<Which>,
    pairs: Pairs,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let rules = civic.rules.of(call.market()).await?;
    let category =
        rules.category(&which.0.code).filter(|category| category.open).ok_or_else(Refusal::not_found)?;
    Ok(kept(answer(form, "service_definition", &view::definition(category))))
}

fn kept(answer: Answer<Bare>) -> Answer<Bare> {
    answer.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S)
}
