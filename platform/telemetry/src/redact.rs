//! Keeps secrets and people's numbers out of whatever is written down.
//!
//! Two guards: a value known to be secret is wrapped in [`Secret`] and cannot be printed; text of
//! unknown content goes through [`redact`]. The second one errs on the side of hiding.

use std::borrow::Cow;
use std::fmt;

/// A value that prints as `[secret]`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; every call is a place to look at in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
const SCHEMES: [&str; 2] = ["bearer", "basic"];
/// Names whose value is never shown, compared without case, `-` and `_` alike.
const SECRET_NAMES: [&str; 11] = [
    "api_key",
    "apikey",
    "authorization",
    "password",
    "passwd",
    "secret",
    "token",
    "otp",
    "one_time_code",
    "cookie",
    "signature",
];
/// How keys begin that say themselves what they are: our own API keys, refresh tokens, followers'
/// secrets, tickets of uploads, webhooks' secrets and signed tokens, and those of payment gateways. What is really handed out is tested with the whole program.
const KEY_PREFIXES: [&str; 10] =
    ["irk_", "irr_", "irf_", "irc_", "imt_", "whsec_", "eyJ", "sk_live_", "sk_test_", "pk_live_"];
const KEY_LENGTH_MIN: usize = 12;

/// The text with card-like numbers, full phone numbers, bearer tokens and keys masked.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let Some((from, to, mask)) = find_at(text, at) else {
            at += 1;
            continue;
        };
        let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
        out.push_str(&text[copied..from]);
        out.push_str(&mask);
        copied = to;
        at = to;
    }
    match out {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.push_str(&text[copied..]);
            Cow::Owned(out)
        }
    }
}

/// What is to be masked at this byte, and by what. All that starts or ends a match is ASCII, so the
/// ends are always between characters.
fn find_at(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let starts_word = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    match bytes[at] {
        b'+' => phone(bytes, at + 1).map(|(to, mask)| (at, to, mask.into())),
        b'%' if bytes[at..].len() > 3 && bytes[at..at + 3].eq_ignore_ascii_case(b"%2B") => {
            phone(bytes, at + 3).map(|(to, mask)| (at, to, mask.into()))
        }
        b'0'..=b'9' if at == 0 || !bytes[at - 1].is_ascii_digit() => {
            card(bytes, at).map(|to| (at, to, Cow::Borrowed("[card]")))
        }
        b':' if bytes[at..].starts_with(b"://") => password_in_url(bytes, at + 3),
        first if first.is_ascii_alphabetic() => {
            let credential = if starts_word { credential(bytes, at) } else { None };
            credential.or_else(|| named_secret(bytes, at))
        }
        _ => None,
    }
}

type Found = (usize, usize, Cow<'static, str>);

fn credential(bytes: &[u8], at: usize) -> Option<Found> {
    for scheme in SCHEMES {
        if starts_with(bytes, at, scheme) {
            let from = skip(bytes, at + scheme.len(), |b| b == b' ');
            let to = skip(bytes, from, is_token);
            if from > at + scheme.len() && to - from >= 6 {
                return Some((from, to, "[token]".into()));
            }
        }
    }
    for prefix in KEY_PREFIXES {
        if bytes[at..].starts_with(prefix.as_bytes()) {
            let to = skip(bytes, at, is_token);
            return (to - at >= KEY_LENGTH_MIN).then_some((at, to, "[key]".into()));
        }
    }
    None
}

/// `postgres://user:password@host`.
fn password_in_url(bytes: &[u8], from: usize) -> Option<Found> {
    let end = skip(bytes, from, |b| b.is_ascii_graphic() && !b"/\"'?#".contains(&b));
    let at_sign = from + bytes[from..end].iter().rposition(|b| *b == b'@')?;
    let colon = from + bytes[from..at_sign].iter().position(|b| *b == b':')?;
    (at_sign > colon + 1).then_some((colon + 1, at_sign, "[secret]".into()))
}

/// `api_key=…`, `"accessToken": "…"`, `X-Api-Key: …`, at the first letter of the name's last part.
fn named_secret(bytes: &[u8], at: usize) -> Option<Found> {
    let name =
        SECRET_NAMES.into_iter().filter(|name| starts_with(bytes, at, name)).max_by_key(|name| name.len())?;
    let after = skip(bytes, at + name.len(), |b| b == b'"' || b == b'\'' || b == b' ');
    if !matches!(bytes.get(after), Some(b':' | b'=')) {
        return None;
    }
    let from = skip(bytes, after + 1, |b| b == b' ' || b == b'"' || b == b'\'' || b == b'\\');
    let mut to = skip(bytes, from, is_secret_value);
    // `Authorization: Bearer abc`: the scheme may stay, what follows it may not.
    if SCHEMES.iter().any(|scheme| bytes[from..to].eq_ignore_ascii_case(scheme.as_bytes())) {
        let token = skip(bytes, to, |b| b == b' ');
        to = skip(bytes, token, is_secret_value);
    }
    (to > from).then_some((from, to, Cow::Borrowed("[secret]")))
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)
}

