//! Numbers of cards never get in: found by their length and their check digit.

/// As few and as many digits as the number of a card has.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
const MASK: &str = "[card]";

/// Whether the text holds what looks like the number of a card, blanks and dashes between its digits
/// or none.
pub fn looks_like_card(text: &str) -> bool {
    next(text, 0).is_some()
}

/// The same text with every such number taken out.
pub fn scrub(text: &str) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    while let Some((start, end)) = next(text, from) {
        out.push_str(&text[from..start]);
        out.push_str(MASK);
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// Where the next one stands. A run of digits that is longer than any card's is something else.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (digits, end) = run(bytes, at);
        let count = digits.len();
        if (DIGITS_MIN..=DIGITS_MAX).contains(&count) && digits[0] != 0 && passes_luhn(&digits) {
            return Some((at, end));
        }
        at = end.max(at + 1);
    }
    None
}

/// The digits of a run, and where it ends: single blanks and dashes do not end it.
fn run(bytes: &[u8], start: usize) -> (Vec<u8>, usize) {
    let (mut digits, mut at, mut end) = (Vec::new(), start, start);
    while at < bytes.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' => {
                digits.push(digit - b'0');
                end = at + 1;
            }
            b' ' | b'-' if end == at => {}
            _ => break,
        }
        at += 1;
    }
    (digits, end)
}

fn passes_luhn(digits: &[u8]) -> bool {
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| match place % 2 {
        0 => u32::from(*digit),
        _ => u32::from(digit / 5 + digit * 2 % 10),
    });
    weighted.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cards_are_found_and_other_numbers_are_not() {
        for (text, scrubbed) in [
            ("4111111111111111", "[card]"),
            ("4111 1111 1111 1111", "[card]"),
            ("pay with 5500-0000-0000-0004 now", "pay with [card] now"),
            ("{\"pan\":\"378282246310005\"}", "{\"pan\":\"[card]\"}"),
            ("a 4111111111111111, b 6011000990139424.", "a [card], b [card]."),
            ("ends in 4111111111111111", "ends in [card]"),
            // A wrong check digit, a phone number, a token, too long, too short, nothing.
            ("4111111111111112", "4111111111111112"),
            ("+251911223344", "+251911223344"),
            ("tok_1N2b3c4d5e", "tok_1N2b3c4d5e"),
            ("41111111111111111111111", "41111111111111111111111"),
            ("411111111111", "411111111111"),
            ("4111  1111  1111  1111", "4111  1111  1111  1111"),
            ("", ""),
        ] {
            assert_eq!(scrub(text), scrubbed, "{text}");
            assert_eq!(looks_like_card(text), scrubbed.contains(MASK), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_with_its_check_digit_never_stays(body in "[1-9][0-9]{11,17}", before in "[a-z \\{\":]{0,9}[a-z]", after in "[a-z\\}\"]{0,9}") {
            let digits: Vec<u8> = body.bytes().map(|b| b - b'0').collect();
            let check = (0..10).find(|last| passes_luhn(&[&digits[..], &[*last]].concat())).unwrap();
            let text = format!("{before}{body}{check}{after}");
            prop_assert!(looks_like_card(&text));
            prop_assert_eq!(scrub(&text), format!("{before}{MASK}{after}"));
        }

        #[test]
        fn scrubbing_never_panics_and_is_done_once(text in "\\PC{0,60}") {
            let once = scrub(&text);
            prop_assert!(!looks_like_card(&once));
            prop_assert_eq!(scrub(&once), once);
        }
    }
}
