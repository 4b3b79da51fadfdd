use kernel::{Change, Ctx, Decision, Fault, Id, NewEvent, Refusal, values};
use serde_json::json;

use super::model::{MarketRow, NewMarket, State};
use super::repo;
use crate::operations::Outcome;
use crate::tenant::Tenant;
use crate::{directory, limits, words};

/// The market as it will be, and what to write for it.
pub fn add(
    existing: Option<MarketRow>,
    tenant: &Tenant,
    new: &NewMarket,
    ctx: &Ctx<'_>,
) -> Result<(Decision, MarketRow), Refusal> {
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let currency = new.currency.clone().unwrap_or_else(|| tenant.currency.clone());
    if let Some(market) = existing {
        let same = market.name == new.name && market.zone == new.zone && market.currency == currency;
        return match same {
            true => Ok((Decision::nothing(), market)),
            false => Err(Refusal::conflict(
                "market_exists_otherwise",
                format!("There is a market {}/{} already, with other settings.", new.tenant, new.slug),
            )),
        };
    }
    let market = row(ctx.fresh(), State::Making, tenant, new, currency);
    Ok((Decision::nothing().change(insert(&market, ctx)), market))
}

/// A market whose rows are in a file: it keeps the id under which they were written, and is not
/// served before they are here. `taken_by` is who has that id.
pub fn bring_back(
    id: Id<kernel::Market>,
    existing: Option<&MarketRow>,
    taken_by: Option<&str>,
    tenant: &Tenant,
    new: &NewMarket,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Outcome), Refusal> {
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    match existing {
        Some(market) if market.id == id => return Ok((Decision::nothing(), Outcome::AlreadyThere)),
        Some(_) => {
            let message = format!(
                "There is a market {}/{} already, and it is not the one of the file.",
                new.tenant, new.slug
            );
            return Err(Refusal::conflict("market_exists_otherwise", message));
        }
        None => {}
    }
    if let Some(name) = taken_by {
        let message = format!("The id {id} of the market in the file belongs to {name} here.");
        return Err(Refusal::conflict("market_id_taken", message));
    }
    let currency = new.currency.clone().unwrap_or_else(|| tenant.currency.clone());
    let market = row(id, State::Archived, tenant, new, currency);
    let decision = Decision::nothing()
        .change(insert(&market, ctx))
        .change(directory::changed())
        .event(NewEvent::new("market.added", market.id, &json!({"tenant": market.tenant, "from": "a file"})));
    Ok((decision, Outcome::Done))
}

fn row(
    id: Id<kernel::Market>,
    state: State,
    tenant: &Tenant,
    new: &NewMarket,
    currency: String,
) -> MarketRow {
    MarketRow {
        id,
        tenant: tenant.id,
        slug: new.slug.clone(),
        name: new.name.clone(),
        zone: new.zone.clone(),
        currency,
        features: new.features.iter().cloned().collect(),
        database: String::new(),
        state,
        version: 1,
    }
}

fn insert(market: &MarketRow, ctx: &Ctx<'_>) -> Change {
    repo::ADD.with(values![
        market.id,
        market.tenant,
        &market.slug,
        &market.name,
        &market.zone,
        &market.currency,
        json!(market.features).to_string(),
        market.state.name(),
        ctx.now
    ])
}

/// The store is made: the market may be seen.
pub fn made(market: &MarketRow) -> Decision {
    Decision::nothing()
        .change(repo::SET_STATE.with(values![market.id, State::Active.name(), market.version]))
        .change(directory::changed())
        .event(NewEvent::new("market.added", market.id, &json!({"tenant": market.tenant})))
}

pub fn set_state(market: &MarketRow, state: State) -> Result<(Decision, Outcome), Refusal> {
    if market.state == state {
        return Ok((Decision::nothing(), Outcome::AlreadyThere));
    }
    if market.state == State::Making || state == State::Making {
        return Err(Refusal::conflict(
            "market_unfinished",
            "Repeat the command that adds this market first.",
        ));
    }
    let decision = Decision::nothing()
        .change(repo::SET_STATE.with(values![market.id, state.name(), market.version]))
        .change(directory::changed())
        .event(NewEvent::new("market.state_set", market.id, &json!({"state": state.name()})));
    Ok((decision, Outcome::Done))
}