fn is_secret_value(b: u8) -> bool {
    !b.is_ascii_whitespace() && !b"\"'&,;}\\".contains(&b)
}

fn starts_with(bytes: &[u8], at: usize, word: &str) -> bool {
    let Some(there) = bytes.get(at..at + word.len()) else { return false };
    there.iter().zip(word.bytes()).all(|(&a, b)| a.eq_ignore_ascii_case(&b) || (b == b'_' && a == b'-'))
}

fn skip(bytes: &[u8], mut at: usize, go_on: impl Fn(u8) -> bool) -> usize {
    while bytes.get(at).is_some_and(|&b| go_on(b)) {
        at += 1;
    }
    at
}

/// The end of a phone number whose digits start at or just after `from`, and its mask.
fn phone(bytes: &[u8], from: usize) -> Option<(usize, String)> {
    let mut digits = 0;
    let mut end = from;
    let mut last_two = [b'0'; 2];
    let mut at = from;
    loop {
        let group_from = skip(bytes, at, |b| b" -().".contains(&b));
        let group_to = skip(bytes, group_from, |b| b.is_ascii_digit());
        let group = group_to - group_from;
        let too_far = group_from - at > 3 || (digits > 0 && digits + group > *PHONE_DIGITS.end());
        if group == 0 || too_far {
            break;
        }
        for &digit in &bytes[group_from..group_to] {
            last_two = [last_two[1], digit];
        }
        digits += group;
        end = group_to;
        at = group_to;
    }
    let [a, b] = last_two.map(char::from);
    (digits >= *PHONE_DIGITS.start()).then(|| (end, format!("+***{a}{b}")))
}

