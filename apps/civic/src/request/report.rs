//! What is looked up before a report is decided, whichever way it comes: the API, a page, Open311.

use std::sync::Arc;

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Decision, Refusal};
use store::Market;
use web::Call;

use super::decide::{self, Around};
use super::model::{NewRequest, Request, Source};
use crate::address::{Candidate, Precision, Trouble};
use crate::civic::Civic;
use crate::follower::contact::Custom;
use crate::follower::keys::About;
use crate::limits;
use crate::rules::Rules;

/// Whether the caller may write now. Asked once for a call, before its first attempt.
pub async fn may_write(civic: &Civic, call: &Call) -> Result<(), Refusal> {
    if call.caller.is_known() {
        return Ok(());
    }
    let rules = civic.rules.of(call.market()).await?;
    civic.may_write(call, &rules.settings)
}

/// The same for a report, with the rules that its first attempt goes by: they are asked for once.
pub async fn begin(civic: &Civic, call: &Call) -> Result<Arc<Rules>, Refusal> {
    let rules = civic.rules.of(call.market()).await?;
    civic.may_write(call, &rules.settings)?;
    Ok(rules)
}

/// One attempt: what is to be committed, and the request as it will be. A later attempt brings no
/// rules with it, since they may have changed.
pub async fn attempt(
    civic: &Civic,
    call: &Call,
    rules: Option<Arc<Rules>>,
    mut new: NewRequest,
    source: Source,
) -> Result<(Decision, Request), Refusal> {
    let market = call.market();
    let rules = match rules {
        Some(rules) => rules,
        None => civic.rules.of(market).await?,
    };
    let tickets = std::mem::take(&mut new.photos);
    new.photos = civic.pictures_of(market, &tickets)?;
    let resolved = match (new.place, new.address.as_deref()) {
        (None, Some(address)) => resolve(civic, call, address, new.zipcode.as_deref()).await?,
        _ => None,
    };
    let area = match new.place.or(resolved.as_ref().map(|it| it.place)) {
        Some(place) => area_of(civic, market, &rules, place).await?,
        None => None,
    };
    let due = due(&rules, &new.category, call);
    let around = Around {
        source,
        market: call.site.market_id,
        keys: &civic.keys,
        custom: custom(civic, call),
        resolved,
        area,
        due,
    };
    let (decision, request) = decide::report(&rules, new, around, &call.ctx())?;
    if request.photos.is_empty() {
        return Ok((decision, request));
    }
    let attached = civic.attach(market, call.now, request.id, &tickets).await?;
    Ok((decision.and(attached), request))
}

/// Where an address is, if it is known to mean one place.
async fn resolve(
    civic: &Civic,
    call: &Call,
    address: &str,
    zipcode: Option<&str>,
) -> Result<Option<Candidate>, Refusal> {
    let whole = format!("{address} {}", zipcode.unwrap_or_default());
    match civic.addresses.find(call.market(), whole.trim(), 1).await {
        Ok(found) => Ok(found.into_iter().next().filter(|it| it.precision != Precision::Locality)),
        Err(Trouble::Empty) => Ok(None),
        Err(Trouble::Failed(detail)) => {
            tracing::warn!(detail, "an address cannot be looked for");
            let message = "Addresses cannot be looked for now. Give a place instead, or try again later.";
            Err(Refusal::unavailable("addresses_away", message, limits::ADDRESSES_AWAY_S))
        }
    }
}

/// The area by which this market sorts its requests.
pub(crate) async fn area_of(
    civic: &Civic,
    market: &Market,
    rules: &Rules,
    place: Point,
) -> Result<Option<String>, Refusal> {
    let index = civic.areas.index(market).await?;
    Ok(rules.area(&index, place).map(str::to_owned))
}

/// By when something of this category should be done that begins now.
pub(crate) fn due(rules: &Rules, category: &str, call: &Call) -> Option<Timestamp> {
    let minutes = rules.category(category)?.due_min?;
    rules.calendar(&call.site.zone).due_after(call.now, minutes)
}

/// The secret that goes with a request's report, for whoever sent it.
pub fn secret(civic: &Civic, call: &Call, request: &Request) -> String {
    let market = call.site.market_id;
    let who = decide::reporter(&civic.keys, market, request);
    civic.keys.secret(About { market, request: request.id }, who)
}

pub(crate) fn custom<'a>(civic: &Civic, call: &'a Call) -> Custom<'a> {
    Custom { country: (civic.countries)(call.site.tenant), languages: &call.site.languages }
}
