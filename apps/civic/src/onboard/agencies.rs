//! What a set-up says of agencies: who they are, their teams, and what leads to them. Providers are made
//! before; here is what civic requests know of them. Each change is a decision of its own, because each
//! makes a new version of the market's rules.

use std::collections::BTreeMap;

use kernel::{Decision, Id, Provider, Refusal};
use store::{Market, Stamp};

use super::city::{AgencyText, City, RouteText};
use crate::agency::model::{Agency, Route, Team};
use crate::agency::{decide, repo};

/// Sets an agency and its teams where the market has none of that name; says whether anything changed.
pub async fn set(
    market: &Market,
    stamp: Stamp,
    provider: Id<Provider>,
    text: &AgencyText,
) -> Result<bool, Refusal> {
    let agency = Agency { provider, about: text.about.clone(), contact: text.contact.clone() };
    let mut changed = market
        .change(|| async {
            let version = version(market, stamp).await?;
            let decision = match repo::agency(market, provider).await? {
                Some(_) => Decision::nothing(),
                None => decide::set_agency(None, &agency, version)?,
            };
            Ok(said(stamp, decision))
        })
        .await?;
    for team in &text.teams {
        let team = Team { code: team.code.clone(), name: team.name.clone() };
        changed |= market
            .change(|| async {
                let version = version(market, stamp).await?;
                let teams = repo::teams(market, provider).await?;
                let decision = match teams.iter().any(|it| it.code == team.code) {
                    true => Decision::nothing(),
                    false => decide::set_team(provider, &teams, &team, version)?,
                };
                Ok(said(stamp, decision))
            })
            .await?;
    }
    Ok(changed)
}

/// Adds the routes of the set-up for which the market has none: what managers changed stays. Says how many
/// there are then, and whether any is new.
pub async fn route(
    market: &Market,
    stamp: Stamp,
    city: &City,
    known: &BTreeMap<String, Id<Provider>>,
) -> Result<(usize, bool), Refusal> {
    let wanted: Vec<Route> = city.routes.iter().filter_map(|text| wanted(text, known)).collect();
    let changed = market
        .change(|| async {
            let version = version(market, stamp).await?;
            let before = repo::routes(market).await?;
            let is_new = |new: &&Route| {
                !before.iter().any(|it| (&it.category, &it.area) == (&new.category, &new.area))
            };
            let after: Vec<Route> = before.iter().chain(wanted.iter().filter(is_new)).cloned().collect();
            let agencies = after.iter().map(|route| route.agency).collect();
            let teams = repo::teams_of(market, agencies).await?;
            Ok(said(stamp, decide::set_routes(&before, version, &after, &teams)?))
        })
        .await?;
    Ok((repo::routes(market).await?.len(), changed))
}

fn wanted(text: &RouteText, known: &BTreeMap<String, Id<Provider>>) -> Option<Route> {
    let agency = *known.get(&text.agency)?;
    Some(Route { category: text.category.clone(), area: text.area.clone(), agency, team: text.team.clone() })
}

async fn version(market: &Market, stamp: Stamp) -> Result<repo::Version, Refusal> {
    Ok(repo::Version { read: repo::version(market).await?, now: stamp.at })
}

fn said(stamp: Stamp, decision: Decision) -> (Stamp, Decision, bool) {
    let changed = !decision.is_nothing();
    (stamp, decision, changed)
}