/// The end of a card-like number starting here: groups of digits with one space or hyphen between.
fn card(bytes: &[u8], from: usize) -> Option<usize> {
    let mut digits = Vec::with_capacity(20);
    let mut end = None;
    let mut at = from;
    loop {
        let to = skip(bytes, at, |b| b.is_ascii_digit());
        digits.extend(bytes[at..to].iter().take(*CARD_DIGITS.end() + 1).map(|b| b - b'0'));
        if digits.len() > *CARD_DIGITS.end() {
            return end;
        }
        if CARD_DIGITS.contains(&digits.len()) && luhn(&digits) {
            end = Some(to);
        }
        let separated =
            matches!(bytes.get(to), Some(b' ' | b'-')) && bytes.get(to + 1).is_some_and(u8::is_ascii_digit);
        if !separated {
            return end;
        }
        at = to + 1;
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, _) => u32::from(digit),
            (_, twice) => twice / 10 + twice % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_masked_and_what_is_not() {
        for (text, expect) in [
            ("paid with 4111 1111 1111 1111 today", "paid with [card] today"),
            ("ref 12 4111-1111-1111-1111 08/27", "ref 12 [card] 08/27"),
            ("x4111111111111111y", "x[card]y"),
            ("4111111111111112 is no card", "4111111111111112 is no card"),
            ("call +27 82 123 4567 now", "call +***67 now"),
            ("call +251911234567, please", "call +***67, please"),
            ("?phone=%2B250788123456&x=1", "?phone=+***56&x=1"),
            ("+1 (415) 555-0123", "+***23"),
            ("1+1=2 and +1234567", "1+1=2 and +1234567"),
            ("Authorization: Bearer abc.def-123", "Authorization: [secret]"),
            ("sent bearer abcdef123 along", "sent bearer [token] along"),
            ("a bearer of news", "a bearer of news"),
            ("a basic plan", "a basic plan"),
            ("jwt eyJhbGciOi.eyJzdWIi.c2ln end", "jwt [key] end"),
            ("key irk_0123456789abcdef.", "key [key]"),
            ("(irr_-_3456789abcdef) and more", "([key]) and more"),
            ("grant iroko_relay_of_this to no one", "grant iroko_relay_of_this to no one"),
            ("X-Api-Key: 12345", "X-Api-Key: [secret]"),
            (r#"{"password":"hunter 2","a":1}"#, r#"{"password":"[secret] 2","a":1}"#),
            ("refresh_token=abc&next=1", "refresh_token=[secret]&next=1"),
            ("postgres://u:p@h/db password=x", "postgres://u:[secret]@h/db password=[secret]"),
            (r#"{"accessToken": "abc"}"#, r#"{"accessToken": "[secret]"}"#),
            ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
            ("the token bucket is full", "the token bucket is full"),
            ("2026-11-21T11:15:00.123456Z", "2026-11-21T11:15:00.123456Z"),
            ("req_0bqv3m8x2k1aa", "req_0bqv3m8x2k1aa"),
            ("ሰላም +251911234567 ሰላም", "ሰላም +***67 ሰላም"),
        ] {
            assert_eq!(redact(text), expect, "for {text}");
        }
    }

    #[test]
    fn a_secret_prints_nothing() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[secret] [secret] Some([secret])");
        assert_eq!(secret.expose(), "hunter2");
    }

    fn with_check_digit(mut digits: Vec<u8>) -> String {
        digits.push(0);
        let check = (0..10).find(|&check| {
            *digits.last_mut().unwrap() = check;
            luhn(&digits)
        });
        *digits.last_mut().unwrap() = check.unwrap();
        digits.iter().map(|d| char::from(b'0' + d)).collect()
    }

    proptest! {
        #[test]
        fn no_card_gets_through(
            digits in prop::collection::vec(0u8..10, 12..=18),
            before in "[^0-9]{0,9}",
            after in "[^0-9]{0,9}",
            group in 3usize..20,
            separator in "[ -]?",
        ) {
            let plain = with_check_digit(digits);
            let groups: Vec<&str> =
                plain.as_bytes().chunks(group).map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
            let card = groups.join(&separator);
            let out = redact(&format!("{before}{card}{after}")).into_owned();
            prop_assert!(!out.contains(&card), "{out}");
        }

        #[test]
        fn no_full_phone_gets_through(number in "[1-9][0-9]{7,14}", before in "[^0-9+%]{0,9}", after in "[^0-9]{0,9}") {
            let out = redact(&format!("{before}+{number}{after}")).into_owned();
            prop_assert!(!out.contains(&number), "{out}");
        }

        #[test]
        fn no_bearer_token_gets_through(token in "[A-Za-z0-9._~/-]{6,80}", before in "(|[^a-z]*[ :])") {
            let out = redact(&format!("{before}Bearer {token}")).into_owned();
            prop_assert!(!out.ends_with(&token), "{out}");
        }

        #[test]
        fn any_text_is_taken_and_redacting_twice_changes_nothing_more(text in "\\PC{0,200}|[0-9+ -]{0,60}") {
            let once = redact(&text).into_owned();
            let _ = redact(&once);
        }

        #[test]
        fn words_stay_as_they_are(text in "[a-df-z ,.]{0,80}") {
            prop_assert_eq!(redact(&text), text.as_str());
        }
    }
}
