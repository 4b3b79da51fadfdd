use std::collections::BTreeMap;

use kernel::jiff::Timestamp;
use kernel::{Change, Id, Provider, values};
use store::{Market, StoreError};

use super::model::{Agency, Route, Team, key};
use crate::limits;

kernel::statements! {
    short AGENCY = "select provider, about, contact from agency where provider = ?1";
    short AGENCIES = "select provider, about, contact from agency where provider > ?1 order by provider limit ?2";
    short PUT_AGENCY = "insert into agency (provider, about, contact) values (?1, ?2, ?3) \
        on conflict (provider) do update set about = excluded.about, contact = excluded.contact";
    short TEAMS = "select code, name from team where agency = ?1 order by code limit ?2";
    short TEAM = "select code, name from team where agency = ?1 and code = ?2";
    short PUT_TEAM = "insert into team (agency, code, name) values (?1, ?2, ?3) \
        on conflict (agency, code) do update set name = excluded.name";
    short TAKE_TEAM = "delete from team where agency = ?1 and code = ?2";
    short ROUTES = "select category, area, agency, team from route order by category, area limit ?1";
    short ROUTE_TO_TEAM = "select category, area, agency, team from route where agency = ?1 and team = ?2 limit 1";
    short PUT_ROUTE = "insert into route (category, area, agency, team) values (?1, ?2, ?3, ?4) \
        on conflict (category, area) do update set agency = excluded.agency, team = excluded.team";
    short TAKE_ROUTE = "delete from route where category = ?1 and area = ?2";
    short VERSION = "select version from rules where id = 1";
}

pub async fn agency(market: &Market, provider: Id<Provider>) -> Result<Option<Agency>, StoreError> {
    market.one(AGENCY, values![provider]).await
}

/// One more than a page.
pub async fn agencies(market: &Market, after: i64, limit: i64) -> Result<Vec<Agency>, StoreError> {
    market.list(AGENCIES, values![after, limit + 1]).await
}

pub async fn teams(market: &Market, agency: Id<Provider>) -> Result<Vec<Team>, StoreError> {
    market.list(TEAMS, values![agency, limits::TEAMS_PER_AGENCY_MAX as i64]).await
}

pub async fn team(market: &Market, agency: Id<Provider>, code: &str) -> Result<Option<Team>, StoreError> {
    market.one(TEAM, values![agency, code]).await
}

pub async fn routes(market: &Market) -> Result<Vec<Route>, StoreError> {
    market.list(ROUTES, values![limits::ROUTES_MAX]).await
}

pub async fn leads_to(market: &Market, agency: Id<Provider>, team: &str) -> Result<bool, StoreError> {
    Ok(market.one::<Route>(ROUTE_TO_TEAM, values![agency, team]).await?.is_some())
}

/// The version of the market's rules; nought while it has set none.
pub async fn version(market: &Market) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(VERSION, values![]).await?.map_or(0, |(version,)| version))
}

/// The teams of each of these agencies; what is missing is no agency of this market.
pub async fn teams_of(
    market: &Market,
    agencies: Vec<Id<Provider>>,
) -> Result<BTreeMap<Id<Provider>, Vec<String>>, StoreError> {
    let mut known = BTreeMap::new();
    for provider in agencies {
        if !known.contains_key(&provider) && agency(market, provider).await?.is_some() {
            let codes = teams(market, provider).await?.into_iter().map(|team| team.code);
            known.insert(provider, codes.collect());
        }
    }
    Ok(known)
}

pub fn put_agency(agency: &Agency) -> Change {
    PUT_AGENCY.with(values![agency.provider, agency.about.as_deref(), agency.contact.as_deref()])
}

pub fn put_team(agency: Id<Provider>, team: &Team) -> Change {
    PUT_TEAM.with(values![agency, &team.code, &team.name])
}

pub fn take_team(agency: Id<Provider>, code: &str) -> Change {
    TAKE_TEAM.with(values![agency, code])
}

pub fn put_route(route: &Route) -> Change {
    PUT_ROUTE.with(values![key(&route.category), key(&route.area), route.agency, route.team.as_deref()])
}

pub fn take_route(route: &Route) -> Change {
    TAKE_ROUTE.with(values![key(&route.category), key(&route.area)])
}

/// The version of the rules that a decision starts from, and when it is made: of two at once one is
/// decided again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub read: i64,
    pub now: Timestamp,
}

impl Version {
    /// The version that there is afterwards.
    pub fn next(self) -> i64 {
        self.now.as_microsecond().max(self.read + 1)
    }
}

/// The market's rules are other ones now, wherever they are kept in memory.
pub fn bump(version: Version) -> Change {
    crate::rules::repo::changed_from(version.read, version.now)
}
