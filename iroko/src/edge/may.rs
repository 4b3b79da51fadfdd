//! Whether a caller may call an endpoint at all. Handlers narrow it to rows, never widen it.

use kernel::{Actor, Id, Refusal, RefusalKind};
use web::{Caller, Endpoint, May, Site};

/// `provider` is the path's, as it was written.
pub(crate) fn check(
    endpoint: &Endpoint,
    caller: &Caller,
    site: &Site,
    provider: Option<&str>,
) -> Result<(), Refusal> {
    if matches!(caller.actor, Actor::Key(_)) {
        match endpoint.scope {
            Some(scope) if caller.has_scope(scope) => {}
            None if endpoint.may == May::Anyone => {}
            Some(_) => {
                let message = "This API key has not the scope that this needs.";
                return Err(Refusal::new(RefusalKind::Forbidden, "scope_missing", message));
            }
            None => return Err(Refusal::forbidden()),
        }
    }
    if endpoint.may != May::Anyone && !caller.is_known() {
        return Err(Refusal::unauthenticated());
    }
    match endpoint.may {
        May::Anyone | May::Known => Ok(()),
        May::Role(role) if caller.is(role, site.market_id) => Ok(()),
        May::Role(_) => Err(Refusal::forbidden()),
        May::Provider(role) => {
            let provider: Option<Id<kernel::Provider>> = provider.and_then(|id| id.parse().ok());
            // Whether such a provider exists is not for strangers to know.
            let allowed = provider.is_some_and(|id| caller.is_for(role, site.market_id, id));
            if allowed { Ok(()) } else { Err(Refusal::not_found()) }
        }
    }
}
