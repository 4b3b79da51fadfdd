//! Patterns of text. That of an id is in every path and every body, so it is not left to an engine
//! for all patterns, which takes longer than reading the row.

use regex_lite::Regex;

/// What follows the prefix in the pattern of an id, as `kernel::Id` writes its schema.
const ID: &str = "_[0-7][0-9a-hjkmnp-tv-z]{12}$";
const ID_DIGITS: usize = 13;

#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    /// An id with this prefix.
    Id(String),
    Other(Regex),
}

impl Pattern {
    /// `None` where it is not a pattern.
    pub fn new(text: &str) -> Option<Self> {
        let prefix = text.strip_prefix('^').and_then(|rest| rest.strip_suffix(ID));
        let is_plain = |prefix: &&str| prefix.bytes().all(|byte| byte.is_ascii_lowercase());
        let how = match prefix.filter(is_plain) {
            Some(prefix) => How::Id(prefix.to_owned()),
            None => How::Other(Regex::new(text).ok()?),
        };
        Some(Self { text: text.to_owned(), how })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn fits(&self, text: &str) -> bool {
        match &self.how {
            How::Id(prefix) => text
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|digits| is_number(digits.as_bytes())),
            How::Other(regex) => regex.is_match(text),
        }
    }
}

fn is_number(digits: &[u8]) -> bool {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z');
    digits.len() == ID_DIGITS && matches!(digits[0], b'0'..=b'7') && digits.iter().all(is_digit)
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Tenant};
    use proptest::prelude::*;
    use schemars::{JsonSchema, SchemaGenerator};

    use super::*;

    fn pattern() -> Pattern {
        let schema = Id::<Tenant>::json_schema(&mut SchemaGenerator::default());
        let pattern = Pattern::new(schema.get("pattern").unwrap().as_str().unwrap()).unwrap();
        assert!(matches!(pattern.how, How::Id(_)), "the pattern of an id is known");
        pattern
    }

    proptest! {
        #[test]
        fn ids_are_known_as_the_pattern_says(
            text in prop_oneof!["ten_[0-9a-z]{12,14}", "te[mn]_?[0-7][0-9a-v]{12}\n?", "\\PC{0,20}"],
            raw in 0..i64::MAX,
        ) {
            let (pattern, id) = (pattern(), Id::<Tenant>::from_raw(raw).to_string());
            let regex = Regex::new(pattern.as_str()).unwrap();
            prop_assert_eq!(pattern.fits(&text), regex.is_match(&text));
            prop_assert!(pattern.fits(&id));
        }
    }
}
