use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Call, Endpoint, May, get};

use crate::directory::Directory;
use crate::limits;

pub fn endpoints(directory: Arc<Directory>) -> Vec<Endpoint> {
    let facts = move |call: Call| {
        let features = directory.features(call.site.market_id);
        std::future::ready(get_market(&call, features))
    };
    let mut endpoint = get("/v1/market", facts)
        .says("The public facts of this market: names, time zone, currency, languages, what is switched on")
        .may(May::Anyone)
        .shared();
    endpoint.name = "get_market";
    vec![endpoint]
}

/// What anyone may know of a market.
#[derive(Debug, Serialize, JsonSchema)]
struct Facts {
    id: kernel::Id<kernel::Market>,
    tenant: String,
    tenant_name: String,
    market: String,
    name: String,
    /// IANA.
    zone: String,
    /// ISO 4217.
    currency: String,
    /// The first is the default.
    languages: Vec<String>,
    /// Apps and features switched on for anyone at all.
    features: Vec<String>,
}

fn get_market(call: &Call, features: Vec<String>) -> Result<Answer<Facts>, Refusal> {
    let site = &call.site;
    let facts = Facts {
        id: site.market_id,
        tenant: site.tenant_slug.to_string(),
        tenant_name: site.tenant_name.to_string(),
        market: site.market_slug.to_string(),
        name: site.market_name.to_string(),
        zone: site.zone.iana_name().unwrap_or("UTC").to_owned(),
        currency: site.currency.to_string(),
        languages: site.languages.to_vec(),
        features,
    };
    Ok(Answer::ok(&facts)?.public(limits::FACTS_MAX_AGE_S, limits::FACTS_STALE_S))
}
