//! How alike two texts are: by the groups of three letters that both have. No language is assumed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::limits;

/// The groups of three letters of a text's words, each once and in order. A word is framed by spaces,
/// two before and one after it, so that its beginning weighs more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trigrams(Vec<u64>);

impl Trigrams {
    pub fn of(text: &str) -> Self {
        let letters = text
            .nfkd()
            .filter(|letter| !is_combining_mark(*letter))
            .flat_map(char::to_lowercase)
            .take(limits::COMPARED_CHARACTERS_MAX);
        let mut found = Vec::new();
        let mut last = [' '; 3];
        let mut turn = |letter: char| {
            last = [last[1], last[2], letter];
            if last[1] != ' ' || last[2] != ' ' {
                // A letter has 21 bits: the three of them are one number.
                found.push(last.iter().fold(0, |all, letter| all << 21 | u64::from(u32::from(*letter))));
            }
        };
        for letter in letters {
            turn(if letter.is_alphanumeric() { letter } else { ' ' });
            if !letter.is_alphanumeric() {
                turn(' ');
            }
        }
        turn(' ');
        found.sort_unstable();
        found.dedup();
        Self(found)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Twice what both have, by what they have together: 1000 for the same, 0 for nothing in common.
    pub fn likeness(&self, other: &Self) -> i64 {
        let all = self.len() + other.len();
        (2_000 * self.common(other)).checked_div(all).unwrap_or(0) as i64
    }

    fn common(&self, other: &Self) -> usize {
        let (mut one, mut two, mut common) = (self.0.as_slice(), other.0.as_slice(), 0);
        while let ([first, ..], [second, ..]) = (one, two) {
            match first.cmp(second) {
                std::cmp::Ordering::Less => one = &one[1..],
                std::cmp::Ordering::Greater => two = &two[1..],
                std::cmp::Ordering::Equal => {
                    common += 1;
                    (one, two) = (&one[1..], &two[1..]);
                }
            }
        }
        common
    }
}
