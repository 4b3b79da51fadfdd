//! An address as words: without case and accents, with one way of writing what is often abbreviated.
//!
//! The words are compared and never shown, so that it does not matter that a saint and a street become
//! the same.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How the same is written in many ways. The short way is the one that is kept.
const SAME: &[(&str, &[&str])] = &[
    ("st", &["street", "str", "saint", "ste"]),
    ("ave", &["avenue", "av", "aven", "avenida", "avda"]),
    ("rd", &["road"]),
    ("blvd", &["boulevard", "boul", "bd", "blv", "bulevar"]),
    ("dr", &["drive"]),
    ("ln", &["lane"]),
    ("ct", &["court"]),
    ("pl", &["place", "plaza", "plz"]),
    ("sq", &["square"]),
    ("ter", &["terrace", "terr"]),
    ("pkwy", &["parkway", "pky"]),
    ("hwy", &["highway"]),
    ("cir", &["circle"]),
    ("cl", &["calle", "c"]),
    ("r", &["rue"]),
    ("ch", &["chemin"]),
    ("mt", &["mount", "mont"]),
    ("ft", &["fort"]),
    ("n", &["north", "norte", "nord"]),
    ("s", &["south", "sur", "sud"]),
    ("e", &["east", "este", "est"]),
    ("w", &["west", "oeste", "ouest"]),
    ("1st", &["first"]),
    ("2nd", &["second"]),
    ("3rd", &["third"]),
    ("4th", &["fourth"]),
    ("5th", &["fifth"]),
    ("6th", &["sixth"]),
    ("7th", &["seventh"]),
    ("8th", &["eighth"]),
    ("9th", &["ninth"]),
    ("10th", &["tenth"]),
];

/// Words that so many streets have that they find none.
const COMMON: &[&str] = &[
    "st", "ave", "rd", "blvd", "dr", "ln", "ct", "pl", "sq", "ter", "pkwy", "hwy", "cir", "cl", "r", "ch",
    "n", "s", "e", "w", "de", "del", "la", "le", "les", "du", "des", "the", "of", "way",
];

/// Words that say that a flat follows.
const UNIT: &[&str] = &["unit", "apt", "apartment", "flat", "suite", "no", "nr", "num", "number"];

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<String> {
    let plain: Vec<char> = text
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .filter(|letter| !matches!(letter, '\'' | '\u{2019}' | '.'))
        .collect();
    let digit_at =
        |place: Option<usize>| place.and_then(|at| plain.get(at)).is_some_and(char::is_ascii_digit);
    let mut words: Vec<String> = vec![String::new()];
    for (place, letter) in plain.iter().enumerate() {
        // A range of house numbers is one word: 12-18.
        let in_range = *letter == '-' && digit_at(place.checked_sub(1)) && digit_at(Some(place + 1));
        match (letter.is_alphanumeric() || in_range, words.last_mut()) {
            (true, Some(word)) if *letter == 'ß' => word.push_str("ss"),
            (true, Some(word)) => word.push(*letter),
            (false, Some(word)) if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).map(same).collect()
}

fn same(word: String) -> String {
    if let Some((kept, _)) = SAME.iter().find(|(_, ways)| ways.contains(&word.as_str())) {
        return (*kept).to_owned();
    }
    match word.strip_suffix("strasse") {
        Some(name) if !name.is_empty() => format!("{name}str"),
        _ => word,
    }
}

pub fn is_common(word: &str) -> bool {
    COMMON.contains(&word)
}

pub fn is_unit_mark(word: &str) -> bool {
    UNIT.contains(&word)
}

/// The words by which a street is found: those that not every street has, unless it has no others.
pub fn telling(words: &[String]) -> Vec<&str> {
    let telling: Vec<&str> = words.iter().map(String::as_str).filter(|word| !is_common(word)).collect();
    if telling.is_empty() { words.iter().map(String::as_str).collect() } else { telling }
}

/// First and last of the house numbers that a word stands for, if it may be one: 12, 12b, 12-18.
pub fn house_numbers(word: &str) -> Option<(i64, i64)> {
    let is_ordinal = ["st", "nd", "rd", "th"].iter().any(|ending| word.ends_with(ending));
    let number = |text: &str| -> Option<i64> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let letters = text.len() - digits;
        let sound = (1..=6).contains(&digits) && letters <= 2;
        sound.then(|| text.get(..digits)?.parse().ok())?
    };
    if is_ordinal {
        return None;
    }
    match word.split_once('-') {
        None => number(word).map(|number| (number, number)),
        Some((low, high)) => {
            let (low, high) = (number(low)?, number(high)?);
            Some(if low <= high { (low, high) } else { (low, low) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_the_same_becomes_the_same() {
        for (one, other) in [
            ("12 Main Street", "12 MAIN ST."),
            ("5 Fifth Avenue", "5 5th Ave"),
            ("Rue de l'Église", "rue de leglise"),
            ("Avenida José Martí", "Av. Jose Marti"),
            ("Hauptstraße 3", "hauptstrasse 3"),
            ("North St.  Mark’s Place", "N Saint Marks Pl"),
            ("Boul. Saint-Michel", "Boulevard St Michel"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
        assert_eq!(words("12-18 Main St, #4"), ["12-18", "main", "st", "4"]);
        assert_eq!(words(" -,; "), [""; 0]);
        assert_eq!(telling(&words("The Avenue")), ["the", "ave"]);
        assert_eq!(telling(&words("North Main Street")), ["main"]);
    }

    #[test]
    fn house_numbers_are_told_from_other_words() {
        for (word, expect) in [
            ("12", Some((12, 12))),
            ("12b", Some((12, 12))),
            ("12-18", Some((12, 18))),
            ("18-12", Some((18, 18))),
            ("5th", None),
            ("main", None),
            ("", None),
            ("1234567", None),
            ("12abc", None),
            ("1é", Some((1, 1))),
        ] {
            assert_eq!(house_numbers(word), expect, "{word}");
        }
    }

    proptest! {
        #[test]
        fn words_of_words_are_themselves(text in "\\PC{0,40}") {
            let once = words(&text);
            prop_assert!(once.iter().all(|word| !word.is_empty()));
            prop_assert!(once.iter().filter_map(|word| house_numbers(word)).all(|(low, high)| low <= high));
            prop_assert_eq!(words(&once.join(" ")).len(), once.len());
        }
    }
}
