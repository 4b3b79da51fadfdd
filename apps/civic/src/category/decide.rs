use std::collections::{BTreeMap, BTreeSet};

use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Decision, Fault, Refusal};

use super::model::{Category, NewCategory};
use super::question::Question;
use super::repo;
use crate::limits;
use crate::rules;

/// Adds categories, and changes those that are known; others stay as they are.
pub fn set(categories: &[Category], now: Timestamp) -> Result<Decision, Refusal> {
    if categories.len() > limits::CATEGORIES_MAX {
        let message = format!("A market has at most {} categories.", limits::CATEGORIES_MAX);
        return Err(Refusal::invalid(vec![Fault::new("", "too_many", message)]));
    }
    let puts = categories.iter().map(repo::put);
    Ok(Decision::nothing().changes(puts).change(rules::repo::changed(now)))
}

/// These are a market's categories from now on. One that is known and not among them is closed, not
/// removed, because requests speak of it. `known` is what there is at this version of the rules; the
/// answer is all categories as they are then.
pub fn replace(
    (version, known): (i64, &[Category]),
    wanted: Vec<NewCategory>,
    now: Timestamp,
) -> Result<(Decision, Vec<Category>), Refusal> {
    let faults = faults(&wanted);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let mut all: Vec<Category> = wanted.into_iter().map(Category::from).collect();
    let named: BTreeSet<String> = all.iter().map(|category| category.code.clone()).collect();
    let left = known.iter().filter(|category| !named.contains(&category.code));
    all.extend(left.map(|category| Category { open: false, ..category.clone() }));
    if all.len() > limits::CATEGORIES_KEPT_MAX {
        let message = "There were so many categories here that no more can be added; open old ones again.";
        return Err(Refusal::invalid(vec![Fault::new("/items", "too_many", message)]));
    }
    let puts: Vec<_> = all.iter().filter(|category| !known.contains(category)).map(repo::put).collect();
    all.sort_by(|a, b| (a.place, &a.code).cmp(&(b.place, &b.code)));
    if puts.is_empty() {
        return Ok((Decision::nothing(), all));
    }
    Ok((Decision::nothing().changes(puts).change(rules::repo::changed_from(version, now)), all))
}

fn faults(wanted: &[NewCategory]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut codes = BTreeSet::new();
    for (place, category) in wanted.iter().enumerate() {
        let at = format!("/items/{place}");
        if !codes.insert(category.code.as_str()) {
            faults.push(Fault::new(format!("{at}/code"), "repeated", "Another category has this code too."));
        }
        said(&mut faults, format!("{at}/name"), &category.name, Lines::One);
        for (name, text, lines) in [
            ("group", &category.group, Lines::One),
            ("about", &category.about, Lines::Many),
            ("notice", &category.notice, Lines::Many),
        ] {
            faults.extend(text.as_ref().and_then(|it| text::fault(&format!("{at}/{name}"), it, lines)));
        }
        for (number, word) in category.keywords.iter().enumerate() {
            let field = format!("{at}/keywords/{number}");
            if word.contains(',') {
                faults.push(Fault::new(field, "bad_character", "A word has no comma."));
            } else {
                said(&mut faults, field, word, Lines::One);
            }
        }
        questions(&mut faults, &at, &category.questions);
    }
    faults.truncate(limits::FAULTS_MAX);
    faults
}

fn questions(faults: &mut Vec<Fault>, at: &str, questions: &[Question]) {
    let mut codes = BTreeSet::new();
    for (place, question) in questions.iter().enumerate() {
        let at = format!("{at}/questions/{place}");
        if !codes.insert(question.code.as_str()) {
            faults.push(Fault::new(format!("{at}/code"), "repeated", "Another question has this code too."));
        }
        said(faults, format!("{at}/description"), &question.description, Lines::Many);
        let how = question.datatype_description.as_ref();
        faults.extend(how.and_then(|it| text::fault(&format!("{at}/datatype_description"), it, Lines::Many)));
        let field = format!("{at}/values");
        match (question.datatype.is_list() && question.variable, question.values.is_empty()) {
            (true, true) => faults.push(Fault::new(field, "missing", "Say what may be chosen.")),
            (false, false) => {
                faults.push(Fault::new(field, "not_wanted", "Only answers that are chosen have values."));
            }
            _ => {}
        }
        let mut keys = BTreeSet::new();
        for (number, choice) in question.values.iter().enumerate() {
            let at = format!("{at}/values/{number}");
            if !keys.insert(choice.key.as_str()) {
                faults.push(Fault::new(format!("{at}/key"), "repeated", "Another value has this key too."));
            }
            said(faults, format!("{at}/key"), &choice.key, Lines::One);
            said(faults, format!("{at}/name"), &choice.name, Lines::One);
        }
    }
}

