//! Lists of requests, single ones, and what the public was told of them.

use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Endpoint, Head, May, Pairs, Path};

use super::asked::{self, Asked};
use super::form::{Form, Node};
use super::pair::pair;
use super::repo;
use super::site::{answer, check_jurisdiction, origin};
use super::view::{self, Around};
use crate::civic::Civic;
use crate::limits;
use crate::request::history::Said;
use crate::request::model::Request;
use crate::request::number;

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let some = "Lists requests, newest first: the last 90 days, at most 1,000 on a page.";
    let (single, told) = ("One request, as a list of one.", "What the public was told, oldest first.");
    [
        pair!(civic, get "/open311/v2/requests" => list(pairs: Pairs, head: Head)).map(|it| it.says(some)),
        pair!(civic, get "/open311/v2/requests/{id}" => one(which: Path<Which>, pairs: Pairs, head: Head))
            .map(|it| it.says(single)),
        pair!(civic, get "/open311/v2/servicerequestupdates" => updates(pairs: Pairs))
            .map(|it| it.says(told)),
    ]
    .into_iter()
    .flatten()
    .map(|endpoint| endpoint.may(May::Anyone))
    .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 64))]
    id: String,
}

async fn list(
    civic: &Civic,
    call: Call,
    form: Form,
    pairs: Pairs,
    head: Head,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let asked = asked::asked(&pairs, call.now, &call.site.zone).map_err(Refusal::invalid)?;
    let found = match &asked {
        Asked::Ids(ids) => repo::named(call.market(), ids).await?,
        Asked::Some(filter) => repo::reported(call.market(), filter).await?,
    };
    shown(civic, &call, &found, extended(&pairs), &head, form).await
}

async fn one(
    civic: &Civic,
    call: Call,
    form: Form,
    which: Path<Which>,
    pairs: Pairs,
    head: Head,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let id = number::or_id(&which.0.id).ok_or_else(Refusal::not_found)?;
    let found = repo::named(call.market(), &[id]).await?;
    if found.is_empty() {
        return Err(Refusal::not_found());
    }
    shown(civic, &call, &found, extended(&pairs), &head, form).await
}

fn extended(pairs: &Pairs) -> bool {
    pairs.get("extensions").is_some_and(|text| matches!(text, "true" | "1" | "v2"))
}

async fn shown(
    civic: &Civic,
    call: &Call,
    found: &[Request],
    extended: bool,
    Head(headers): &Head,
    form: Form,
) -> Result<Answer<Bare>, Refusal> {
    let rules = civic.rules.of(call.market()).await?;
    let photos = civic.pictures(call.market(), found).await?;
    let base = format!("{}{}", origin(civic.public_url.as_deref(), headers), call.base);
    let nodes = found.iter().map(|request| {
        let around = Around {
            category: rules.category(&request.category),
            agency: request.agency.and_then(|agency| rules.agency(agency)),
            photos: photos.get(&request.id).map(Vec::as_slice).unwrap_or_default(),
            base: &base,
            zone: &call.site.zone,
            extended,
        };
        view::request(request, number::of(request.id), &around)
    });
    Ok(answer(form, "service_requests", &Node::List("request", nodes.collect())))
}

async fn updates(_: &Civic, call: Call, form: Form, pairs: Pairs) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let (from, to) = asked::span(&pairs, call.now, &call.site.zone).map_err(Refusal::invalid)?;
    let found = repo::updates(call.market(), from, to, limits::OPEN311_REQUESTS_MAX).await?;
    let nodes = found.iter().map(|update| {
        let said: Said = serde_json::from_str(&update.body).unwrap_or_default();
        // As it stood then: it may have been opened again since.
        let status = if said.to.unwrap_or(update.status).is_over() { "closed" } else { "open" };
        Node::Fields(vec![
            ("update_id", update.id.to_string().into()),
            ("service_request_id", number::of(update.request).into()),
            ("status", status.into()),
            ("updated_datetime", view::moment(update.at, &call.site.zone).into()),
            ("description", said.text.into()),
        ])
    });
    Ok(answer(form, "service_request_updates", &Node::List("request_update", nodes.collect())))
}
