use std::collections::{BTreeMap, BTreeSet};

use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Id, NewEvent, Provider, Refusal};
use serde::Serialize;
use serde_json::json;

use super::model::{Message, Reached, Recipient, Rule, Tell, Watched};
use super::repo;
use crate::agency::repo::Version;
use crate::desk::repo as desk;
use crate::limits;
use crate::request::event::{ESCALATED, Facts, Told};
use crate::request::model::{Request, RequestId};
use crate::request::state::Deadline;

/// How far a request is past its deadline, in working minutes; below nought while it is not.
pub fn past(now: Timestamp, due: Timestamp, deadline: &dyn Deadline) -> i64 {
    if now < due { -deadline.left(now, due) } else { deadline.left(due, now) }
}

/// The rules that speak of this request now and were not told of this deadline yet, in order.
pub fn reached<'r>(
    rules: &'r [Rule],
    watched: &Watched,
    now: Timestamp,
    deadline: &dyn Deadline,
) -> Vec<&'r Rule> {
    let past = past(now, watched.due, deadline);
    let weight = |rule: &Rule| (rule.category.is_some(), rule.agency.is_some());
    let mut levels: BTreeMap<i64, &Rule> = BTreeMap::new();
    for rule in rules {
        let is_for = is_for(rule, watched);
        let is_time = match rule.after_min {
            // On the very minute of a deadline it is not over yet.
            0.. => now >= watched.due && past >= rule.after_min,
            before => past >= before,
        };
        let is_new = watched.upto_min.is_none_or(|upto| rule.after_min > upto);
        if is_for && is_time && is_new {
            let best = levels.entry(rule.after_min).or_insert(rule);
            if weight(rule) > weight(best) {
                *best = rule;
            }
        }
    }
    levels.into_values().collect()
}

/// Whether somebody is still to be told of this deadline, at whatever time.
pub fn is_to_come(rules: &[Rule], watched: &Watched, now: Timestamp, deadline: &dyn Deadline) -> bool {
    let reached = self::reached(rules, watched, now, deadline).last().map(|rule| rule.after_min);
    let upto = reached.max(watched.upto_min);
    rules.iter().any(|rule| is_for(rule, watched) && upto.is_none_or(|upto| rule.after_min > upto))
}

fn is_for(rule: &Rule, watched: &Watched) -> bool {
    rule.category.as_ref().is_none_or(|its| *its == watched.category)
        && (rule.agency.is_none() || rule.agency == watched.agency)
}

/// The farthest deadline that any rule speaks of already.
pub fn horizon(rules: &[Rule], now: Timestamp, deadline: &dyn Deadline) -> Option<Timestamp> {
    let first = rules.iter().map(|rule| rule.after_min).min()?;
    Some(deadline.due(now, (-first).max(0)))
}

#[derive(Serialize)]
struct Escalated<'a> {
    #[serde(flatten)]
    told: Told,
    reached: Vec<Reached>,
    act: &'a str,
}

/// These levels are told of, once.
pub fn escalate(request: &Request, watched: &Watched, rules: &[&Rule], ctx: &Ctx<'_>) -> Decision {
    let Some(upto) = rules.last().map(|rule| rule.after_min) else { return Decision::nothing() };
    let (request_id, due) = (watched.id, watched.due);
    let levels: Vec<Reached> = rules
        .iter()
        .map(|rule| Reached { after_min: rule.after_min, due, tell: rule.tell.clone() })
        .collect();
    let facts = Facts::of(request);
    let told = Told { before: Some(facts.clone()), after: Some(facts), text: None, other: None };
    let id: Id<()> = ctx.fresh();
    let body = json!({ "act": "escalate", "reached": levels }).to_string();
    let entry = kernel::values![id, request_id, ctx.now, ctx.actor.to_raw(), ESCALATED, false, body];
    Decision::nothing()
        .change(repo::still_due(request_id, due))
        .change(repo::mark(request_id, due, upto))
        .change(desk::ADD_HISTORY.with(entry))
        .event(NewEvent::new(ESCALATED, request_id, &Escalated { told, reached: levels, act: "escalate" }))
}

