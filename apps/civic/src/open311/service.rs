//! What can be reported.

use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Endpoint, May, Pairs, Path, with};

use super::form::Form;
use super::site::{JSON, XML, answer, check_jurisdiction};
use super::view;
use crate::civic::Civic;
use crate::limits;

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let (services, service) = ("Lists what can be reported.", "One service with its attributes.");
    vec![
        with!(civic, get "/open311/v2/services.xml" => services_xml(pairs: Pairs)).says(services).produces(XML),
        with!(civic, get "/open311/v2/services.json" => services_json(pairs: Pairs)).says(services).produces(JSON),
        with!(civic, get "/open311/v2/services/{code}.xml" => service_xml(which: Path<Which>, pairs: Pairs))
            .says(service)
            .produces(XML),
        with!(civic, get "/open311/v2/services/{code}.json" => service_json(which: Path<Which>, pairs: Pairs))
            .says(service)
            .produces(JSON),
    ]
    .into_iter()
    .map(|endpoint| endpoint.may(May::Anyone).shared())
    .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 64))]
    code: String,
}

async fn services_xml(civic: &Arc<Civic>, call: Call, pairs: Pairs) -> Result<Answer<Bare>, Refusal> {
    services(civic, &call, &pairs, Form::Xml).await
}

async fn services_json(civic: &Arc<Civic>, call: Call, pairs: Pairs) -> Result<Answer<Bare>, Refusal> {
    services(civic, &call, &pairs, Form::Json).await
}

async fn services(civic: &Civic, call: &Call, pairs: &Pairs, form: Form) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(call, pairs.get("jurisdiction_id"))?;
    let rules = civic.rules.of(call.market()).await?;
    let open = rules.categories().into_iter().filter(|category| category.open);
    Ok(kept(answer(form, "services", &view::services(open))))
}

async fn service_xml(
    civic: &Arc<Civic>,
    call: Call,
    which: Path<Which>,
    pairs: Pairs,
) -> Result<Answer<Bare>, Refusal> {
    service(civic, &call, &which.0.code, &pairs, Form::Xml).await
}

async fn service_json(
    civic: &Arc<Civic>,
    call: Call,
    which: Path<Which>,
    pairs: Pairs,
) -> Result<Answer<Bare>, Refusal> {
    service(civic, &call, &which.0.code, &pairs, Form::Json).await
}

async fn service(
    civic: &Civic,
    call: &Call,
    code: &str,
    pairs: &Pairs,
    form: Form,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(call, pairs.get("jurisdiction_id"))?;
    let rules = civic.rules.of(call.market()).await?;
    let category = rules.category(code).filter(|category| category.open).ok_or_else(Refusal::not_found)?;
    Ok(kept(answer(form, "service_definition", &view::definition(category))))
}

fn kept(answer: Answer<Bare>) -> Answer<Bare> {
    answer.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S)
}
