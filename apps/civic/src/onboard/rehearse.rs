//! A report that is decided and not committed: whether a market would take one.

use geo::Point;
use kernel::{Ctx, Refusal};
use serde_json::json;
use store::Market;

use crate::Civic;
use crate::request::decide::{self, Around};

/// The category it would be in, or why none would be taken. `None` where every category asks for answers
/// that only a person can give, or there is none.
pub async fn rehearse(
    civic: &Civic,
    market: &Market,
    place: Point,
    ctx: &Ctx<'_>,
) -> Result<Option<Result<String, Refusal>>, Refusal> {
    let rules = civic.rules.of(market).await?;
    let easy =
        rules.categories().into_iter().find(|it| it.open && it.questions.iter().all(|it| !it.required));
    let Some(category) = easy else { return Ok(None) };
    let said = json!({
        "category": category.code,
        "description": "A rehearsal that nobody sees.",
        "place": { "lat": place.lat(), "long": place.long() },
    });
    let new =
        serde_json::from_value(said).map_err(|error| Refusal::conflict("unreadable", error.to_string()))?;
    let around = Around::nothing(&civic.keys, market.place().id);
    let decided = decide::report(&rules, new, around, ctx);
    Ok(Some(decided.map(|_| category.code.clone())))
}
