use std::collections::BTreeMap;

use dispatch::offer;
use kernel::jiff::Timestamp;
use kernel::{Id, Person, Provider, Refusal};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Call, Endpoint, May, Role, get};

use super::http::SCOPE;
use super::{limits, repo};
use crate::claim::trouble::Trouble;
use crate::order::OrderId;
use crate::order::state::Status;
use crate::order::step::JOB_KIND;
use crate::store::StoreId;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/delivery/stuck", delivery_stuck)
            .says(
                "Lists the orders that somebody has to look at, those first that stand longest as they are: \
                 what has not moved on for too long, what nobody was found to bring, and \
                 what something is wrong with the money of.",
            )
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ]
}

/// An order that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StuckView {
    pub order: OrderId,
    pub store: StoreId,
    pub provider: Id<Provider>,
    pub status: Status,
    pub rider: Option<Id<Person>>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    pub stuck: bool,
    /// Nobody was found to bring it.
    pub unserved: bool,
    /// What is wrong with its money.
    pub trouble: Vec<Trouble>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Stuck {
    items: Vec<StuckView>,
    /// There are more than are shown.
    more: bool,
}

async fn delivery_stuck(call: Call) -> Result<Answer<Stuck>, Refusal> {
    let (market, most) = (call.market(), limits::STUCK_SHOWN_MAX);
    let stuck = repo::stuck(market, most + 1).await?;
    let mut found: BTreeMap<OrderId, StuckView> = stuck.into_iter().map(|view| (view.order, view)).collect();
    for job in offer::repo::unserved(market, JOB_KIND, most + 1).await? {
        let id = Id::from_raw(job.what.subject);
        if let Some(known) = found.get_mut(&id) {
            known.unserved = true;
        } else if let Some(view) = repo::open(market, id).await? {
            found.insert(id, StuckView { unserved: true, ..view });
        }
    }
    for (view, what) in repo::troubled(market, most + 1).await? {
        found.entry(view.order).or_insert(view).trouble.push(what);
    }
    let mut items: Vec<StuckView> = found.into_values().collect();
    items.sort_by_key(|view| (view.since, view.order));
    let more = items.len() > usize::from(most);
    items.truncate(most.into());
    Answer::ok(&Stuck { items, more })
}
