//! The tracking number that people write down and read out: a request's id in Crockford's base 32
//! with a check character, in groups, such as `01HQ3-V8K2M-4XZ7`. Nothing of it is kept.
//!
//! The check is a sum over the field of 32 elements, so that one wrong character, or two that changed
//! places, is always noticed.

use super::model::RequestId;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of an id; one more is the check.
const DIGITS: usize = 13;
const GROUP: usize = 5;
/// x⁵ + x² + 1, whose root generates the whole field.
const POLYNOMIAL: u8 = 0b10_0101;

/// As it is shown.
pub fn of(id: RequestId) -> String {
    let raw = id.raw() as u64;
    let mut text = String::with_capacity(DIGITS + 3);
    let mut check = 0;
    for place in 0..DIGITS {
        let digit = (raw >> (5 * (DIGITS - 1 - place)) & 31) as u8;
        check = times_root(check) ^ digit;
        text.push(ALPHABET[usize::from(digit)] as char);
        if place % GROUP == GROUP - 1 {
            text.push('-');
        }
    }
    text.push(ALPHABET[usize::from(times_root(check))] as char);
    text
}

/// As people write it: in any case, with blanks and dashes wherever they like, with O for 0 and I or L
/// for 1. `None` for what is no tracking number.
pub fn read(text: &str) -> Option<RequestId> {
    let (mut raw, mut check, mut count) = (0_u64, 0, 0);
    for letter in text.chars() {
        if letter.is_whitespace() || matches!(letter, '-' | '‐' | '‑' | '–' | '—' | '_' | '.') {
            continue;
        }
        let digit = digit(letter)?;
        match count {
            // An id has 63 bits, which leave four of the first digit's five unused but for the lowest three.
            0 if digit > 7 => return None,
            DIGITS if digit == times_root(check) => {}
            0..DIGITS => {
                raw = raw << 5 | u64::from(digit);
                check = times_root(check) ^ digit;
            }
            _ => return None,
        }
        count += 1;
    }
    (count == DIGITS + 1).then(|| RequestId::from_raw(raw as i64))
}

/// The same, or the id itself, as programs write it.
pub fn or_id(text: &str) -> Option<RequestId> {
    text.parse().ok().or_else(|| read(text))
}

fn digit(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    ALPHABET.iter().position(|&its| its as char == letter).map(|place| place as u8)
}

fn times_root(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 32 == 0 { shifted } else { shifted ^ POLYNOMIAL }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_of_ways_to_write_one() {
        let id = RequestId::from_raw(123_456_789_012_345_678);
        let text = of(id);
        assert_eq!(text.len(), 16);
        for written in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " — "),
            format!("  {text}\n"),
            text.replace('0', "o").replace('1', "l"),
            text.replace('0', "O").replace('1', "I"),
        ] {
            assert_eq!(read(&written), Some(id), "{written}");
        }
        for wrong in ["", "-", &text[1..], &format!("{text}0"), &format!("8{}", &text[1..]), "U", "é"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&of(RequestId::from_raw(0))), Some(RequestId::from_raw(0)));
        assert_eq!(read(&of(RequestId::from_raw(i64::MAX))), Some(RequestId::from_raw(i64::MAX)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(raw in 0..=i64::MAX) {
            let id = RequestId::from_raw(raw);
            prop_assert_eq!(read(&of(id)), Some(id));
        }

        #[test]
        fn one_wrong_character_is_noticed(raw in 0..=i64::MAX, place in 0usize..14, other in 0usize..32) {
            let mut text: Vec<u8> = of(RequestId::from_raw(raw)).bytes().filter(|it| *it != b'-').collect();
            if text[place] != ALPHABET[other] {
                text[place] = ALPHABET[other];
                prop_assert_eq!(read(std::str::from_utf8(&text).unwrap()), None);
            }
        }

        #[test]
        fn two_characters_that_changed_places_are_noticed(raw in 0..=i64::MAX, one in 0usize..14, other in 0usize..14) {
            let mut text: Vec<u8> = of(RequestId::from_raw(raw)).bytes().filter(|it| *it != b'-').collect();
            if text[one] != text[other] {
                text.swap(one, other);
                prop_assert_eq!(read(std::str::from_utf8(&text).unwrap()), None);
            }
        }

        #[test]
        fn anything_may_be_tried(text in "\\PC{0,40}") {
            if let Some(id) = read(&text) {
                prop_assert!(id.raw() >= 0);
            }
        }
    }
}
