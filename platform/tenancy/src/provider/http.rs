use http::StatusCode;
use kernel::{Id, Refusal, values};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get, post};

use super::decide;
use super::model::Provider;
use super::repo;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/providers", list_providers)
            .says("The providers of this market, newest first")
            .may(May::Anyone),
        get("/v1/providers/{provider}", get_provider).says("One provider").may(May::Anyone),
        post("/v1/providers", add_provider)
            .says("Add a provider")
            .may(May::Role(Role::Manager))
            .scope("providers")
            .answers(StatusCode::CREATED),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProvider {
    #[schemars(length(min = 1, max = 120))]
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ProviderPath {
    provider: Id<kernel::Provider>,
}

async fn list_providers(
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Provider>>, Refusal> {
    let limit = page.limit();
    let [before] = page.from([i64::MAX])?;
    let rows = call.market().list(repo::PAGE, values![before, limit + 1]).await?;
    Answer::ok(&Page::of(rows, limit, |provider: &Provider| [provider.id.raw()]))
}

async fn get_provider(call: Call, Path(path): Path<ProviderPath>) -> Result<Answer<Provider>, Refusal> {
    let found: Option<Provider> = call.market().one(repo::ONE, values![path.provider]).await?;
    Answer::ok(&found.ok_or_else(Refusal::not_found)?)
}

async fn add_provider(call: Call, Body(new): Body<NewProvider>) -> Result<Answer<Provider>, Refusal> {
    call.change(|| async {
        let existing = call.market().one(repo::BY_NAME, values![&new.name]).await?;
        let (decision, provider) = decide::add(existing.as_ref(), &new.name, &call.ctx())?;
        let location = format!("{}/v1/providers/{}", call.base, provider.id);
        Ok((decision, Answer::created(location, &provider)?))
    })
    .await
}
