//! Inputs that no schema describes: the body as it came, the request's head, and the parameters of a
//! protocol whose clients send more of them than it names.

use bytes::Bytes;
use http::HeaderMap;
use kernel::Fault;

use super::query::pairs;
use super::{Described, How, Input, Place, Raw};
use crate::limits;
use crate::shape::Shape;

/// The body as it came, of any kind. Take `Head` too to learn which.
#[derive(Debug, Clone)]
pub struct Octets(pub Bytes);

/// The request's headers.
#[derive(Debug, Clone)]
pub struct Head(pub HeaderMap);

/// All parameters after the question mark, in their order. Unknown ones are no fault, and the same
/// one may come twice.
#[derive(Debug, Clone, Default)]
pub struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// The first of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(its, _)| its == name).map(|(_, value)| &**value)
    }
}

fn any(place: Place, how: How) -> Described {
    Described { place, how, schema: true.into(), shape: Shape::Any }
}

impl Input for Octets {
    fn describe() -> Described {
        Described {
            schema: serde_json::json!({"type": "string", "format": "binary"}),
            ..any(Place::Body, How::Octets)
        }
    }

    fn take(_: &Described, raw: &Raw, _: &mut Vec<Fault>) -> Option<Self> {
        Some(Self(raw.body.clone()))
    }
}

impl Input for Head {
    fn describe() -> Described {
        any(Place::Head, How::Head)
    }

    fn take(_: &Described, raw: &Raw, _: &mut Vec<Fault>) -> Option<Self> {
        Some(Self(raw.headers.clone()))
    }
}

impl Input for Pairs {
    fn describe() -> Described {
        any(Place::Query, How::Pairs)
    }

    fn take(_: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let before = faults.len();
        let mut taken = Vec::new();
        for (place, (name, value)) in pairs(&raw.query).enumerate() {
            if faults.len() >= limits::FAULTS_MAX {
                break;
            }
            if place >= limits::PARAMETERS_MAX {
                faults.push(Fault::new("?", "too_many", "There are too many parameters."));
                break;
            }
            let Ok(name) = name else {
                faults.push(Fault::new("?", "not_utf8", "A parameter's name cannot be read."));
                continue;
            };
            let at = || format!("?{}", name.chars().take(limits::NAME_SHOWN_MAX).collect::<String>());
            match value {
                Ok(value) if value.contains('\0') || name.contains('\0') => {
                    faults.push(Fault::new(at(), "bad_character", "Must not contain the character U+0000."));
                }
                Ok(value) => taken.push((name.into_owned(), value.into_owned())),
                Err(_) => faults.push(Fault::new(at(), "not_utf8", "The parameter cannot be read.")),
            }
        }
        (faults.len() == before).then_some(Self(taken))
    }
}
