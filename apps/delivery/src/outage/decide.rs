use std::collections::{BTreeMap, BTreeSet};

use geo::geojson::Feature;
use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, NewEvent, NewJob, Refusal};
use serde_json::Value;

use super::jobs::{TURN, turn_key};
use super::model::{Area, AreaCuts, BEGAN, Cut, ENDED, OutageSet, Told};
use super::{Plan, limits, repo, warning};

/// The one row by which all outages of a market have their version, and their events their order.
pub const SET: i64 = 1;

/// All areas become those of a document. A code is the property `code`, or the feature's id; a name is
/// the property `name`.
pub fn areas(features: Vec<Feature>) -> Result<Vec<Area>, Refusal> {
    let mut faults = Vec::new();
    if features.len() > limits::AREAS_MAX {
        let message = format!("At most {} areas.", limits::AREAS_MAX);
        faults.push(Fault::new("/features", "too_many", message));
    }
    let mut seen = BTreeSet::new();
    let mut areas = Vec::with_capacity(features.len());
    for (place, feature) in features.into_iter().enumerate() {
        let said = |name: &str| match feature.properties.get(name) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let code = Some(said("code")).filter(|code| !code.is_empty()).or(feature.id.clone());
        let (code, name) = (code.unwrap_or_default(), said("name"));
        let field = format!("/features/{place}/properties/");
        faults.extend(word_fault(&format!("{field}code"), &code, limits::AREA_CODE_BYTES_MAX));
        faults.extend(word_fault(&format!("{field}name"), &name, limits::AREA_NAME_BYTES_MAX));
        if !seen.insert(code.clone()) {
            let message = format!("Another area has the code {code} too.");
            faults.push(Fault::new(format!("{field}code"), "repeated", message));
        }
        areas.push(Area { code, name, shape: feature.shape });
    }
    faults.truncate(limits::FAULTS_MAX);
    if faults.is_empty() { Ok(areas) } else { Err(Refusal::invalid(faults)) }
}

fn word_fault(field: &str, word: &str, bytes_max: usize) -> Option<Fault> {
    if text::is_blank(word) || word.len() > bytes_max {
        return Some(Fault::new(field, "bad_length", format!("Must have 1 to {bytes_max} bytes.")));
    }
    text::fault(field, word, Lines::One)
}

/// All areas become these. Cuts stay as they are.
pub fn replace_areas(
    areas: &[Area],
    present: &[String],
    set: Option<&OutageSet>,
    ctx: &Ctx<'_>,
) -> (Decision, OutageSet) {
    let kept: BTreeSet<&str> = areas.iter().map(|area| area.code.as_str()).collect();
    let gone = present.iter().filter(|code| !kept.contains(code.as_str()));
    let next = next(set, |next| next.areas = areas.len() as i64);
    let decision = Decision::nothing()
        .change(repo::put_set(&next, ctx.now))
        .changes(gone.map(|code| repo::remove_area(code)))
        .changes(areas.iter().map(repo::put_area))
        .job(warning::look(ctx.now));
    (decision, next)
}

/// All cuts become these. Where a cut was told of that is no more, its end is told at once; what begins
/// or ends later is told when it does.
pub fn replace_cuts(
    cuts: &BTreeMap<String, Vec<Cut>>,
    present: &[AreaCuts],
    set: Option<&OutageSet>,
    ctx: &Ctx<'_>,
) -> (Decision, OutageSet) {
    let next = next(set, |next| next.cuts = cuts.values().map(|its| its.len() as i64).sum());
    let mut decision = Decision::nothing().change(repo::put_set(&next, ctx.now));
    for gone in present.iter().filter(|its| !cuts.contains_key(&its.area)) {
        decision = decision.change(repo::remove_cuts(&gone.area));
        if gone.is_told {
            decision = decision.event(told(&gone.area, None));
        }
    }
    decision = decision.changes(cuts.iter().map(|(area, cuts)| repo::put_cuts(area, cuts)));
    // Whatever is the case already is told by a turn of its own, which reads what was committed here.
    (decision.job(turn(ctx.now)).job(warning::look(ctx.now)), next)
}

fn next(set: Option<&OutageSet>, change: impl FnOnce(&mut OutageSet)) -> OutageSet {
    let mut next = set.cloned().unwrap_or(OutageSet { version: 0, areas: 0, cuts: 0 });
    next.version += 1;
    change(&mut next);
    next
}

/// Tells what has changed since it was told last, and comes again with the next change.
pub fn tell(present: &[AreaCuts], plan: &Plan, version: i64, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    for its in present {
        let cut = plan.is_cut(&its.area, now);
        if cut.is_some() != its.is_told {
            decision = decision.change(repo::told(&its.area, cut.is_some())).event(told(&its.area, cut));
        }
    }
    if !decision.is_nothing() {
        // Its lock keeps the events in order; and another schedule must not have come meanwhile.
        decision = decision.change(repo::hold_set(version));
    }
    match plan.next_change_anywhere(now) {
        Some(next) => decision.job(turn(next)),
        None => decision,
    }
}

fn told(area: &str, cut: Option<&Cut>) -> NewEvent {
    let (from, until, stage) = (cut.map(|cut| cut.from), cut.map(|cut| cut.until), cut.map(|cut| cut.stage));
    let body = Told { area: area.to_owned(), from, until, stage };
    NewEvent::new(if cut.is_some() { BEGAN } else { ENDED }, SET, &body)
}

fn turn(due: Timestamp) -> NewJob {
    NewJob::new(TURN, due, &()).once(turn_key(due))
}
