//! What slugs, hosts, zones and the like may look like: pure checks that name each fault.

use std::borrow::Cow;

use kernel::Fault;
use kernel::jiff::tz::TimeZone;

use crate::country::Country;
use crate::limits;

/// First path segments that the platform keeps for itself.
pub const RESERVED: &[&str] = &[
    "v1",
    "v2",
    "livez",
    "readyz",
    "metrics",
    "openapi",
    "docs",
    "static",
    "assets",
    "media",
    "admin",
    "well-known",
    "favicon",
    "robots",
    "system",
    "iroko",
    "www",
    "api",
];

pub fn slug(field: &str, text: &str) -> Option<Fault> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if text.is_empty() || text.len() > limits::SLUG_LENGTH_MAX || !text.bytes().all(plain) {
        let message = format!("Has 1 to {} of a-z, 0-9 and hyphens.", limits::SLUG_LENGTH_MAX);
        return Some(Fault::new(field, "wrong_form", message));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Some(Fault::new(field, "wrong_form", "Neither begins nor ends with a hyphen."));
    }
    RESERVED
        .contains(&text)
        .then(|| Fault::new(field, "reserved", format!("\"{text}\" is a word that the platform keeps.")))
}

pub fn name(field: &str, text: &str) -> Option<Fault> {
    let length = text.chars().count();
    let bad = text.trim() != text || text.chars().any(char::is_control);
    (length == 0 || length > limits::NAME_LENGTH_MAX || bad).then(|| {
        let message = format!("Has 1 to {} characters, no blanks around them.", limits::NAME_LENGTH_MAX);
        Fault::new(field, "wrong_form", message)
    })
}

pub fn zone(field: &str, text: &str) -> Result<TimeZone, Fault> {
    let unknown = || {
        let message = format!("\"{}\" is not an IANA time zone such as Africa/Lagos.", shown(text));
        Fault::new(field, "unknown_zone", message)
    };
    kernel::zone::zone(text).map_err(|_| unknown())
}

pub fn currency(field: &str, text: &str) -> Option<Fault> {
    text.parse::<kernel::Currency>().is_err().then(|| {
        let message = format!("\"{}\" is not a currency of ISO 4217 such as RWF.", shown(text));
        Fault::new(field, "unknown_currency", message)
    })
}

pub fn country(field: &str, text: &str) -> Option<Fault> {
    Country::named(text).is_none().then(|| {
        let message = format!("\"{}\" is not a country of ISO 3166 such as ET.", shown(text));
        Fault::new(field, "unknown_country", message)
    })
}

/// BCP 47, as far as its form goes.
pub fn language(field: &str, text: &str) -> Option<Fault> {
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|it| {
        (2..=3).contains(&it.len()) && it.bytes().all(|letter| letter.is_ascii_lowercase())
    });
    let rest = parts.all(|it| (2..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric()));
    (!first || !rest || text.len() > 35).then(|| {
        let message = format!("\"{}\" is not a language tag such as en or pt-BR.", shown(text));
        Fault::new(field, "unknown_language", message)
    })
}

pub fn feature(field: &str, text: &str) -> Option<Fault> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let good = !text.is_empty() && text.len() <= limits::SLUG_LENGTH_MAX && text.bytes().all(plain);
    (!good).then(|| {
        let message = format!("Has 1 to {} of a-z, 0-9, '-', '_' and '.'.", limits::SLUG_LENGTH_MAX);
        Fault::new(field, "wrong_form", message)
    })
}

/// A host as it is kept: lower case, without port and final dot. `None` when it is not a host name.
pub fn host(text: &str) -> Option<Cow<'_, str>> {
    let bare = bare_host(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let good = bare.len() <= limits::HOST_LENGTH_MAX && bare.split('.').all(label);
    good.then(|| lower(bare))
}

pub(crate) fn bare_host(text: &str) -> &str {
    let bare = match text.rsplit_once(':') {
        Some((bare, port)) if port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => text,
    };
    bare.strip_suffix('.').unwrap_or(bare)
}

pub(crate) fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Enough of what was sent to recognise it.
fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(limits::SLUG_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(fault: Option<Fault>) -> &'static str {
        fault.map_or("", |fault| fault.code)
    }

    #[test]
    fn slugs() {
        let long = "a".repeat(41);
        for (text, expect) in [
            ("lagos", ""),
            ("cape-town-2", ""),
            ("7", ""),
            ("", "wrong_form"),
            ("Lagos", "wrong_form"),
            ("la gos", "wrong_form"),
            ("../x", "wrong_form"),
            ("-a", "wrong_form"),
            ("a-", "wrong_form"),
            (long.as_str(), "wrong_form"),
            ("v1", "reserved"),
            ("metrics", "reserved"),
            ("well-known", "reserved"),
        ] {
            assert_eq!(code(slug("/slug", text)), expect, "{text}");
        }
    }

    #[test]
    fn hosts() {
        for (text, expect) in [
            ("City.Example.org", Some("city.example.org")),
            ("city.example.org:8080", Some("city.example.org")),
            ("city.example.org.", Some("city.example.org")),
            ("localhost", Some("localhost")),
            ("", None),
            ("a..b", None),
            ("a b", None),
            ("[::1]:80", None),
            ("-a.b", None),
        ] {
            assert_eq!(host(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn other_words() {
        assert_eq!(zone("/zone", "Africa/Mars").unwrap_err().code, "unknown_zone");
        assert!(zone("/zone", "Africa/Addis_Ababa").is_ok());
        assert!(zone("/zone", "UTC").is_ok());
        assert_eq!(zone("/zone", "../../etc/passwd").unwrap_err().code, "unknown_zone");
        assert_eq!(code(currency("/currency", "RWF")), "");
        assert_eq!(code(currency("/currency", "RW")), "unknown_currency");
        assert_eq!(code(currency("/currency", "AED AFN")), "unknown_currency");
        assert_eq!(code(language("/languages/0", "pt-BR")), "");
        assert_eq!(code(language("/languages/0", "English")), "unknown_language");
        assert_eq!(code(country("/country", "ZA")), "");
        assert_eq!(code(country("/country", "za")), "unknown_country");
        assert_eq!(code(name("/name", " x")), "wrong_form");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_taken_is_stable(text in "\\PC{0,60}|[a-z0-9.:-]{0,70}") {
            let _ = (slug("", &text), name("", &text), zone("", &text).is_ok(), currency("", &text));
            let _ = (country("", &text), language("", &text), feature("", &text));
            if let Some(kept) = host(&text) {
                let again = host(&kept);
                prop_assert_eq!(again.as_deref(), Some(&*kept));
            }
        }
    }
}
