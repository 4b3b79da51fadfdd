use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Endpoint, Forward, Forwarding, State};
use crate::limits;
use crate::request::model::RequestId;

macro_rules! columns {
    () => {
        "request, endpoint, service, state, tries, unsure, token, external, detail, note, since, due"
    };
}

kernel::statements! {
    short ENDPOINTS = "select code, name, url, jurisdiction, form, api_key, open from endpoint order by code limit ?1";
    short ENDPOINT = "select code, name, url, jurisdiction, form, api_key, open from endpoint where code = ?1";
    short PUT_ENDPOINT = "insert into endpoint (code, name, url, jurisdiction, form, api_key, open, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (code) do update set name = excluded.name, \
        url = excluded.url, jurisdiction = excluded.jurisdiction, form = excluded.form, \
        api_key = coalesce(excluded.api_key, endpoint.api_key), open = excluded.open";
    short FORWARDINGS = "select category, endpoint, service from forwarding order by category limit ?1";
    short PUT_FORWARDING = "insert into forwarding (category, endpoint, service) values (?1, ?2, ?3) \
        on conflict (category) do update set endpoint = excluded.endpoint, service = excluded.service";
    short DROP_FORWARDING = "delete from forwarding where category = ?1";
    short ONE = concat!("select ", columns!(), " from forward where request = ?1");
    short DUE = concat!("select ", columns!(), " from forward where state = ?1 and due <= ?2 \
        order by due, request limit ?3");
    short PAGE = concat!("select ", columns!(), " from forward where state = ?1 and (due, request) > (?2, ?3) \
        order by due, request limit ?4");
    short COUNTS = "select state, count(*) from forward group by state order by state";
    short ADD = "insert into forward (request, endpoint, service, state, since, due) values (?1, ?2, ?3, 'waiting', ?4, ?4) \
        on conflict (request) do nothing";
    /// Only from the state in which it was read: somebody else may have been faster.
    short SET = "update forward set state = ?3, tries = ?4, unsure = ?5, token = ?6, external = ?7, detail = ?8, \
        note = ?9, due = ?10 where request = ?1 and state = ?2 and tries = ?11 and unsure = ?12";
    short AGAIN = "update forward set state = 'waiting', tries = 0, since = ?2, due = ?2 \
        where request = ?1 and state = 'refused'";
}

pub async fn endpoints(market: &Market) -> Result<Vec<Endpoint>, StoreError> {
    market.list(ENDPOINTS, values![limits::FORWARD_ENDPOINTS_MAX as i64]).await
}

pub async fn endpoint(market: &Market, code: &str) -> Result<Option<Endpoint>, StoreError> {
    market.one(ENDPOINT, values![code]).await
}

pub async fn forwardings(market: &Market) -> Result<Vec<Forwarding>, StoreError> {
    market.list(FORWARDINGS, values![limits::CATEGORIES_MAX as i64]).await
}

pub async fn one(market: &Market, request: RequestId) -> Result<Option<Forward>, StoreError> {
    market.one(ONE, values![request]).await
}

pub async fn due(
    market: &Market,
    state: State,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Forward>, StoreError> {
    market.list(DUE, values![state.name(), now, limit as i64]).await
}

pub async fn page(
    market: &Market,
    state: State,
    after: (i64, i64),
    limit: u16,
) -> Result<Vec<Forward>, StoreError> {
    market.list(PAGE, values![state.name(), after.0, after.1, i64::from(limit) + 1]).await
}

pub async fn counts(market: &Market) -> Result<Vec<(State, i64)>, StoreError> {
    market.list(COUNTS, values![]).await
}

pub fn put_endpoint(endpoint: &Endpoint, now: Timestamp) -> Change {
    PUT_ENDPOINT.with(values![
        &endpoint.code,
        &endpoint.name,
        &endpoint.url,
        endpoint.jurisdiction.as_deref(),
        endpoint.form.ending(),
        endpoint.api_key.clone(),
        endpoint.open,
        now,
    ])
}

pub fn put_forwarding(forwarding: &Forwarding) -> Change {
    PUT_FORWARDING.with(values![&forwarding.category, &forwarding.endpoint, &forwarding.service])
}

pub fn drop_forwarding(category: &str) -> Change {
    DROP_FORWARDING.with(values![category])
}

pub fn add(request: i64, forwarding: &Forwarding, now: Timestamp) -> Change {
    ADD.with(values![request, &forwarding.endpoint, &forwarding.service, now]).any_rows()
}

/// `after` in place of `before`.
pub fn set(before: &Forward, after: &Forward) -> Change {
    SET.with(values![
        after.request,
        before.state.name(),
        after.state.name(),
        after.tries,
        after.unsure,
        after.token.as_deref(),
        after.external.as_deref(),
        after.detail.as_deref(),
        after.note.as_deref(),
        after.due,
        before.tries,
        before.unsure,
    ])
}

/// Given all its tries again, where it was refused.
pub fn again(request: RequestId, now: Timestamp) -> Change {
    AGAIN.with(values![request, now])
}