/// What is to be sent because of a level. The rules are asked for addresses, which no event holds.
pub fn messages(rules: &[Rule], request: RequestId, facts: &Facts, reached: &Reached) -> Vec<Message> {
    let team = || match (facts.agency, &facts.team) {
        (Some(agency), Some(team)) => Recipient::Team(agency, team.clone()),
        (agency, _) => Recipient::Managers(agency),
    };
    let mut to: BTreeSet<Recipient> = reached
        .tell
        .iter()
        .map(|tell| match tell {
            Tell::Assignee => facts.assignee.map_or_else(team, Recipient::Person),
            Tell::Team => team(),
            Tell::Manager => Recipient::Managers(facts.agency),
        })
        .collect();
    let weight = |rule: &&Rule| (rule.category.is_some(), rule.agency.is_some());
    let is_its = |rule: &&Rule| {
        rule.after_min == reached.after_min
            && rule.category.as_ref().is_none_or(|its| *its == facts.category)
            && (rule.agency.is_none() || rule.agency == facts.agency)
    };
    let its = rules.iter().filter(is_its).max_by_key(weight);
    to.extend(its.and_then(|rule| rule.email.clone()).map(Recipient::Address));
    let key = |to: &Recipient| {
        let hash = blake3::hash(format!("{to:?}").as_bytes()).to_hex();
        format!("escalation:{request}:{}:{}:{}", reached.due.as_microsecond(), reached.after_min, &hash[..16])
    };
    to.into_iter()
        .map(|to| Message { key: key(&to), request, to, after_min: reached.after_min, due: reached.due })
        .collect()
}

