//! How long a text message is, in the parts that a provider bills: 160 letters of the GSM alphabet or
//! 70 of any other, a little less in each where there are several.

/// Of the basic table, besides ASCII letters and digits.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// These take two places.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    Gsm7,
    Ucs2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    pub alphabet: Alphabet,
    /// Septets or UTF-16 units.
    pub units: usize,
    pub parts: usize,
}

/// Places that a letter takes; `None` where the GSM alphabet lacks it.
fn septets(letter: char) -> Option<usize> {
    match letter {
        letter if letter.is_ascii_alphanumeric() || BASIC.contains(letter) => Some(1),
        letter if EXTENDED.contains(letter) => Some(2),
        _ => None,
    }
}

impl Alphabet {
    pub fn of(text: &str) -> Self {
        if text.chars().all(|letter| septets(letter).is_some()) { Alphabet::Gsm7 } else { Alphabet::Ucs2 }
    }

    fn units(self, letter: char) -> usize {
        match self {
            Alphabet::Gsm7 => septets(letter).unwrap_or(1),
            Alphabet::Ucs2 => letter.len_utf16(),
        }
    }

    fn room(self) -> (usize, usize) {
        match self {
            Alphabet::Gsm7 => (160, 153),
            Alphabet::Ucs2 => (70, 67),
        }
    }
}

pub fn length(text: &str) -> Length {
    let alphabet = Alphabet::of(text);
    let (one, each) = alphabet.room();
    let units = text.chars().map(|letter| alphabet.units(letter)).sum();
    if units <= one {
        return Length { alphabet, units, parts: usize::from(units > 0) };
    }
    // A letter of two places is not torn apart between two parts.
    let (mut parts, mut used) = (1, 0);
    for letter in text.chars() {
        let its = alphabet.units(letter);
        if used + its > each {
            parts += 1;
            used = 0;
        }
        used += its;
    }
    Length { alphabet, units, parts }
}

/// The text itself, or as much of it as goes into so many parts, with an end that shows it.
pub fn fit(text: &str, parts_max: usize) -> String {
    if length(text).parts <= parts_max {
        return text.to_owned();
    }
    let mut letters: Vec<char> = text.chars().collect();
    // No part holds more letters than this, so that only a little is left to be cut one by one.
    letters.truncate(parts_max * Alphabet::Gsm7.room().0);
    while letters.pop().is_some() {
        let cut = letters.iter().collect::<String>().trim_end().to_owned() + "...";
        if length(&cut).parts <= parts_max {
            return cut;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_counted_as_they_are_billed() {
        use Alphabet::{Gsm7, Ucs2};
        for (text, alphabet, units, parts) in [
            (String::new(), Gsm7, 0, 0),
            ("a".repeat(160), Gsm7, 160, 1),
            ("a".repeat(161), Gsm7, 161, 2),
            ("a".repeat(306), Gsm7, 306, 2),
            ("a".repeat(307), Gsm7, 307, 3),
            ("é¿ñ@\n".to_owned(), Gsm7, 5, 1),
            ("€".repeat(80), Gsm7, 160, 1),
            ("€".repeat(81), Gsm7, 162, 2),
            // 152 letters, then one of two places that goes into the next part.
            (format!("{}€{}", "a".repeat(152), "b".repeat(151)), Gsm7, 305, 2),
            (format!("{}€{}", "a".repeat(152), "b".repeat(152)), Gsm7, 306, 3),
            ("á".repeat(70), Ucs2, 70, 1),
            ("á".repeat(71), Ucs2, 71, 2),
            ("ሀ".repeat(134), Ucs2, 134, 2),
            ("ሀ".repeat(135), Ucs2, 135, 3),
            ("😀".repeat(35), Ucs2, 70, 1),
            // 33 in each part, since half of one does not go in.
            ("😀".repeat(67), Ucs2, 134, 3),
            ("`".to_owned(), Ucs2, 1, 1),
        ] {
            assert_eq!(length(&text), Length { alphabet, units, parts }, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_cut_fits_and_begins_the_same(text in "[a-z €á😀]{0,700}", parts in 1usize..4) {
            let cut = fit(&text, parts);
            prop_assert!(length(&cut).parts <= parts);
            if cut != text {
                prop_assert!(text.starts_with(cut.trim_end_matches('.')), "{}", cut);
            } else {
                prop_assert!(length(&text).parts <= parts);
            }
        }
    }
}
