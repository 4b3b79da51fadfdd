use std::collections::BTreeSet;

use geo::geojson::Feature;
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, NewEvent, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{AreaSet, NewArea, kind_fault};
use super::repo;
use crate::limits;

pub const REPLACED: &str = "area.replaced";

/// What followers of `area.replaced` learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    pub kind: String,
    pub version: i64,
    pub areas: i64,
}

/// What a kind of area is now.
#[derive(Debug, Clone, Default)]
pub struct Present {
    pub sets: Vec<AreaSet>,
    pub codes: Vec<String>,
}

/// The areas of a document, or everything that is wrong with their codes and names. A code is the
/// property `code`, or the feature's id; a name is the property `name`.
pub fn areas(kind: &str, features: Vec<Feature>) -> Result<Vec<NewArea>, Refusal> {
    let mut faults: Vec<Fault> = kind_fault("/kind", kind).into_iter().collect();
    if features.len() > limits::AREAS_PER_KIND_MAX {
        let message = format!("A market has at most {} areas of a kind.", limits::AREAS_PER_KIND_MAX);
        faults.push(Fault::new("/features", "too_many", message));
    }
    let mut seen = BTreeSet::new();
    let mut areas = Vec::with_capacity(features.len());
    for (place, feature) in features.into_iter().enumerate() {
        let at = format!("/features/{place}");
        let code = said(feature.properties.get("code")).or(feature.id).unwrap_or_default();
        let name = said(feature.properties.get("name")).unwrap_or_default();
        let (code, name) = (code.trim().to_owned(), name.trim().to_owned());
        let code_at = format!("{at}/properties/code");
        let number = place + 1;
        faults.extend(fault(&code_at, &code, limits::AREA_CODE_BYTES_MAX, number, "a code"));
        let name_at = format!("{at}/properties/name");
        faults.extend(fault(&name_at, &name, limits::AREA_NAME_BYTES_MAX, number, "a name"));
        if code.contains('/') {
            faults.push(Fault::new(&code_at, "bad_character", "A code must not hold a slash."));
        }
        if !code.is_empty() && !seen.insert(code.clone()) {
            let message = format!("Feature {number}: another one has the code {code} too.");
            faults.push(Fault::new(&code_at, "repeated", message));
        }
        areas.push(NewArea { code, name, shape: feature.shape });
    }
    faults.truncate(limits::IMPORT_FAULTS_MAX);
    if faults.is_empty() { Ok(areas) } else { Err(Refusal::invalid(faults)) }
}

fn said(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn fault(field: &str, value: &str, bytes_max: usize, number: usize, what: &str) -> Option<Fault> {
    if text::is_blank(value) {
        return Some(Fault::new(field, "missing", format!("Feature {number}: {what} must be given.")));
    }
    if value.len() > bytes_max {
        let message = format!("Feature {number}: {what} has at most {bytes_max} bytes.");
        return Some(Fault::new(field, "too_long", message));
    }
    text::fault(field, value, Lines::One)
}

/// All areas of a kind become these.
pub fn replace(
    kind: &str,
    areas: &[NewArea],
    present: &Present,
    ctx: &Ctx<'_>,
) -> Result<(Decision, AreaSet), Refusal> {
    let before = present.sets.iter().find(|set| set.kind == kind);
    if before.is_none() && present.sets.len() >= limits::AREA_KINDS_MAX {
        let message = format!("A market has at most {} kinds of area.", limits::AREA_KINDS_MAX);
        return Err(Refusal::invalid(vec![Fault::new("/kind", "too_many", message)]));
    }
    let version = before.map_or(0, |set| set.version) + 1;
    let kept: BTreeSet<&str> = areas.iter().map(|area| area.code.as_str()).collect();
    let gone = present.codes.iter().filter(|code| !kept.contains(code.as_str()));
    let set = AreaSet { kind: kind.to_owned(), version, areas: areas.len() as i64 };
    let event = Replaced { kind: set.kind.clone(), version, areas: set.areas };
    let decision = Decision::nothing()
        .change(repo::set(&set, ctx.now))
        .changes(gone.map(|code| repo::remove(kind, code)))
        .changes(areas.iter().map(|area| repo::put(kind, area, version)))
        .event(NewEvent::new(REPLACED, version, &event));
    Ok((decision, set))
}