/// There must be something to see.
fn said(faults: &mut Vec<Fault>, field: String, text: &str, lines: Lines) {
    match text::fault(&field, text, lines) {
        Some(fault) => faults.push(fault),
        None if text::is_blank(text) => faults.push(Fault::new(field, "blank", "Say something.")),
        None => {}
    }
}

/// What a batch of reports adds to the counts: one change for each category, however many reports.
pub fn count<'a>(reported_in: impl IntoIterator<Item = &'a str>) -> Decision {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for category in reported_in {
        *counts.entry(category).or_default() += 1;
    }
    Decision::nothing().changes(counts.into_iter().map(|(category, more)| repo::add(category, more)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_batch_counts_each_category_once() {
        let decision = count(["pothole", "waste", "pothole"]);
        assert_eq!(
            decision,
            Decision::nothing().change(repo::add("pothole", 2)).change(repo::add("waste", 1))
        );
    }

    #[test]
    fn too_many_categories_are_refused() {
        let category = Category::named("a", "A");
        assert!(set(&vec![category.clone(); limits::CATEGORIES_MAX], NOW).is_ok());
        assert!(set(&vec![category; limits::CATEGORIES_MAX + 1], NOW).is_err());
    }

    fn new(items: Value) -> Vec<NewCategory> {
        serde_json::from_value(items).unwrap()
    }

    #[test]
    fn one_that_is_no_longer_named_is_closed_and_what_stays_is_not_written() {
        let known = [Category::named("lamp", "Lamp"), Category::named("tree", "Tree")];
        let wanted =
            new(json!([{ "code": "tree", "name": "Tree" }, { "code": "hole", "name": "Hole", "place": 2 }]));
        let (decision, all) = replace((0, &known), wanted.clone(), NOW).unwrap();
        let codes: Vec<_> = all.iter().map(|it| (it.code.as_str(), it.open)).collect();
        assert_eq!(codes, [("lamp", false), ("tree", true), ("hole", true)]);
        assert_eq!(decision.changes.len(), 3, "the one that is new, the one that is closed, the version");
        let (again, _) = replace((0, &all), wanted, NOW).unwrap();
        assert!(again.is_nothing());
    }

    #[test]
    fn every_fault_is_named() {
        let question = |code: &str, datatype: &str, values: Value| json!({ "code": code, "datatype": datatype, "description": "What?", "values": values });
        let rows = [
            (json!([{ "code": "a", "name": " " }]), &["/items/0/name blank"][..]),
            (
                json!([{ "code": "a", "name": "A" }, { "code": "a", "name": "B\n", "keywords": ["x,y", " "] }]),
                &[
                    "/items/1/code repeated",
                    "/items/1/name bad_character",
                    "/items/1/keywords/0 bad_character",
                    "/items/1/keywords/1 blank",
                ],
            ),
            (
                json!([{ "code": "a", "name": "A", "questions": [
                    question("q", "singlevaluelist", json!([])),
                    question("q", "number", json!([{ "key": "k", "name": "K" }, { "key": "k", "name": "K" }])),
                ] }]),
                &[
                    "/items/0/questions/0/values missing",
                    "/items/0/questions/1/code repeated",
                    "/items/0/questions/1/values not_wanted",
                    "/items/0/questions/1/values/1/key repeated",
                ],
            ),
        ];
        for (items, expected) in rows {
            let refusal = replace((0, &[]), new(items.clone()), NOW).unwrap_err();
            let named: Vec<String> =
                refusal.faults().iter().map(|it| format!("{} {}", it.field, it.code)).collect();
            assert_eq!(named, expected, "{items}");
        }
    }
}
