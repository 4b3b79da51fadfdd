//! What managers set of other systems, and what they see of requests on their way.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::{Decision, Fault, NewJob, Refusal};
use outward::seal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint as Row, May, Page, PageQuery, Path, Query, Role, get, put, with};

use super::jobs::{SEND, Which, place_of};
use super::model::{Endpoint, Forward, Forwarding, State};
use super::wire::Form;
use super::{decide, repo};
use crate::category::http::SCOPE;
use crate::civic::Civic;
use crate::request::model::RequestId;

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Row> {
    vec![
        get("/v1/forward/endpoints", endpoint_list).says("Lists the other systems that requests can go to."),
        with!(civic, put "/v1/forward/endpoints/{endpoint}" => endpoint_set(which: Path<Code>, body: Body<EndpointText>))
            .says("Sets another system that takes requests by Open311. A key is kept sealed and never shown."),
        get("/v1/forward/services", forwarding_list).says("Lists which categories go to which service elsewhere."),
        put("/v1/forward/services", forwarding_set).says("Sets which categories go elsewhere, all of them at once."),
        get("/v1/forward/requests", forward_list)
            .says("Lists requests on their way to other systems, by state: those to be seen to first."),
        web::post("/v1/forward/requests/{id}/again", forward_again)
            .says("Sends a request that was refused once more, from now on."),
    ]
    .into_iter()
    .map(|endpoint| endpoint.may(May::Role(Role::Manager)).scope(SCOPE))
    .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Code {
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    endpoint: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EndpointText {
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Up to, and without, `/requests.xml`.
    #[schemars(length(min = 8, max = 500))]
    url: String,
    #[schemars(length(min = 1, max = 200))]
    jurisdiction: Option<String>,
    #[serde(default = "xml")]
    form: Form,
    /// Left out, the one that was set before stays.
    #[schemars(length(min = 1, max = 500))]
    api_key: Option<String>,
    /// Whether anything is sent there now.
    #[serde(default = "yes")]
    open: bool,
}

fn xml() -> Form {
    Form::Xml
}

fn yes() -> bool {
    true
}

#[derive(Debug, Serialize, JsonSchema)]
struct EndpointView {
    code: String,
    name: String,
    url: String,
    jurisdiction: Option<String>,
    form: Form,
    has_key: bool,
    open: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Endpoints {
    items: Vec<EndpointView>,
}

impl From<&Endpoint> for EndpointView {
    fn from(it: &Endpoint) -> Self {
        Self {
            code: it.code.clone(),
            name: it.name.clone(),
            url: it.url.clone(),
            jurisdiction: it.jurisdiction.clone(),
            form: it.form,
            has_key: it.api_key.is_some(),
            open: it.open,
        }
    }
}

async fn endpoint_list(call: Call) -> Result<Answer<Endpoints>, Refusal> {
    let items = repo::endpoints(call.market()).await?.iter().map(EndpointView::from).collect();
    Answer::ok(&Endpoints { items })
}

async fn endpoint_set(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Code>,
    Body(text): Body<EndpointText>,
) -> Result<Answer<EndpointView>, Refusal> {
    if let Err(error) = civic.outward.check(&text.url) {
        let fault = Fault::new("/url", "not_callable", format!("Cannot be called: {error}."));
        return Err(Refusal::invalid(vec![fault]));
    }
    let place = place_of(call.market(), &which.endpoint);
    let sealed =
        text.api_key.as_ref().map(|key| seal::seal(&civic.seal_key, &place, key, &*call.world.random));
    call.change(|| async {
        let known = repo::endpoints(call.market()).await?;
        let before = known.iter().find(|it| it.code == which.endpoint);
        let endpoint = Endpoint {
            code: which.endpoint.clone(),
            name: text.name.trim().to_owned(),
            url: text.url.trim_end_matches('/').to_owned(),
            jurisdiction: text.jurisdiction.clone(),
            form: text.form,
            api_key: sealed.clone().or_else(|| before?.api_key.clone()),
            open: text.open,
        };
        let decision = decide::set_endpoint(known.len(), before.is_some(), &endpoint, call.now)?;
        Ok((decision, Answer::ok(&EndpointView::from(&endpoint))?))
    })
    .await
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Forwardings {
    #[schemars(length(max = 500))]
    items: Vec<Forwarding>,
}

async fn forwarding_list(call: Call) -> Result<Answer<Forwardings>, Refusal> {
    Answer::ok(&Forwardings { items: repo::forwardings(call.market()).await? })
}

async fn forwarding_set(call: Call, Body(wanted): Body<Forwardings>) -> Result<Answer<Forwardings>, Refusal> {
    call.change(|| async {
        let market = call.market();
        let (before, endpoints) = (repo::forwardings(market).await?, repo::endpoints(market).await?);
        let categories = crate::category::repo::all(market).await?;
        let codes: BTreeSet<&str> = categories.iter().map(|it| it.code.as_str()).collect();
        let places: BTreeSet<&str> = endpoints.iter().map(|it| it.code.as_str()).collect();
        let decision = decide::set_forwardings(&before, &wanted.items, &codes, &places)?;
        Ok((decision, Answer::ok(&wanted)?))
    })
    .await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Those that were refused if nothing is said.
    state: Option<State>,
    #[serde(flatten)]
    page: PageQuery,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ForwardView {
    id: RequestId,
    endpoint: String,
    service: String,
    state: State,
    tries: i64,
    /// The last try may have arrived.
    unsure: bool,
    external: Option<String>,
    /// What went wrong last.
    detail: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    since: kernel::jiff::Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    due: kernel::jiff::Timestamp,
}

impl From<Forward> for ForwardView {
    fn from(it: Forward) -> Self {
        Self {
            id: it.request,
            endpoint: it.endpoint,
            service: it.service,
            state: it.state,
            tries: it.tries,
            unsure: it.unsure,
            external: it.external,
            detail: it.detail,
            since: it.since,
            due: it.due,
        }
    }
}

async fn forward_list(
    call: Call,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Page<ForwardView>>, Refusal> {
    let limit = wanted.page.limit();
    let [due, id] = wanted.page.from([i64::MIN, 0])?;
    let rows = repo::page(call.market(), wanted.state.unwrap_or(State::Refused), (due, id), limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Forward| [it.due.as_microsecond(), it.request.raw()]))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct One {
    id: RequestId,
}

async fn forward_again(call: Call, Path(which): Path<One>) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let forward = repo::one(call.market(), which.id).await?.ok_or_else(Refusal::not_found)?;
        if forward.state != State::Refused {
            return Err(Refusal::conflict("not_refused", "It is still on its way, or there."));
        }
        let job = NewJob::new(SEND, call.now, &Which { request: which.id });
        let decision = Decision::nothing().change(repo::again(which.id, call.now)).job(job);
        Ok((decision, Answer::done()))
    })
    .await
}
