//! What a decision must know, read by the few statements that its act asks for.

use std::sync::Arc;

use kernel::{Id, Provider, Refusal};
use store::Market;
use web::{Call, Role};

use super::decide::Known;
use super::merge::Family;
use super::model::{Act, By, Edit};
use super::repo;
use super::seams::{Desk, works_for};
use crate::agency;
use crate::limits;
use crate::request::model::{Request, RequestId};
use crate::request::state::{Deadline, Who};

/// Whose desk a call is at: the agency of its path, or the market's.
pub async fn by(call: &Call, agency: Option<Id<Provider>>) -> Result<By, Refusal> {
    let market = call.site.market_id;
    let is_manager = match agency {
        Some(agency) => {
            agency::http::must_be_agency(call, agency).await?;
            call.caller.is_for(Role::Manager, market, agency)
        }
        None => call.caller.is(Role::Manager, market),
    };
    Ok(By { who: if is_manager { Who::Manager } else { Who::Staff }, agency })
}

pub async fn deadline(desk: &Desk, market: &Market) -> Result<Arc<dyn Deadline>, Refusal> {
    Ok(desk.city.of(market).await?)
}

/// The request, if it is one of this desk: what is another agency's looks like what was never there.
pub async fn request(call: &Call, by: &By, id: RequestId) -> Result<Request, Refusal> {
    repo::one(call.market(), by.agency, id).await?.ok_or_else(Refusal::not_found)
}

pub async fn known(
    desk: &Desk,
    call: &Call,
    by: &By,
    request: &Request,
    act: &Act,
) -> Result<Known, Refusal> {
    let market = call.market();
    let mut known = Known::default();
    match act {
        Act::Assign { to: Some(person) } => {
            known.works_there = works_for(call.home(), *person, call.site.market_id, request.agency).await?;
        }
        Act::Route { agency, .. } => {
            known.teams = agency::repo::teams_of(market, vec![*agency]).await?.remove(agency);
        }
        Act::Edit(edit) => known = for_edit(desk, market, request, edit).await?,
        Act::Merge { into } => known.family = family(market, by, request, *into).await?.map(Box::new),
        Act::Unmerge => {
            if let Some(root) = request.merged {
                known.family = family_of(market, root, root, request).await?.map(Box::new);
            }
        }
        Act::Move { .. }
        | Act::Assign { to: None }
        | Act::Note { .. }
        | Act::Answer { .. }
        | Act::Hide { .. } => {}
    }
    Ok(known)
}

async fn for_edit(desk: &Desk, market: &Market, request: &Request, edit: &Edit) -> Result<Known, Refusal> {
    let mut known = Known::default();
    if let Some(category) = &edit.category {
        known.due_min = repo::due_min(market, &request.category).await?.flatten();
        known.new_due_min = repo::due_min(market, category).await?;
    }
    if edit.place.is_none() && edit.area.is_none() && !edit.route {
        return Ok(known);
    }
    let rules = desk.city.rules(market).await?;
    if let Some(place) = edit.place {
        known.area_there = desk.city.area_of(market, &rules, place).await?;
    }
    if let Some(area) = &edit.area {
        known.has_area = repo::has_area(market, rules.settings.area_kind.as_deref(), area).await?;
    }
    known.rules = Some(rules);
    Ok(known)
}

/// Staff of an agency merge only into what is theirs.
async fn family(
    market: &Market,
    by: &By,
    request: &Request,
    into: RequestId,
) -> Result<Option<Family>, Refusal> {
    let Some(target) = repo::one(market, by.agency, into).await? else { return Ok(None) };
    family_of(market, target.id, target.merged.unwrap_or(target.id), request).await
}

async fn family_of(
    market: &Market,
    target: RequestId,
    root: RequestId,
    request: &Request,
) -> Result<Option<Family>, Refusal> {
    let Some(mut root) = repo::one(market, None, root).await? else { return Ok(None) };
    // Somebody merged it a moment ago: a chain ends where nothing more follows.
    for _ in 0..limits::MERGES_FOLLOWED_MAX {
        let Some(next) = root.merged else { break };
        let Some(found) = repo::one(market, None, next).await? else { return Ok(None) };
        root = found;
    }
    let beside = repo::merged_into(market, root.id).await?;
    let ties = repo::ties(market, root.id).await?;
    let below = if request.merged.is_some() || root.id == request.id {
        Vec::new()
    } else {
        repo::merged_into(market, request.id).await?
    };
    let target = match beside.iter().find(|it| it.id == target) {
        Some(target) => target.clone(),
        None => root.clone(),
    };
    Ok(Some(Family { target, root, beside, ties, below }))
}
