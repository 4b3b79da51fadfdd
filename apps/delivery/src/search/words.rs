//! Texts as words without case and accents, so that what is typed on any keyboard finds what is meant.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::limits;

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<String> {
    let plain = text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
    let mut words = vec![String::new()];
    for letter in plain {
        match (letter, words.last_mut()) {
            // Left out, and no gap: what one writes as "Nando's" another writes as "nandos".
            ('\'' | '\u{2019}' | '.', _) => {}
            ('ß', Some(word)) => word.push_str("ss"),
            ('ø', Some(word)) => word.push('o'),
            ('æ', Some(word)) => word.push_str("ae"),
            ('ł', Some(word)) => word.push('l'),
            (letter, Some(word)) if letter.is_alphanumeric() => word.push(letter),
            (_, Some(word)) if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What somebody looks for: each of its words begins a word of what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted(Vec<String>);

impl Wanted {
    /// Nothing where there is no word in it.
    pub fn of(text: &str) -> Option<Self> {
        let mut words = words(text);
        words.truncate(limits::SEARCH_WORDS_MAX);
        (!words.is_empty()).then_some(Self(words))
    }

    /// How well words fit, the lower the better: begun by the first word, with words written out.
    pub fn fit(&self, words: &[String]) -> Option<u8> {
        let begins = |wanted: &String| words.iter().any(|word| word.starts_with(wanted.as_str()));
        if !self.0.iter().all(begins) {
            return None;
        }
        let is_first =
            words.first().zip(self.0.first()).is_some_and(|(word, wanted)| word.starts_with(wanted.as_str()));
        let is_whole = self.0.iter().all(|wanted| words.contains(wanted));
        Some(2 * u8::from(!is_first) + u8::from(!is_whole))
    }
}
