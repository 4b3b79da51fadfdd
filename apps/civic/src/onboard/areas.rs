//! The areas of a set-up, where a market has none of that kind.

use kernel::{Ctx, Decision, Refusal};
use store::Market;

use crate::area::decide::{self, Present};
use crate::area::repo;
use crate::rules;

/// What a GeoJSON document changes, and how many areas it holds; nothing where the kind is there. The
/// first kind of a market is the one that its requests are told apart by.
pub async fn missing(
    market: &Market,
    kind: &str,
    document: &[u8],
    ctx: &Ctx<'_>,
) -> Result<(Decision, i64), Refusal> {
    let sets = repo::sets(market).await?;
    if let Some(set) = sets.iter().find(|set| set.kind == kind) {
        return Ok((Decision::nothing(), set.areas));
    }
    let features = geo::geojson::read(document).map_err(Refusal::invalid)?;
    let areas = decide::areas(kind, features)?;
    let (mut decision, set) = decide::replace(kind, &areas, &Present { sets, codes: Vec::new() }, ctx)?;
    let mut settings = rules::repo::settings(market).await?;
    if settings.area_kind.is_none() {
        settings.area_kind = Some(kind.to_owned());
        decision = decision.change(rules::repo::set(&settings, ctx.now));
    }
    Ok((decision, set.areas))
}