/// Sets all of a market's rules.
pub fn set(
    before: &[Rule],
    after: &[Rule],
    agencies: &BTreeMap<Id<Provider>, Vec<String>>,
    version: Version,
) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, rule) in after.iter().enumerate() {
        let at = |field: &str| format!("/rules/{place}{field}");
        if !seen.insert((rule.after_min, &rule.category, rule.agency)) {
            faults.push(Fault::new(at(""), "repeated", "Another rule is for the same moment and requests."));
        }
        if rule.after_min.abs() > limits::ESCALATION_MIN_MAX {
            faults.push(Fault::new(at("/after_min"), "too_far", "Too far from the deadline."));
        }
        if rule.agency.is_some_and(|agency| !agencies.contains_key(&agency)) {
            faults.push(Fault::new(at("/agency"), "unknown", "This market has no such agency."));
        }
        if rule.tell.is_empty() && rule.email.is_none() {
            faults.push(Fault::new(at("/tell"), "nobody", "Say who is told."));
        }
        if let Some(email) = &rule.email {
            let is_sound =
                email.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
            if !is_sound || email.contains(char::is_whitespace) {
                faults.push(Fault::new(at("/email"), "invalid", "Not an e-mail address."));
            }
            faults.extend(text::fault(&at("/email"), email, Lines::One));
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if before == after {
        return Ok(Decision::nothing());
    }
    // Addresses stay out of events.
    let bare: Vec<Rule> = after.iter().map(|rule| Rule { email: None, ..rule.clone() }).collect();
    let event = NewEvent::new("rules.escalations_set", version.next(), &json!({ "rules": bare }));
    Ok(Decision::nothing()
        .change(repo::put_rules(after))
        .change(crate::agency::repo::bump(version))
        .event(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Version = Version { read: 0, now: Timestamp::UNIX_EPOCH };
    use crate::request::state::RoundTheClock;
    use geo::Point;
    use kernel::{Actor, SequentialIds};

    fn at(text: &str) -> Timestamp {
        format!("2026-03-02T{text}:00Z").parse().unwrap()
    }

    fn rule(after_min: i64, category: &str, agency: i64) -> Rule {
        Rule {
            after_min,
            category: (!category.is_empty()).then(|| category.to_owned()),
            agency: (agency != 0).then(|| Id::from_raw(agency)),
            tell: vec![Tell::Team],
            email: None,
        }
    }

    fn watched(upto_min: Option<i64>) -> Watched {
        let agency = Some(Id::from_raw(7));
        Watched { id: Id::from_raw(1), due: at("12:00"), category: "pothole".into(), agency, upto_min }
    }

    #[test]
    fn each_level_once_for_each_deadline() {
        let rules = [rule(-120, "", 0), rule(0, "", 0), rule(60, "", 0)];
        for (now, upto, expect) in [
            ("09:59", None, &[][..]),
            ("10:00", None, &[-120]),
            ("10:30", Some(-120), &[]),
            ("11:59", Some(-120), &[]),
            ("12:00", Some(-120), &[0]),
            ("12:30", Some(0), &[]),
            ("13:00", Some(0), &[60]),
            ("15:00", Some(60), &[]),
            // Nobody looked for a while.
            ("15:00", None, &[-120, 0, 60]),
            ("15:00", Some(-120), &[0, 60]),
        ] {
            let found: Vec<i64> = reached(&rules, &watched(upto), at(now), &RoundTheClock)
                .iter()
                .map(|it| it.after_min)
                .collect();
            assert_eq!(found, expect, "{now} {upto:?}");
        }
    }

    #[test]
    fn the_most_specific_rule_of_a_level_holds() {
        let all = rule(0, "", 0);
        for (rules, expect) in [
            (vec![all.clone(), rule(0, "", 7), rule(0, "pothole", 0), rule(0, "pothole", 7)], ("pothole", 7)),
            (vec![rule(0, "pothole", 0), rule(0, "", 7), all.clone()], ("pothole", 0)),
            (vec![all.clone(), rule(0, "", 7), rule(0, "graffiti", 7)], ("", 7)),
            (vec![all.clone(), rule(0, "", 8), rule(0, "pothole", 8)], ("", 0)),
        ] {
            let found = reached(&rules, &watched(None), at("12:00"), &RoundTheClock);
            assert_eq!(found, [&rule(0, expect.0, expect.1)], "{rules:?}");
        }
    }

    #[test]
    fn the_horizon_is_as_far_as_the_earliest_rule() {
        let now = at("10:00");
        assert_eq!(horizon(&[], now, &RoundTheClock), None);
        assert_eq!(horizon(&[rule(30, "", 0)], now, &RoundTheClock), Some(now));
        assert_eq!(horizon(&[rule(30, "", 0), rule(-90, "", 0)], now, &RoundTheClock), Some(at("11:30")));
    }

    #[test]
    fn a_message_for_each_who_is_told_and_the_same_each_time() {
        let place = Point::from_e7(0, 0).unwrap();
        let mut request = Request::new(Id::from_raw(1), "pothole", "A hole", place, at("08:00"));
        request.agency = Some(Id::from_raw(7));
        let tell = vec![Tell::Assignee, Tell::Team, Tell::Manager];
        let rules = [Rule { tell: tell.clone(), email: Some("roads@x.example".into()), ..rule(0, "", 0) }];
        let reached = Reached { after_min: 0, due: at("12:00"), tell };
        let to = |request: &Request| -> Vec<Recipient> {
            messages(&rules, request.id, &Facts::of(request), &reached).into_iter().map(|it| it.to).collect()
        };
        let managers = Recipient::Managers(request.agency);
        let address = Recipient::Address("roads@x.example".into());
        assert_eq!(to(&request), [managers.clone(), address.clone()]);
        request.team = Some("crew".into());
        let team = Recipient::Team(Id::from_raw(7), "crew".into());
        assert_eq!(to(&request), [team.clone(), managers.clone(), address.clone()]);
        request.assignee = Some(Id::from_raw(9));
        assert_eq!(to(&request), [Recipient::Person(Id::from_raw(9)), team, managers, address]);
        let keys: BTreeSet<String> = messages(&rules, request.id, &Facts::of(&request), &reached)
            .into_iter()
            .chain(messages(&rules, request.id, &Facts::of(&request), &reached))
            .map(|it| it.key)
            .collect();
        assert_eq!(keys.len(), 4);
    }

    #[test]
    fn rules_that_make_no_sense_are_named() {
        let known = BTreeMap::from([(Id::from_raw(7), Vec::new())]);
        for (rule, field) in [
            (rule(0, "", 8), "/rules/0/agency"),
            (Rule { tell: Vec::new(), ..rule(0, "", 7) }, "/rules/0/tell"),
            (Rule { email: Some("nobody".into()), ..rule(0, "", 7) }, "/rules/0/email"),
            (rule(limits::ESCALATION_MIN_MAX + 1, "", 7), "/rules/0/after_min"),
        ] {
            assert_eq!(set(&[], &[rule], &known, READ).unwrap_err().faults()[0].field, field);
        }
        assert!(set(&[], &[rule(0, "", 7), rule(0, "", 7)], &known, READ).is_err());
        assert!(set(&[], &[rule(0, "", 7)], &known, READ).is_ok());
        // What is told everyone who follows events holds no address.
        let with = Rule { email: Some("roads@x.example".into()), ..rule(0, "", 7) };
        assert!(!set(&[], &[with], &known, READ).unwrap().events[0].body.contains("roads"));
    }

    #[test]
    fn an_escalation_is_one_mark_one_entry_one_event() {
        let (ids, zone) = (SequentialIds::starting_at(50), kernel::jiff::tz::TimeZone::UTC);
        let ctx = Ctx { now: at("13:00"), zone: &zone, actor: Actor::System, ids: &ids };
        let place = Point::from_e7(0, 0).unwrap();
        let request = Request::new(Id::from_raw(1), "pothole", "A hole", place, at("08:00"));
        let rules = [rule(0, "", 0), rule(60, "", 0)];
        let decision = escalate(&request, &watched(None), &[&rules[0], &rules[1]], &ctx);
        assert_eq!((decision.changes.len(), decision.events.len()), (3, 1));
        assert_eq!(decision.changes[1], repo::mark(Id::from_raw(1), at("12:00"), 60));
        assert!(escalate(&request, &watched(None), &[], &ctx).is_nothing());
    }
}
