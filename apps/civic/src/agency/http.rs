use kernel::{Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, delete, get, put};

use super::model::{Agency, Route, Routes, Team};
use super::repo::Version;
use super::{decide, repo};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/agencies", agency_list)
            .says("Lists the agencies that see to requests here; their names stand with the providers they are.")
            .may(May::Anyone),
        put("/v1/providers/{provider}/agency", agency_set)
            .says("Makes a provider an agency, or changes what is told of it.")
            .may(May::Role(Role::Manager))
            .scope("desk"),
        get("/v1/providers/{provider}/teams", team_list)
            .says("Lists an agency's teams.")
            .may(May::Provider(Role::Staff))
            .scope("desk"),
        put("/v1/providers/{provider}/teams/{team}", team_set)
            .says("Adds a team to an agency, or renames it.")
            .may(May::Provider(Role::Manager))
            .scope("desk"),
        delete("/v1/providers/{provider}/teams/{team}", team_remove)
            .says("Removes a team to which no route leads.")
            .may(May::Provider(Role::Manager))
            .scope("desk"),
        get("/v1/routes", routes_read)
            .says("Reads the rules by which requests are given to agencies and teams.")
            .may(May::Role(Role::Staff))
            .scope("desk"),
        put("/v1/routes", routes_set)
            .says("Sets all of those rules at once. For a request the most specific one holds: that for its \
                   category and area, else for its category, else for its area, else the one for all.")
            .may(May::Role(Role::Manager))
            .scope("desk"),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AgencyPath {
    provider: Id<Provider>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TeamPath {
    provider: Id<Provider>,
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    team: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgencyBody {
    #[schemars(length(max = 2000))]
    about: Option<String>,
    #[schemars(length(max = 500))]
    contact: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TeamBody {
    #[schemars(length(min = 1, max = 120))]
    name: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RoutesBody {
    #[schemars(length(max = 2000))]
    routes: Vec<Route>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Teams {
    items: Vec<Team>,
}

async fn agency_list(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<Agency>>, Refusal> {
    let [after] = page.from([0])?;
    let rows = repo::agencies(call.market(), after, page.limit().into()).await?;
    Answer::ok(&Page::of(rows, page.limit(), |it: &Agency| [it.provider.raw()]))
}

async fn agency_set(
    call: Call,
    Path(path): Path<AgencyPath>,
    Body(body): Body<AgencyBody>,
) -> Result<Answer<Agency>, Refusal> {
    let after = Agency { provider: path.provider, about: body.about, contact: body.contact };
    call.change(|| async {
        if !tenancy::provider::exists(call.market(), path.provider).await? {
            return Err(Refusal::not_found());
        }
        let version = Version { read: repo::version(call.market()).await?, now: call.now };
        let before = repo::agency(call.market(), path.provider).await?;
        let decision = decide::set_agency(before.as_ref(), &after, version)?;
        Ok((decision, Answer::ok(&after)?))
    })
    .await
}

/// A provider that is no agency of this market looks like one that does not exist.
pub async fn must_be_agency(call: &Call, provider: Id<Provider>) -> Result<(), Refusal> {
    repo::agency(call.market(), provider).await?.map(|_| ()).ok_or_else(Refusal::not_found)
}

async fn team_list(call: Call, Path(path): Path<AgencyPath>) -> Result<Answer<Teams>, Refusal> {
    must_be_agency(&call, path.provider).await?;
    Answer::ok(&Teams { items: repo::teams(call.market(), path.provider).await? })
}

async fn team_set(
    call: Call,
    Path(path): Path<TeamPath>,
    Body(body): Body<TeamBody>,
) -> Result<Answer<Team>, Refusal> {
    let team = Team { code: path.team, name: body.name };
    call.change(|| async {
        must_be_agency(&call, path.provider).await?;
        let version = Version { read: repo::version(call.market()).await?, now: call.now };
        let teams = repo::teams(call.market(), path.provider).await?;
        Ok((decide::set_team(path.provider, &teams, &team, version)?, Answer::ok(&team)?))
    })
    .await
}

async fn team_remove(call: Call, Path(path): Path<TeamPath>) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let (market, agency) = (call.market(), path.provider);
        let version = Version { read: repo::version(market).await?, now: call.now };
        repo::team(market, agency, &path.team).await?.ok_or_else(Refusal::not_found)?;
        let is_used = repo::leads_to(market, agency, &path.team).await?;
        Ok((decide::take_team(agency, &path.team, is_used, version)?, Answer::done()))
    })
    .await
}

async fn routes_read(call: Call) -> Result<Answer<Routes>, Refusal> {
    let version = Version { read: repo::version(call.market()).await?, now: call.now };
    Answer::ok(&Routes { routes: repo::routes(call.market()).await?, version: version.read })
}

async fn routes_set(call: Call, Body(body): Body<RoutesBody>) -> Result<Answer<Routes>, Refusal> {
    call.change(|| async {
        let market = call.market();
        // The version first: what changes after that is noticed when it is raised.
        let version = Version { read: repo::version(market).await?, now: call.now };
        let before = repo::routes(market).await?;
        let teams = repo::teams_of(market, body.routes.iter().map(|route| route.agency).collect()).await?;
        let decision = decide::set_routes(&before, version, &body.routes, &teams)?;
        let version = if decision.is_nothing() { version.read } else { version.next() };
        Ok((decision, Answer::ok(&Routes { routes: body.routes.clone(), version })?))
    })
    .await
}
