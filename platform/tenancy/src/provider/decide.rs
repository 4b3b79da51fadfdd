use kernel::{Ctx, Decision, NewEvent, Refusal, values};
use serde_json::json;

use super::model::{Provider, State};
use super::repo;
use crate::words;

/// A provider's name is its own within a market.
pub fn add(existing: Option<&Provider>, name: &str, ctx: &Ctx<'_>) -> Result<(Decision, Provider), Refusal> {
    if let Some(fault) = words::name("/name", name) {
        return Err(Refusal::invalid(vec![fault]));
    }
    if existing.is_some() {
        return Err(Refusal::conflict("name_taken", "Another provider of this market has that name."));
    }
    let provider = Provider { id: ctx.fresh(), name: name.to_owned(), state: State::Active };
    let decision = Decision::nothing()
        .change(repo::ADD.with(values![provider.id, name, ctx.now]))
        .event(NewEvent::new("provider.added", provider.id, &json!({})));
    Ok((decision, provider))
}
