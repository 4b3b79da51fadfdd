use std::sync::LazyLock;

use super::*;
use crate::check;

static ALL: LazyLock<Book> = LazyLock::new(|| Book::new(&Language::ALL.map(|language| (language, ""))));

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    assert_eq!(check::alike(&COMMON), Vec::<String>::new());
    let less = [COMMON[0], (Language::French, "skip = Aller au { $contenu }")];
    assert!(check::alike(&less).len() > 50, "a check that finds nothing is none");
}

#[test]
fn every_message_that_is_spoken_of_is_there_and_no_other() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let families = ["back", "more", "span-", "date-"];
    assert_eq!(check::spoken(root, COMMON[0].1, &families), Vec::<String>::new());
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
        assert_eq!(ALL.accepted(header), expected, "{header}");
    }
    let english = Book::new(&[(Language::English, "")]);
    assert_eq!(english.accepted("fr, en;q=0.1"), Some(Language::English), "what is not spoken is not chosen");
    assert_eq!((english.named("fr"), english.first()), (None, Language::English));
}

#[test]
fn what_an_app_says_takes_the_place_of_what_all_say() {
    static OWN: LazyLock<Book> = LazyLock::new(|| Book::new(&[(Language::English, "back = Return")]));
    let tongue = OWN.tongue(Language::English);
    assert_eq!((tongue.say("back", &[]), tongue.say("more", &[])), ("Return".into(), "More".into()));
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
        let tongue = ALL.tongue(language);
        assert_eq!(tongue.number(1_234_567), number);
        assert_eq!(tongue.time(at, &zone), time);
        assert_eq!(tongue.span(4_400), span);
    }
    assert_eq!(ALL.tongue(Language::Spanish).number(1234), "1234");
    assert_eq!(ALL.tongue(Language::English).number(-999), "-999");
}
