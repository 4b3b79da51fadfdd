//! What text from outside may hold, so that nobody is shown nothing, or something else than was written.

use std::collections::BTreeSet;

use crate::Fault;

/// Characters that one fault names at most.
const NAMED_MAX: usize = 5;

/// Characters that show nothing although they are neither white space nor control characters: those
/// that Unicode lets a program ignore when it draws (`Default_Ignorable_Code_Point`), and the empty
/// pattern of Braille.
const INVISIBLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A name.
    One,
    /// A description, with ends of lines and tabs.
    Many,
}

/// Whether there is nothing to see.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// The characters that text must not hold, if it holds any: control characters, and those that turn
/// the direction of what follows, so that it reads otherwise than it is. Marks of direction and joiners
/// are taken, because languages are written with them.
pub fn fault(field: &str, text: &str, lines: Lines) -> Option<Fault> {
    let bad: BTreeSet<char> = text.chars().filter(|c| is_refused(*c, lines)).collect();
    if bad.is_empty() {
        return None;
    }
    let named: Vec<String> = bad.iter().take(NAMED_MAX).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    let more = if bad.len() > NAMED_MAX { " and others" } else { "" };
    let message =
        format!("Holds {}{more}: control characters and turns of direction are not taken.", named.join(", "));
    Some(Fault::new(field, "bad_character", message))
}

fn is_refused(c: char, lines: Lines) -> bool {
    match c {
        '\n' | '\r' | '\t' => lines == Lines::One,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

fn is_invisible(c: char) -> bool {
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_may_be_shown() {
        // the text, whether nothing is seen, what is named where there are many lines, and one
        let none = (None, None);
        for (text, blank, faults) in [
            ("", true, none),
            (" \u{a0}\u{3000}\u{2028}", true, none),
            ("\u{200b}", true, none),
            ("\u{3164} \u{feff}\u{ad}", true, none),
            ("\u{2800}\u{e0041}\u{fe0f}", true, none),
            ("A hole", false, none),
            ("ድልድይ", false, none),
            ("می\u{200c}خواهم \u{200f}א", false, none),
            ("👩\u{200d}🔧 ❤\u{fe0f}", false, none),
            ("a\r\n\tb", false, (None, Some("U+0009, U+000A, U+000D"))),
            ("\n", true, (None, Some("U+000A"))),
            ("a\u{7}", false, (Some("U+0007"), Some("U+0007"))),
            ("a\u{202e}b\u{7f}", false, (Some("U+007F, U+202E"), Some("U+007F, U+202E"))),
            ("\u{2067}a\u{2069}", false, (Some("U+2067, U+2069"), Some("U+2067, U+2069"))),
            ("\0\0", true, (Some("U+0000"), Some("U+0000"))),
        ] {
            assert_eq!(is_blank(text), blank, "{text:?}");
            for (lines, named) in [(Lines::Many, faults.0), (Lines::One, faults.1)] {
                let fault = fault("/name", text, lines);
                assert_eq!(fault.is_some(), named.is_some(), "{text:?} {lines:?}");
                let said = fault.map(|it| it.message).unwrap_or_default();
                assert!(said.contains(named.unwrap_or_default()), "{said}");
            }
        }
        let many = fault("", "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}", Lines::Many).map(|it| it.message);
        assert!(many.is_some_and(|it| it.contains("U+0005 and others")));
    }

    proptest! {
        /// One bad character is found wherever it stands, and a letter is seen wherever it stands.
        #[test]
        fn place_makes_no_difference(
            before in "[\\pL\\pN ]{0,9}",
            after in "[\\pL\\pN ]{0,9}",
            bad in "[\u{0}-\u{8}\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}]",
            unseen in "[\\s\u{200b}-\u{200f}\u{feff}\u{3164}]{0,9}",
            letter in "[a-zA-Zא-ת0-9]",
        ) {
            let (good, spoilt) = (format!("{before}{after}"), format!("{before}{bad}{after}"));
            for lines in [Lines::One, Lines::Many] {
                prop_assert!(fault("", &good, lines).is_none());
                prop_assert!(fault("", &spoilt, lines).is_some());
            }
            prop_assert!(is_blank(&unseen));
            let seen = format!("{unseen}{letter}{unseen}");
            prop_assert!(!is_blank(&seen));
        }
    }
}
