use proptest::prelude::*;
use serde_json::json;

use super::*;

fn with(texts: &[(&str, &str)]) -> Templates {
    texts
        .iter()
        .fold(Templates(BTreeMap::new()), |all, (language, text)| all.add("test", language, text).unwrap())
}

#[test]
fn our_own_texts_are_whole_in_every_language() {
    let templates = Templates::new().unwrap();
    assert_eq!(templates.faults(), Vec::<String>::new());
    assert_eq!(templates.languages(), BTreeSet::from(LANGUAGES));
}

#[test]
fn what_is_missing_or_different_is_named() {
    let templates = with(&[
        ("en", "a = Hello { $name }\n    .sms = Hi { $name }\nb = Bye"),
        ("fr", "a = Bonjour\n    .sms = Salut { $name }"),
    ]);
    let faults = templates.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("test.a speaks of"), "{faults:?}");
    assert_eq!(faults[1], "test.b is missing in fr");
    let nested = "a = { $n ->\n    [one] { $n } by { $who }\n   *[other] { NUMBER($n) } by { $who }\n }";
    assert!(with(&[("en", nested), ("fr", "a = { $who } : { $n }")]).faults().is_empty());
}

#[test]
fn the_recipients_language_comes_first() {
    let templates = with(&[("en", "a = Hello"), ("fr", "a = Bonjour\nb = Salut"), ("pt-BR", "a = Oi")]);
    for (languages, template, expect) in [
        (&["fr"][..], "test.a", "Bonjour"),
        (&["fr-CI", "en"], "test.a", "Bonjour"),
        (&["FR"], "test.a", "Bonjour"),
        (&["pt-BR"], "test.a", "Oi"),
        (&["rw", "pt-br"], "test.a", "Oi"),
        (&["rw"], "test.a", "Hello"),
        (&[], "test.a", "Hello"),
        (&["en"], "test.b", "Salut"),
    ] {
        assert_eq!(templates.words(template, languages, &json!({})).unwrap().text, expect, "{languages:?}");
    }
    for missing in ["test.c", "other.a", "a", ""] {
        assert_eq!(templates.words(missing, &["en"], &json!({})), Err(Wordless::Unknown(missing.into())));
    }
}

#[test]
fn each_channel_has_its_words() {
    let text = "a = { $n } holes\n    .subject = Holes: { $n }\n    .sms = { $n }!\nb = One\n    two";
    let templates = with(&[("en", text)]);
    let words = templates.words("test.a", &["en"], &json!({"n": 3})).unwrap();
    let expect = ("Holes: 3", "3 holes", "3!", "Holes: 3");
    assert_eq!((&*words.subject, &*words.text, &*words.sms, &*words.title), expect);
    let plain = templates.words("test.b", &["en"], &json!({})).unwrap();
    assert_eq!((&*plain.subject, &*plain.sms), ("One", "One\ntwo"));
    let unfilled = templates.words("test.a", &["en"], &json!({"m": 3}));
    assert!(matches!(unfilled, Err(Wordless::Unfilled { .. })), "{unfilled:?}");
}

#[test]
fn broken_files_are_told() {
    for (language, text) in [("en", "a = {"), ("", "a = A"), ("en", "a = A\na = B")] {
        let added = Templates(BTreeMap::new()).add("test", language, text);
        assert!(added.is_err(), "{language} {text}");
    }
}

proptest! {
    #[test]
    fn what_somebody_wrote_steers_nothing(name in "\\PC{0,20}[\r\n\u{7}\u{1b}\u{202e}]?\\PC{0,20}") {
        let templates = with(&[("en", "a = Dear { $name }\n    .subject = To { $name }")]);
        let words = templates.words("test.a", &["en"], &json!({"name": name})).unwrap();
        prop_assert!(!words.subject.chars().any(char::is_control), "{:?}", words.subject);
        prop_assert!(words.text.chars().all(|c| !c.is_control() || c == '\n'), "{:?}", words.text);
    }
}