pub fn set_feature(market: &MarketRow, feature: &str, percent: u8) -> Result<(Decision, Outcome), Refusal> {
    let faults: Vec<Fault> = [words::feature("/feature", feature), percent_fault("/percent", percent)]
        .into_iter()
        .flatten()
        .collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if market.features.get(feature).copied().unwrap_or(0) == percent {
        return Ok((Decision::nothing(), Outcome::AlreadyThere));
    }
    let mut features = market.features.clone();
    match percent {
        0 => features.remove(feature),
        _ => features.insert(feature.to_owned(), percent),
    };
    if features.len() > limits::FEATURES_MAX {
        return Err(Refusal::invalid(vec![too_many("/feature")]));
    }
    let decision = Decision::nothing()
        .change(repo::SET_FEATURES.with(values![market.id, json!(features).to_string(), market.version]))
        .change(directory::changed())
        .event(NewEvent::new(
            "market.feature_set",
            market.id,
            &json!({"feature": feature, "percent": percent}),
        ));
    Ok((decision, Outcome::Done))
}

/// The one moment in which a market begins to be served from elsewhere. `from` is where the caller
/// believes it to be: of two movers only one gets through.
pub fn set_place(market: &MarketRow, from: &str, to: &str) -> Result<(Decision, Outcome), Refusal> {
    if market.database == to {
        return Ok((Decision::nothing(), Outcome::AlreadyThere));
    }
    let elsewhere = Refusal::conflict("placed_elsewhere", "The market is not where you believe it to be.");
    if market.database != from {
        return Err(elsewhere);
    }
    if market.state != State::Moving {
        let message = "Nobody moves this market any more. Begin again.";
        return Err(Refusal::conflict("not_moving", message));
    }
    let decision = Decision::nothing()
        .change(repo::SET_PLACE.with(values![market.id, to, from]).or_refuse(elsewhere))
        .change(directory::changed())
        .event(NewEvent::new("market.placed", market.id, &json!({"database": to})));
    Ok((decision, Outcome::Done))
}

/// What was interrupted has been completed or undone with the market at `place`. Nothing is said
/// when somebody else has said it, or when the market has been placed elsewhere meanwhile.
pub fn recovered(market: &MarketRow, place: &str, state: State) -> Result<(Decision, Outcome), Refusal> {
    if market.state != State::Moving {
        return Ok((Decision::nothing(), Outcome::AlreadyThere));
    }
    if market.database != place {
        let message = "The market was placed elsewhere while it was recovered. Recover it again.";
        return Err(Refusal::conflict("placed_elsewhere", message));
    }
    set_state(market, state)
}

pub fn bind_host(
    bound_to: Option<Id<kernel::Market>>,
    host: &str,
    market: Id<kernel::Market>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Outcome), Refusal> {
    match bound_to {
        Some(id) if id == market => Ok((Decision::nothing(), Outcome::AlreadyThere)),
        Some(_) => Err(Refusal::conflict("host_taken", format!("{host} is bound to another market."))),
        None => {
            let decision = Decision::nothing()
                .change(repo::BIND_HOST.with(values![host, market, ctx.now]))
                .change(directory::changed())
                .event(NewEvent::new("market.host_bound", market, &json!({"host": host})));
            Ok((decision, Outcome::Done))
        }
    }
}

/// What is not bound stays so: the command may be repeated.
pub fn unbind_host(
    bound_to: Option<Id<kernel::Market>>,
    host: &str,
    market: Id<kernel::Market>,
) -> Result<(Decision, Outcome), Refusal> {
    match bound_to {
        None => Ok((Decision::nothing(), Outcome::AlreadyThere)),
        Some(id) if id != market => {
            Err(Refusal::conflict("host_taken", format!("{host} is bound to another market.")))
        }
        Some(_) => {
            let decision = Decision::nothing()
                .change(repo::UNBIND_HOST.with(values![host, market]))
                .change(directory::changed())
                .event(NewEvent::new("market.host_unbound", market, &json!({"host": host})));
            Ok((decision, Outcome::Done))
        }
    }
}

fn faults(new: &NewMarket) -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        words::slug("/slug", &new.slug),
        words::name("/name", &new.name),
        words::zone("/zone", &new.zone).err(),
        new.currency.as_deref().and_then(|currency| words::currency("/currency", currency)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if new.features.len() > limits::FEATURES_MAX {
        faults.push(too_many("/features"));
    }
    for (name, percent) in new.features.iter().take(limits::FEATURES_MAX) {
        let at = format!("/features/{}", name.chars().take(limits::SLUG_LENGTH_MAX).collect::<String>());
        faults.extend([words::feature(&at, name), percent_fault(&at, *percent)].into_iter().flatten());
    }
    faults
}

fn percent_fault(field: &str, percent: u8) -> Option<Fault> {
    (percent > 100).then(|| Fault::new(field, "out_of_range", "A percentage is from 0 to 100."))
}

