use std::sync::Arc;

use http::StatusCode;
use kernel::{Fault, Id, Refusal, RefusalKind, values};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, Grant, May, Page, PageQuery, Path, Query, Role, Scope};

use super::invite::{NewColleague, NewInvitation, ProviderPath, give_invitation, give_provider_invitation};
use super::model::{Held, HeldRole, RoleView};
use super::{decide, repo};
use crate::identity::Identity;
use crate::person;

pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        web::with!(identity, get "/v1/grants" => list_grants(input: Query<PageQuery>))
            .says("Who has which role in this market, newest first")
            .may(May::Role(Role::Owner))
            .scope("grants"),
        web::with!(identity, post "/v1/grants" => give_grant(input: Body<NewGrant>))
            .says("Give a person a role in the tenant, in this market or for one of its providers")
            .may(May::Role(Role::Owner))
            .scope("grants")
            .answers(StatusCode::CREATED),
        web::with!(identity, post "/v1/invitations" => give_invitation(input: Body<NewInvitation>))
            .says(
                "Gives a role to somebody who need not have an account yet, and sends them a link that signs them \
                 in once, within seven days",
            )
            .may(May::Role(Role::Owner))
            .scope("grants")
            .answers(StatusCode::CREATED)
            .refuses([RefusalKind::Conflict, RefusalKind::Unavailable]),
        web::with!(identity, post "/v1/providers/{provider}/invitations" => give_provider_invitation(at: Path<ProviderPath>, input: Body<NewColleague>))
            .says("The same for a provider, by those who own it")
            .may(May::Provider(Role::Owner))
            .scope("grants")
            .answers(StatusCode::CREATED)
            .refuses([RefusalKind::Conflict, RefusalKind::Unavailable]),
        web::with!(identity, delete "/v1/grants/{grant}" => take_grant(input: Path<GrantPath>))
            .says("Take a role away, though not from the last owner of the tenant")
            .may(May::Role(Role::Owner))
            .scope("grants"),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    person: Id<kernel::Person>,
    place: PlaceName,
    /// Where the place is a provider.
    provider: Option<Id<kernel::Provider>>,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceName {
    Tenant,
    #[default]
    Market,
    Provider,
}

#[derive(Deserialize, JsonSchema)]
pub struct GrantPath {
    grant: Id<Held>,
}

/// The place that was named. A provider must be one of this market: an owner of one market must not
/// reach into another one by naming its provider.
pub(crate) async fn named_scope(
    call: &Call,
    place: PlaceName,
    provider: Option<Id<kernel::Provider>>,
) -> Result<Scope, Refusal> {
    let fault = |code, message| Err(Refusal::invalid(vec![Fault::new("/provider", code, message)]));
    match (place, provider) {
        (PlaceName::Tenant, None) => Ok(Scope::Tenant),
        (PlaceName::Market, None) => Ok(Scope::Market(call.site.market_id)),
        (PlaceName::Provider, Some(id)) if tenancy::provider::exists(call.market(), id).await? => {
            Ok(Scope::Provider(id))
        }
        (PlaceName::Provider, Some(_)) => fault("unknown", "There is no such provider in this market."),
        (PlaceName::Provider, None) => fault("missing", "Must be given where the place is a provider."),
        (_, Some(_)) => fault("unexpected", "Only where the place is a provider."),
    }
}

async fn list_grants(
    _: &Identity,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<RoleView>>, Refusal> {
    let (limit, [before]) = (page.limit(), page.from([i64::MAX])?);
    let rows: Vec<HeldRole> =
        call.home().list(repo::IN_MARKET, values![call.site.market_id, before, limit + 1]).await?;
    Answer::ok(&Page::of(rows, limit, |held| [held.id.raw()]))
}

async fn give_grant(
    identity: &Identity,
    call: Call,
    Body(input): Body<NewGrant>,
) -> Result<Answer<RoleView>, Refusal> {
    let scope = named_scope(&call, input.place, input.provider).await?;
    let new = HeldRole {
        id: call.ctx().fresh(),
        person: input.person,
        grant: Grant { scope, role: input.role },
        site: if scope == Scope::Tenant { Id::from_raw(0) } else { call.site.market_id },
    };
    let answer = call
        .change_home(|| async {
            let home = call.home();
            let person: Option<person::PersonRow> = home.one(person::repo::ONE, values![new.person]).await?;
            if person.is_none() {
                let fault = Fault::new("/person", "unknown", "There is no such person here.");
                return Err(Refusal::invalid(vec![fault]));
            }
            let before = super::before(home, &new).await?;
            let (decision, held) = decide::give(Some(&call.caller), before, new, &call.ctx())?;
            let location = format!("{}/v1/grants/{}", call.base, held.id);
            Ok((decision, Answer::created(location, &RoleView::from(held))?))
        })
        .await;
    identity.verifier.forget_person(call.home(), new.person);
    answer
}

async fn take_grant(
    identity: &Identity,
    call: Call,
    Path(path): Path<GrantPath>,
) -> Result<Answer<()>, Refusal> {
    let home = call.home();
    // A role of another market is nobody's business here.
    let is_here = |held: &HeldRole| held.grant.scope == Scope::Tenant || held.site == call.site.market_id;
    let load = || async {
        let found: Option<HeldRole> = home.one(repo::ONE, values![path.grant]).await?;
        found.filter(is_here).ok_or_else(Refusal::not_found)
    };
    // Gone already where this request was carried out before: then its answer is kept.
    let person = load().await.map(|held| held.person);
    let answer = call
        .change_home(|| async {
            let held = load().await?;
            let other_owner = super::other_owner(home, Some(&held), None).await?;
            Ok((decide::take(&call.caller, &held, other_owner)?, Answer::done()))
        })
        .await;
    if let Ok(person) = person {
        identity.verifier.forget_person(home, person);
    }
    answer
}
