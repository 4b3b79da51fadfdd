//! Holds files of words to each other and to those who speak them; for tests of the apps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use crate::words::{COMMON, Language};

type Messages = BTreeMap<String, BTreeSet<String>>;

/// Of these families one is chosen by what is there.
const FAMILIES: [&str; 4] = ["month-", "fault-", "refusal-", "error-"];
const CALLS: [&str; 8] =
    ["v.t(\"", "v.n(\"", "v.w(\"", "visit.t(\"", "visit.n(\"", "visit.w(\"", "say(\"", "count(\""];

/// The variables of each message, and what is wrong with the file.
fn messages(text: &str, faults: &mut Vec<String>) -> Messages {
    let resource = fluent_syntax::parser::parse(text).unwrap_or_else(|(half, errors)| {
        faults.push(format!("{errors:?}"));
        half
    });
    let mut found = Messages::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut names = BTreeSet::new();
        match &message.value {
            Some(value) => pattern(value, &mut names),
            None => faults.push(format!("{} says nothing", message.id.name)),
        }
        if found.insert(message.id.name.to_owned(), names).is_some() {
            faults.push(format!("{} is there twice", message.id.name));
        }
    }
    found
}

fn pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => variable(inline, names),
            Expression::Select { selector, variants } => {
                variable(selector, names);
                variants.iter().for_each(|variant| self::pattern(&variant.value, names));
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    if let InlineExpression::VariableReference { id } = inline {
        names.insert(id.name.to_owned());
    }
}

/// Every language has every message of the first with the same variables, and no other.
pub fn alike(texts: &[(Language, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(((_, first), others)) = texts.split_first() else { return vec!["no language".to_owned()] };
    let first = messages(first, &mut faults);
    for (language, text) in others {
        let (code, its) = (language.code(), messages(text, &mut faults));
        let missing = first.iter().filter(|(key, names)| its.get(*key) != Some(names));
        faults.extend(missing.map(|(key, _)| format!("{code}: {key}")));
        let more = its.keys().filter(|key| !first.contains_key(*key));
        faults.extend(more.map(|key| format!("{code}: {key} is in no other language")));
    }
    faults
}

/// The words between quotes after each call that speaks.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let found = CALLS.iter().flat_map(move |call| {
        text.match_indices(call).filter_map(move |(place, _)| text[place + call.len()..].split('"').next())
    });
    found.filter(|key| !key.contains('{') && !key.is_empty())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Every message that the files below `root` speak of is in `own` or in those of all pages, and each of `own` is
/// spoken of, or belongs to one of `families`.
pub fn spoken(root: &Path, own: &str, families: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let own = messages(own, &mut faults);
    let common = messages(COMMON[0].1, &mut faults);
    let mut paths = Vec::new();
    files(&root.join("templates"), &mut paths);
    files(&root.join(if root.join("src/pages").is_dir() { "src/pages" } else { "src" }), &mut paths);
    let mut whole = String::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let lost = keys(&text).filter(|key| !own.contains_key(*key) && !common.contains_key(*key));
        faults.extend(lost.map(|key| format!("{}: {key} is no message", path.display())));
        whole += &text;
    }
    let is_spoken = |key: &String| {
        whole.contains(&format!("\"{key}\""))
            || FAMILIES.iter().chain(families).any(|family| key.starts_with(family))
    };
    faults.extend(own.keys().filter(|key| !is_spoken(key)).map(|key| format!("nobody says {key}")));
    faults
}
