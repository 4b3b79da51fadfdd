use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::*;

/// The variables of each message.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let resource = fluent_syntax::parser::parse(language.text())
        .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", language.code()));
    let mut found = BTreeMap::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut names = BTreeSet::new();
        pattern(message.value.as_ref().expect("a message says something"), &mut names);
        let before = found.insert(message.id.name.to_owned(), names);
        assert!(before.is_none(), "{}: {} twice", language.code(), message.id.name);
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

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let english = messages(Language::English);
    assert!(english.len() > 150);
    for language in [Language::Spanish, Language::French] {
        let its = messages(language);
        for (key, names) in &english {
            assert_eq!(its.get(key), Some(names), "{}: {key}", language.code());
        }
        let more: Vec<_> = its.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(more.is_empty(), "{}: {more:?}", language.code());
    }
}

/// The words between quotes after each of these calls.
fn keys(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in ["v.t(\"", "v.n(\"", "v.w(\"", "visit.t(\"", "visit.n(\"", "visit.w(\"", "say(\"", "count(\""]
    {
        for (place, _) in text.match_indices(call) {
            let rest = &text[place + call.len()..];
            found.push(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    found
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_message_that_is_spoken_of_is_there_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("templates"), &mut paths);
    files(&root.join("src/pages"), &mut paths);
    let english = messages(Language::English);
    let mut whole = String::new();
    for path in paths.iter().filter(|path| !path.ends_with("words/tests.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        for key in keys(&text).into_iter().filter(|key| !key.contains('{') && !key.is_empty()) {
            assert!(english.contains_key(&key), "{}: {key}", path.display());
        }
        whole += &text;
    }
    // Of these families one is chosen by what is there.
    let families =
        ["month-", "status-", "fault-", "refusal-", "happened-", "error-", "bulk-", "act-", "order-"];
    let unused: Vec<_> = english
        .keys()
        .filter(|key| {
            !whole.contains(&format!("\"{key}\"")) && !families.iter().any(|family| key.starts_with(family))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn the_language_is_the_most_wanted_that_we_have() {
    for (header, expected) in [
        ("fr-CH, fr;q=0.9, en;q=0.8", Some(Language::French)),
        ("de, es;q=0.5, en;q=0.7", Some(Language::English)),
        ("de", None),
        ("es-419", Some(Language::Spanish)),
        ("en;q=0", None),
        ("*", None),
        ("", None),
        (";;q=;,", None),
    ] {
        assert_eq!(Language::accepted(header), expected, "{header}");
    }
}

#[test]
fn numbers_days_and_spans_are_written_as_their_readers_do() {
    let at: Timestamp = "2026-03-01T23:30:00Z".parse().unwrap();
    let zone = kernel::zone::zone("Africa/Lagos").unwrap();
    for (language, number, time, span) in [
        (Language::English, "1,234,567", "2 March 2026, 00:30", "3 days"),
        (Language::Spanish, "1.234.567", "2 de marzo de 2026, 00:30", "3 días"),
        (Language::French, "1\u{202f}234\u{202f}567", "2 mars 2026 à 00:30", "3 jours"),
    ] {
        assert_eq!(language.number(1_234_567), number);
        assert_eq!(language.time(at, &zone), time);
        assert_eq!(language.span(4_400), span);
    }
    assert_eq!(Language::Spanish.number(1234), "1234");
    assert_eq!(Language::English.number(-999), "-999");
}
