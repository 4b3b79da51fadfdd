use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Fault, Id, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role};

use super::model::{ApiKey, KeyRow};
use super::{PREFIX, decide, repo};
use crate::identity::Identity;
use crate::master;
use crate::person::decide::name_fault;
use crate::role::http::{PlaceName, named_scope};
use crate::role::model::place;

pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        web::with!(identity, get "/v1/keys" => list_keys(input: Query<PageQuery>))
            .says("The API keys made in this market, newest first, without their secrets")
            .may(May::Role(Role::Manager))
            .scope("keys"),
        web::with!(identity, post "/v1/keys" => make_key(input: Body<NewKey>))
            .says("Make an API key; its secret is shown this once")
            .may(May::Role(Role::Manager))
            .scope("keys")
            .secret()
            .answers(StatusCode::CREATED),
        web::with!(identity, delete "/v1/keys/{key}" => revoke_key(input: Path<KeyPath>))
            .says("Revoke an API key")
            .may(May::Role(Role::Manager))
            .scope("keys"),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Without one the key may only what anybody known may.
    role: Option<Role>,
    #[serde(default)]
    place: PlaceName,
    /// Where the place is a provider.
    provider: Option<Id<kernel::Provider>>,
    /// What it may be used for: what endpoints name as theirs. A lasting key has neither `grants` nor
    /// `keys`.
    #[schemars(length(max = 20), inner(length(min = 1, max = 40), regex(pattern = "^[a-z][a-z0-9_.:-]*$")))]
    scopes: Vec<String>,
    #[schemars(range(min = 1, max = 365))]
    days: u16,
    /// Belongs to the tenant rather than to whoever makes it: it stays when they go. Takes an owner.
    #[serde(default)]
    lasting: bool,
}

#[derive(Deserialize, JsonSchema)]
pub struct KeyPath {
    key: Id<ApiKey>,
}

#[derive(Serialize, JsonSchema)]
pub struct KeyView {
    id: Id<ApiKey>,
    name: String,
    owner: Option<Id<kernel::Person>>,
    role: Option<Role>,
    /// `tenant`, `market` or `provider`.
    place: &'static str,
    scopes: Vec<String>,
    #[schemars(with = "String")]
    made: Timestamp,
    #[schemars(with = "String")]
    expires: Timestamp,
    revoked: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct MadeKey {
    /// Send it as `Authorization: Bearer irk_…`. It is not shown again.
    secret: String,
    key: KeyView,
}

impl From<KeyRow> for KeyView {
    fn from(key: KeyRow) -> Self {
        Self {
            id: key.id,
            name: key.name,
            owner: key.owner,
            role: key.role,
            place: place(key.place).0,
            scopes: key.scopes,
            made: key.at,
            expires: key.expires,
            revoked: key.revoked,
        }
    }
}

async fn list_keys(
    _: &Identity,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<KeyView>>, Refusal> {
    let (limit, [before]) = (page.limit(), page.from([i64::MAX])?);
    let rows: Vec<KeyRow> =
        call.home().list(repo::IN_MARKET, values![call.site.market_id, before, limit + 1]).await?;
    Answer::ok(&Page::of(rows, limit, |key| [key.id.raw()]))
}

async fn make_key(
    identity: &Identity,
    call: Call,
    Body(input): Body<NewKey>,
) -> Result<Answer<MadeKey>, Refusal> {
    let scopes = decide::scopes(&input.scopes, &identity.scopes(), input.lasting);
    let mut faults: Vec<Fault> = name_fault("/name", &input.name).into_iter().collect();
    faults.extend(scopes.as_ref().err().into_iter().flatten().cloned());
    let Some(scopes) = scopes.ok().filter(|_| faults.is_empty()) else {
        return Err(Refusal::invalid(faults));
    };
    if input.lasting && !call.caller.is(Role::Owner, call.site.market_id) {
        return Err(Refusal::forbidden());
    }
    if !input.lasting && call.caller.person().is_none() {
        let message = "A key has no keys of its own: make a lasting one.";
        return Err(Refusal::invalid(vec![Fault::new("/lasting", "missing", message)]));
    }
    let key = KeyRow {
        id: call.ctx().fresh(),
        name: input.name,
        owner: call.caller.person().filter(|_| !input.lasting),
        role: input.role,
        place: named_scope(&call, input.place, input.provider).await?,
        site: call.site.market_id,
        scopes,
        at: call.now,
        expires: call.now + SignedDuration::from_hours(24 * i64::from(input.days)),
        revoked: false,
    };
    let secret = master::fresh(PREFIX, &*call.world.random);
    let hash = master::hash(&secret);
    let location = format!("{}/v1/keys/{}", call.base, key.id);
    call.change_home(|| async {
        let count: Option<(i64,)> = call.home().one(repo::COUNT, values![key.site]).await?;
        let existing = count.map_or(0, |(count,)| count);
        let decision = decide::make(&call.caller, &key, hash, existing, &call.ctx())?;
        let made = MadeKey { secret: secret.clone(), key: key.clone().into() };
        Ok((decision, Answer::created(location.clone(), &made)?))
    })
    .await
}

async fn revoke_key(
    identity: &Identity,
    call: Call,
    Path(path): Path<KeyPath>,
) -> Result<Answer<()>, Refusal> {
    let answer = call
        .change_home(|| async {
            let found: Option<KeyRow> = call.home().one(repo::ONE, values![path.key]).await?;
            let key = found.filter(|key| key.site == call.site.market_id).ok_or_else(Refusal::not_found)?;
            Ok((decide::revoke(&call.caller, &key, call.now)?, Answer::done()))
        })
        .await;
    identity.verifier.forget_key(call.home(), path.key);
    answer
}
