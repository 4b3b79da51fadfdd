use std::collections::BTreeMap;

use kernel::text::{self, Lines};
use kernel::{Decision, Fault, Id, NewEvent, Provider, Refusal};
use serde_json::json;

use super::model::{Agency, Route, Team, key};
use super::repo::{self, Version};
use crate::limits;

/// Sets all routes. `before` are those there are, `teams` those of every agency that is known.
pub fn set_routes(
    before: &[Route],
    version: Version,
    after: &[Route],
    teams: &BTreeMap<Id<Provider>, Vec<String>>,
) -> Result<Decision, Refusal> {
    let faults = faults_of(after, teams);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    // A row that stays is not touched: no decision removes a row and adds it again.
    let keyed = |routes: &'_ [Route]| -> BTreeMap<(String, String), Route> {
        let key = |it: &Route| (key(&it.category).to_owned(), key(&it.area).to_owned());
        routes.iter().map(|it| (key(it), it.clone())).collect()
    };
    let (old, new) = (keyed(before), keyed(after));
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(_, it)| repo::take_route(it));
    let put = new.iter().filter(|(key, it)| old.get(*key) != Some(*it)).map(|(_, it)| repo::put_route(it));
    let decision = Decision::nothing().changes(gone).changes(put);
    if decision.is_nothing() {
        return Ok(decision);
    }
    let event = NewEvent::new("rules.routes_set", version.next(), &json!({ "routes": after }));
    Ok(decision.change(repo::bump(version)).event(event))
}

fn faults_of(routes: &[Route], teams: &BTreeMap<Id<Provider>, Vec<String>>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for (place, route) in routes.iter().enumerate() {
        let mut say = |field: &str, code, message: &'static str| {
            faults.push(Fault::new(format!("/routes/{place}{field}"), code, message));
        };
        if seen.insert((&route.category, &route.area), place).is_some() {
            say("", "repeated", "Another route is for the same category and area.");
        }
        match (teams.get(&route.agency), &route.team) {
            (None, _) => say("/agency", "unknown", "This market has no such agency."),
            (Some(teams), Some(team)) if !teams.contains(team) => {
                say("/team", "unknown", "This agency has no such team.");
            }
            _ => {}
        }
    }
    faults
}

/// Sets what is told of an agency; a provider becomes one by that.
pub fn set_agency(before: Option<&Agency>, after: &Agency, version: Version) -> Result<Decision, Refusal> {
    let texts = [("/about", &after.about), ("/contact", &after.contact)];
    let faults: Vec<Fault> = texts
        .iter()
        .filter_map(|(field, it)| text::fault(field, it.as_deref().unwrap_or_default(), Lines::Many))
        .collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if before == Some(after) {
        return Ok(Decision::nothing());
    }
    let event = NewEvent::new("agency.set", after.provider, after);
    Ok(Decision::nothing().change(repo::put_agency(after)).change(repo::bump(version)).event(event))
}

pub fn set_team(
    agency: Id<Provider>,
    teams: &[Team],
    team: &Team,
    version: Version,
) -> Result<Decision, Refusal> {
    let mut faults: Vec<Fault> = text::fault("/name", &team.name, Lines::One).into_iter().collect();
    if text::is_blank(&team.name) {
        faults.push(Fault::new("/name", "blank", "Give the team a name."));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let known = teams.iter().find(|it| it.code == team.code);
    if known == Some(team) {
        return Ok(Decision::nothing());
    }
    if known.is_none() && teams.len() >= limits::TEAMS_PER_AGENCY_MAX {
        return Err(Refusal::conflict("too_many_teams", "This agency has as many teams as it may."));
    }
    let event = NewEvent::new("team.set", agency, team);
    Ok(Decision::nothing().change(repo::put_team(agency, team)).change(repo::bump(version)).event(event))
}

/// Requests keep the code of a team that is gone; routes must not lead to it.
pub fn take_team(
    agency: Id<Provider>,
    code: &str,
    is_used: bool,
    version: Version,
) -> Result<Decision, Refusal> {
    if is_used {
        return Err(Refusal::conflict("team_in_use", "A route leads to this team. Change the route first."));
    }
    let event = NewEvent::new("team.removed", agency, &json!({ "code": code }));
    Ok(Decision::nothing().change(repo::take_team(agency, code)).change(repo::bump(version)).event(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Version = Version { read: 4, now: kernel::jiff::Timestamp::UNIX_EPOCH };

    fn rule(category: &str, area: &str, agency: i64) -> Route {
        let part = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        Route { category: part(category), area: part(area), agency: Id::from_raw(agency), team: None }
    }

    #[test]
    fn routes_lead_to_agencies_and_teams_that_are_there() {
        let teams = BTreeMap::from([(Id::from_raw(1), vec!["crew".to_owned()])]);
        let with = |route: Route, team: &str| Route { team: Some(team.into()), ..route };
        for (routes, fields) in [
            (vec![rule("a", "", 1), with(rule("b", "", 1), "crew")], &[][..]),
            (vec![rule("a", "", 2)], &["/routes/0/agency"][..]),
            (vec![with(rule("a", "", 1), "others")], &["/routes/0/team"]),
            (vec![rule("a", "n", 1), rule("a", "n", 1)], &["/routes/1"]),
        ] {
            let found = set_routes(&[], READ, &routes, &teams);
            let named: Vec<String> = match &found {
                Ok(_) => Vec::new(),
                Err(refusal) => refusal.faults().iter().map(|it| it.field.clone()).collect(),
            };
            assert_eq!(named, fields, "{routes:?}");
        }
    }

    #[test]
    fn only_what_differs_is_written() {
        let teams = BTreeMap::from([(Id::from_raw(1), Vec::new()), (Id::from_raw(2), Vec::new())]);
        let before = [rule("a", "", 1), rule("b", "", 1), rule("c", "", 1)];
        let after = [rule("a", "", 1), rule("b", "", 2), rule("d", "", 1)];
        let decision = set_routes(&before, READ, &after, &teams).unwrap();
        let expect = [
            repo::take_route(&before[2]),
            repo::put_route(&after[1]),
            repo::put_route(&after[2]),
            repo::bump(READ),
        ];
        assert_eq!(decision.changes, expect);
        assert!(set_routes(&before, READ, &before, &teams).unwrap().is_nothing());
    }
}
