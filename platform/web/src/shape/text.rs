//! What text is held to.

use kernel::jiff::{Timestamp, civil::Date};

use super::Format;
use super::pattern::Pattern;

type TextFault = (&'static str, String);

pub(super) fn fault(
    text: &str,
    min: usize,
    max: usize,
    pattern: Option<&Pattern>,
    format: Option<Format>,
) -> Option<TextFault> {
    // Cheap first: a text has at most as many characters as bytes.
    let length = if text.len() <= max && min <= 1 { text.len() } else { text.chars().count() };
    if length < min {
        return Some(("too_short", format!("Must have at least {min} characters.")));
    }
    if length > max {
        return Some(("too_long", format!("Must have at most {max} characters, has {length}.")));
    }
    if text.contains('\0') {
        return Some(("bad_character", "Must not contain the character U+0000.".into()));
    }
    if let Some(pattern) = pattern.filter(|pattern| !pattern.fits(text)) {
        return Some(("wrong_form", format!("Must match {}.", pattern.as_str())));
    }
    match format? {
        Format::DateTime if text.parse::<Timestamp>().is_err() => Some((
            "not_a_time",
            "Must be a time with its zone's offset, such as 2026-03-01T08:30:00Z.".into(),
        )),
        Format::Date if text.len() != 10 || text.parse::<Date>().is_err() => {
            Some(("not_a_date", "Must be a date, such as 2026-03-01.".into()))
        }
        _ => None,
    }
}
