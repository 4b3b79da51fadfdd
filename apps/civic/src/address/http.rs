use geo::Point;
use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, get};

use super::Addresses;
use super::model::{Candidate, Trouble};
use super::words;
use crate::limits;

pub fn endpoints(addresses: &Addresses) -> Vec<Endpoint> {
    let (searched, near) = (addresses.clone(), addresses.clone());
    let find = move |call: Call, query: Query<Search>| address_find(searched.clone(), call, query);
    let nearest = move |call: Call, query: Query<Where>| address_nearest(near.clone(), call, query);
    let mut find = get("/v1/addresses", find)
        .says("The places that an address may mean, the likeliest first.")
        .may(May::Anyone)
        .refuses([RefusalKind::Unavailable]);
    find.name = "address_find";
    let mut nearest = get("/v1/addresses/at", nearest)
        .says("The address nearest to a point.")
        .may(May::Anyone)
        .refuses([RefusalKind::NotFound, RefusalKind::Unavailable]);
    nearest.name = "address_nearest";
    vec![find, nearest]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Search {
    /// The address, or the beginning of it, in any order.
    #[schemars(length(min = 1, max = 200))]
    q: String,
    /// How many answers at most.
    #[schemars(range(min = 1, max = 20))]
    limit: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    items: Vec<Candidate>,
}

async fn address_find(
    addresses: Addresses,
    call: Call,
    Query(search): Query<Search>,
) -> Result<Answer<Found>, Refusal> {
    if words::words(&search.q).is_empty() {
        return Err(Refusal::invalid(vec![Fault::new("?q", "blank", "Give a street, or a part of it.")]));
    }
    let limit = search.limit.unwrap_or(web::limits::PAGE_DEFAULT).min(limits::ADDRESSES_MAX);
    let items = addresses.find(call.market(), &search.q, limit).await.map_err(down)?;
    Ok(Answer::ok(&Found { items })?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Where {
    /// Latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    point: String,
}

async fn address_nearest(
    addresses: Addresses,
    call: Call,
    Query(query): Query<Where>,
) -> Result<Answer<Candidate>, Refusal> {
    let point = Point::parse("?point", &query.point).map_err(Refusal::invalid)?;
    let found = addresses.nearest(call.market(), point).await.map_err(down)?;
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(&found)?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

fn down(_: Trouble) -> Refusal {
    Refusal::unavailable("addresses_down", "Addresses cannot be looked up now. Set a pin instead.", 30)
}
