//! Who sends this request. Asked by every request, so a token that was verified a moment ago is
//! found in memory.
//!
//! What this process revokes is refused by it at once; by other processes within the life of their
//! cache, thirty seconds at most.

mod cache;

use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Actor, Clock, Id, Refusal, values};
use serde_json::Value;
use store::{Market, Query, StoreError};
use web::{Caller, Grant, Site};

use crate::key::{self, ApiKey, KeyRow};
use crate::limits;
use crate::master::{self, Master};
use crate::ring::Rings;
use crate::role::{self, HeldRole};
use crate::session::{self, SessionRow};
use crate::token::{self, Claims};
use cache::{Cache, Entry, Subject};

pub struct Verifier {
    master: Arc<Master>,
    rings: Rings,
    cache: Cache,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    pub fn new(master: Arc<Master>, clock: Arc<dyn Clock>) -> Self {
        Self { master, rings: Rings::default(), cache: Cache::default(), clock }
    }

    /// Whoever was verified a moment ago: one look into memory, nothing to wait for.
    pub fn known(&self, site: &Site, authorization: &str) -> Option<Caller> {
        let secret = bearer(authorization)?;
        self.cache.get(site.tenant.raw(), secret, self.clock.now().as_microsecond())
    }

    /// From the `Authorization` header. None is anonymous; one that is not good is refused, and all
    /// refusals are alike.
    pub async fn caller(&self, site: &Site, authorization: Option<&str>) -> Result<Caller, Refusal> {
        let Some(header) = authorization else { return Ok(Caller::anonymous()) };
        let secret = bearer(header).ok_or_else(Refusal::unauthenticated)?;
        let now = self.clock.now();
        if let Some(caller) = self.cache.get(site.tenant.raw(), secret, now.as_microsecond()) {
            return Ok(caller);
        }
        let seen = self.cache.revocations();
        let found = match secret.starts_with(key::PREFIX) {
            true => self.by_key(site, secret, now).await?,
            false => self.by_token(site, secret, now).await?,
        };
        let (caller, subject, expires) = found.ok_or_else(Refusal::unauthenticated)?;
        let until = expires.min(now + limits::CACHE_LIFE).as_microsecond();
        let entry = Entry::new(site.tenant.raw(), secret, subject, until, caller.clone());
        self.cache.put(entry, seen);
        Ok(caller)
    }

    async fn by_token(
        &self,
        site: &Site,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(Caller, Subject, Timestamp)>, StoreError> {
        let home = &site.home;
        let mut ring = self.rings.get(&self.master, home, now).await?;
        if !token::names_one_of(token, ring.believed(now)) {
            ring = self.rings.get_again(&self.master, home, now).await?;
        }
        let expected = (&*self.issuer(&site.tenant_slug), site.tenant);
        let Some(claims) = token::verify(token, ring.believed(now), expected, now.as_second()) else {
            return Ok(None);
        };
        let rows = home
            .snapshot(vec![
                Query { sql: session::repo::ONE, params: values![claims.sid] },
                Query { sql: role::repo::OF_PERSON, params: values![claims.sub] },
            ])
            .await?;
        let (Some(sessions), Some(roles)) = (rows.first(), rows.get(1)) else { return Ok(None) };
        let session: Option<SessionRow> = sessions.one()?;
        if !session.is_some_and(|it| it.person == claims.sub && it.is_live(now)) {
            return Ok(None);
        }
        let grants: Vec<Grant> = roles.list::<HeldRole>()?.iter().map(|held| held.grant).collect();
        let caller = Caller {
            actor: Actor::Person(claims.sub),
            session: Some(claims.sid.raw()),
            grants: grants.into(),
            scopes: None,
        };
        let expires = Timestamp::from_second(claims.exp).unwrap_or(now);
        Ok(Some((caller, Subject { person: claims.sub.raw(), key: 0 }, expires)))
    }

    async fn by_key(
        &self,
        site: &Site,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<(Caller, Subject, Timestamp)>, StoreError> {
        if !master::has_form(secret, key::PREFIX) {
            return Ok(None);
        }
        let found: Option<KeyRow> = site.home.one(key::repo::BY_HASH, values![master::hash(secret)]).await?;
        let Some(key) = found.filter(|key| key.is_live(now)) else { return Ok(None) };
        let owner = match key.owner {
            Some(person) => Some(owner(&site.home, person).await?),
            None => None,
        };
        let caller = Caller {
            actor: Actor::Key(key.id.raw()),
            session: None,
            grants: key::decide::grants(&key, owner.as_ref()).into(),
            scopes: Some(key::decide::scopes_now(&key)),
        };
        let person = key.owner.map_or(0, Id::raw);
        Ok(Some((caller, Subject { person, key: key.id.raw() }, key.expires)))
    }

    /// After anything that changes what a person may: a session ended, a role given or taken.
    pub fn forget_person(&self, home: &Market, person: Id<kernel::Person>) {
        self.cache.forget(home.place().id.raw(), Subject { person: person.raw(), key: 0 });
    }

    pub fn forget_key(&self, home: &Market, key: Id<ApiKey>) {
        self.cache.forget(home.place().id.raw(), Subject { person: 0, key: key.raw() });
    }

    pub(crate) fn issuer(&self, tenant_slug: &str) -> String {
        format!("iroko/{tenant_slug}")
    }

    pub(crate) async fn sign(
        &self,
        home: &Market,
        now: Timestamp,
        claims: &Claims,
    ) -> Result<String, Refusal> {
        self.rings.sign(&self.master, home, now, claims).await
    }

    pub(crate) async fn public_keys(&self, home: &Market, now: Timestamp) -> Result<Vec<Value>, StoreError> {
        self.rings.public(&self.master, home, now).await
    }

    pub(crate) async fn rotate(&self, home: &Market, now: Timestamp) -> Result<(), Refusal> {
        self.rings.rotate(home, now).await
    }
}

async fn owner(home: &Market, person: Id<kernel::Person>) -> Result<Caller, StoreError> {
    let roles: Vec<HeldRole> = home.list(role::repo::OF_PERSON, values![person]).await?;
    let grants: Vec<Grant> = roles.iter().map(|held| held.grant).collect();
    Ok(Caller { actor: Actor::Person(person), session: None, grants: grants.into(), scopes: None })
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    let secret = secret.trim_start_matches(' ');
    let good = scheme.eq_ignore_ascii_case("bearer")
        && !secret.is_empty()
        && secret.len() <= limits::TOKEN_LENGTH_MAX;
    good.then_some(secret)
}
