//! Query strings: decoding, and what holds for the parameters of every endpoint.

use std::borrow::Cow;

use kernel::Fault;

use crate::limits;

/// A percent sign without two digits, or bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

type Decoded<'a> = Result<Cow<'a, str>, Unreadable>;

pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Decoded<'_>, Decoded<'_>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name, true), decode(value, true))
    })
}

/// One part of a path, in which a plus is a plus.
pub fn decode_path(text: &str) -> Decoded<'_> {
    decode(text, false)
}

fn decode(text: &str, plus_is_space: bool) -> Decoded<'_> {
    if !(text.contains('%') || plus_is_space && text.contains('+')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let digit = |byte: u8| (byte as char).to_digit(16).map(|it| it as u8);
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) => {
                let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Err(Unreadable) };
                out.push(high << 4 | low);
                rest = tail;
            }
            (b'%', _) => return Err(Unreadable),
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(first),
        }
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| Unreadable)
}

/// Parameters that cannot be read, are not known here, or are given twice.
pub(crate) fn check(query: &str, is_known: impl Fn(&str) -> bool, faults: &mut Vec<Fault>) {
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    for (place, (name, value)) in pairs(query).enumerate() {
        if place >= limits::PARAMETERS_MAX {
            faults.push(Fault::new("?", "too_many", "There are too many parameters."));
            return;
        }
        if faults.len() >= limits::FAULTS_MAX {
            return;
        }
        let Ok(name) = name else {
            faults.push(Fault::new("?", "not_utf8", "A parameter's name cannot be read."));
            continue;
        };
        let at = || format!("?{}", name.chars().take(limits::NAME_SHOWN_MAX).collect::<String>());
        if !is_known(&name) {
            faults.push(Fault::new(at(), "unknown_parameter", "There is no such parameter here."));
        } else if value.is_err() {
            faults.push(Fault::new(at(), "not_utf8", "The parameter cannot be read."));
        } else if seen.contains(&name) {
            faults.push(Fault::new(at(), "repeated", "May be given once."));
        }
        seen.push(name);
    }
}

/// The names in `fields=`, each one a field of the answer; `None` if there is no such parameter.
pub(crate) fn fields<'k>(query: &str, known: &'k [String], faults: &mut Vec<Fault>) -> Option<Vec<&'k str>> {
    if !query.contains("fields") {
        return None;
    }
    let (_, value) = pairs(query).find(|(name, _)| name.as_deref() == Ok("fields"))?;
    let value = value.ok()?;
    let mut chosen = Vec::new();
    for name in value.split(',') {
        match known.iter().find(|its| **its == name) {
            Some(its) if !chosen.contains(&&**its) => chosen.push(&**its),
            Some(_) => {}
            None if faults.len() < limits::FAULTS_MAX => {
                let shown: String = name.chars().take(limits::NAME_SHOWN_MAX).collect();
                let message = format!("The answer has no field {shown:?}; it has {}.", known.join(", "));
                faults.push(Fault::new("?fields", "unknown_field", message));
            }
            None => {}
        }
    }
    Some(chosen)
}