fn too_many(field: &str) -> Fault {
    Fault::new(field, "wrong_count", format!("A market has at most {} switches.", limits::FEATURES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(state: State, database: &str) -> MarketRow {
        MarketRow {
            id: Id::from_raw(9),
            tenant: Id::from_raw(5),
            slug: "lagos".into(),
            name: "Lagos".into(),
            zone: "Africa/Lagos".into(),
            currency: "NGN".into(),
            features: [("mobility".to_owned(), 100)].into(),
            database: database.into(),
            state,
            version: 3,
        }
    }

    fn said(result: Result<(Decision, Outcome), Refusal>) -> &'static str {
        match result {
            Ok((decision, Outcome::AlreadyThere)) if decision.is_nothing() => "already",
            Ok((_, Outcome::AlreadyThere)) => "already, and yet a change",
            Ok((_, Outcome::Done)) => "done",
            Err(refusal) => refusal.code(),
        }
    }

    #[test]
    fn states() {
        use State::*;
        for (from, to, expect) in [
            (Active, Active, "already"),
            (Active, Moving, "done"),
            (Moving, Active, "done"),
            (Active, Archived, "done"),
            (Archived, Active, "done"),
            (Making, Active, "market_unfinished"),
            (Active, Making, "market_unfinished"),
        ] {
            assert_eq!(said(set_state(&market(from, ""), to)), expect, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn features() {
        for (feature, percent, expect) in [
            ("mobility", 100, "already"),
            ("mobility", 20, "done"),
            ("mobility", 0, "done"),
            ("credit", 0, "already"),
            ("credit", 101, "invalid_input"),
            ("Credit!", 1, "invalid_input"),
        ] {
            assert_eq!(said(set_feature(&market(State::Active, ""), feature, percent)), expect, "{feature}");
        }
    }

    #[test]
    fn a_market_comes_back_under_its_own_id_or_not_at_all() {
        let clock = kernel::SystemClock;
        let ids = kernel::SnowIds::new(std::sync::Arc::new(clock), 1);
        let ctx = Ctx {
            now: kernel::jiff::Timestamp::UNIX_EPOCH,
            zone: &kernel::jiff::tz::TimeZone::UTC,
            actor: kernel::Actor::System,
            ids: &ids,
        };
        let tenant = Tenant {
            id: Id::from_raw(5),
            slug: "geo".into(),
            name: "Geo".into(),
            tier: web::Tier::Free,
            languages: vec!["en".into()],
            currency: "USD".into(),
            country: "NG".into(),
            state: crate::tenant::model::State::Active,
        };
        let its = market(State::Archived, "");
        for (id, existing, taken_by, zone, expect) in [
            (9, None, None, "Africa/Lagos", "done"),
            (9, Some(&its), Some("market geo/lagos"), "Africa/Lagos", "already"),
            (8, Some(&its), None, "Africa/Lagos", "market_exists_otherwise"),
            (9, None, Some("market geo/kano"), "Africa/Lagos", "market_id_taken"),
            (9, None, None, "Africa/Mars", "invalid_input"),
        ] {
            let about = super::super::About { zone: zone.into(), ..super::super::About::of(&its) };
            let about = super::super::About::read(&about.text()).expect("what was written is read");
            let new = about.at("geo", "lagos");
            let outcome = bring_back(Id::from_raw(id), existing, taken_by, &tenant, &new, &ctx);
            assert_eq!(said(outcome), expect, "{id} {taken_by:?} {zone}");
        }
    }

    #[test]
    fn places() {
        use State::*;
        for (state, at, from, to, expect) in [
            (Moving, "", "", "big", "done"),
            (Moving, "big", "", "big", "already"),
            (Moving, "big", "big", "", "done"),
            (Moving, "big", "", "other", "placed_elsewhere"),
            (Active, "big", "", "big", "already"),
            (Active, "", "", "big", "not_moving"),
        ] {
            let market = market(state, at);
            assert_eq!(said(set_place(&market, from, to)), expect, "{state:?} {at} {from} {to}");
        }
    }

    #[test]
    fn a_recovery_has_the_last_word_only_on_what_it_saw() {
        use State::*;
        for (state, at, place, expect) in [
            (Moving, "", "", "done"),
            (Moving, "big", "", "placed_elsewhere"),
            (Active, "big", "", "already"),
            (Archived, "", "", "already"),
        ] {
            let market = market(state, at);
            assert_eq!(said(recovered(&market, place, Active)), expect, "{state:?} {at} {place}");
        }
    }
}
