//! What is looked up before a report is decided, whichever way it comes: the API, a page, Open311.

use kernel::{Decision, Refusal};
use web::Call;

use super::decide::{self, Around};
use super::model::{NewRequest, Request, Source};
use crate::civic::Civic;
use crate::follower::contact::Custom;
use crate::follower::keys::About;

/// Whether the caller may write now. Asked once for a call, before its first attempt.
pub async fn may_write(civic: &Civic, call: &Call) -> Result<(), Refusal> {
    if call.caller.is_known() {
        return Ok(());
    }
    let rules = civic.rules.of(call.market()).await?;
    civic.may_write(call, &rules.settings)
}

/// One attempt: what is to be committed, and the request as it will be.
pub async fn attempt(
    civic: &Civic,
    call: &Call,
    new: NewRequest,
    source: Source,
) -> Result<(Decision, Request), Refusal> {
    let market = call.market();
    let rules = civic.rules.of(market).await?;
    let resolved = match (new.place, new.address.as_deref()) {
        (None, Some(address)) => civic.resolver.find(market, address, new.zipcode.as_deref()).await?,
        _ => None,
    };
    let area = match new.place.or(resolved.as_ref().map(|it| it.place)) {
        Some(place) => civic.areas.at(market, rules.settings.area_kind.as_deref(), place).await?,
        None => None,
    };
    let due = match rules.category(&new.category).and_then(|category| category.due_min) {
        Some(minutes) => civic.deadlines.due(market, call.now, minutes).await?,
        None => None,
    };
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
    let attached = civic.photos.attach(market, request.id, &request.photos).await?;
    Ok((decision.and(attached), request))
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
