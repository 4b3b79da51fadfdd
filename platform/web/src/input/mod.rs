//! Path, query and body, read by the schema of the type they become: all faults at once. Besides them
//! forms, bodies as they are, and what protocols of others bring.

mod form;
mod json;
mod multipart;
mod octets;
mod query;
mod schema;

use std::borrow::Cow;
use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use kernel::Fault;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::JSON;
use crate::limits;
use crate::shape::Shape;

pub use form::{Field, Fields};
pub use octets::{Head, Octets, Pairs};
pub use query::{Unreadable, decode_path};
pub(crate) use query::{check as check_query, fields as chosen_fields};
pub use schema::schema_of;

/// A request as it came, past the edge's limits.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// Names and decoded values of the path's parameters.
    pub path: Vec<(String, String)>,
    pub query: String,
    pub body: Bytes,
    /// The content type of the body, for endpoints that take several.
    pub media: Option<HeaderValue>,
    /// Filled for endpoints that take the head.
    pub headers: HeaderMap,
}

/// The parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);
/// The parameters after the question mark.
#[derive(Debug)]
pub struct Query<T>(pub T);
/// The JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// Where an input stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
    Head,
}

/// By what rules an input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By its schema: JSON, or parameters that are known by name.
    Typed,
    Fields,
    Octets,
    Pairs,
    Head,
}

/// One input of an endpoint: its schema for people, its shape for checking.
#[derive(Debug, Clone)]
pub struct Described {
    pub place: Place,
    pub how: How,
    pub schema: Value,
    pub shape: Shape,
}

impl Described {
    /// The content types that a body of this kind may come as; `*/*` is any.
    pub fn media(&self) -> &'static [&'static str] {
        match (self.place, self.how) {
            (Place::Body, How::Typed) => &[JSON],
            (Place::Body, How::Fields) => &[form::URLENCODED, form::MULTIPART],
            (Place::Body, _) => &["*/*"],
            _ => &[],
        }
    }

    /// Whether a body of this content type can be read.
    pub fn takes(&self, media: &str) -> bool {
        let kind = essence(media);
        self.media().iter().any(|its| *its == "*/*" || its.eq_ignore_ascii_case(kind))
    }
}

/// A content type without its parameters.
fn essence(media: &str) -> &str {
    media.split(';').next().unwrap_or(media).trim()
}

pub trait Input: Sized + Send + 'static {
    fn describe() -> Described;
    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self>;
}

fn describe<T: JsonSchema>(place: Place) -> Described {
    let schema = schema_of::<T>(false);
    let shape = Shape::of(&schema);
    Described { place, how: How::Typed, schema, shape }
}

/// Checks by shape first, which names all faults; what the type itself still refuses comes last.
fn become_typed<T: DeserializeOwned>(
    mut value: Value,
    its: &Described,
    at: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let before = faults.len();
    its.shape.check(&value, at, faults);
    if faults.len() > before {
        return None;
    }
    its.shape.settle(&mut value);
    match T::deserialize(&value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            // Rare, so the place of the fault is only looked for now.
            let place = serde_path_to_error::deserialize::<_, T>(&value).err();
            let field = place.map_or_else(|| at.to_owned(), |place| pointer(at, place.path()));
            faults.push(Fault::new(field, "invalid", sentence(&error.to_string())));
            None
        }
    }
}

fn pointer(at: &str, path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = at.to_owned();
    for segment in path {
        let _ = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } => write!(pointer, "/{key}"),
            Segment::Enum { .. } | Segment::Unknown => Ok(()),
        };
    }
    pointer
}

fn sentence(text: &str) -> Cow<'static, str> {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.')).into(),
        None => "Not valid.".into(),
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Body<T> {
    fn describe() -> Described {
        describe::<T>(Place::Body)
    }

    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let before = faults.len();
        match json::read(&raw.body, faults) {
            Ok(value) => {
                let is_sound = faults.len() == before;
                become_typed(value, its, "", faults).filter(|_| is_sound).map(Body)
            }
            Err(error) => {
                // Of half a body, only where it broke off is told.
                faults.truncate(before);
                faults.push(body_fault(&raw.body, &error));
                None
            }
        }
    }
}

/// What is wrong with a body before any field of it can be looked at.
fn body_fault(body: &[u8], error: &serde_json::Error) -> Fault {
    let place = (error.line(), error.column());
    if body.is_empty() {
        return Fault::new("", "missing", "A JSON body must be given.");
    }
    if std::str::from_utf8(body).is_err() {
        return Fault::new("", "not_utf8", "The body is not UTF-8.");
    }
    let what = error.to_string();
    let (code, message) = match &*what {
        what if what.starts_with("number out of range") => ("absurd_number", "holds a number beyond any use"),
        what if what.starts_with("recursion limit") => ("too_deep", "is nested too deeply"),
        _ => ("not_json", "is not JSON"),
    };
    Fault::new("", code, format!("The body {message}, in line {} at character {}.", place.0, place.1))
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Query<T> {
    fn describe() -> Described {
        describe::<T>(Place::Query)
    }

    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let fields = its.shape.fields();
        // What cannot be read, is unknown or comes twice is named in `query`, for every endpoint alike.
        let known = query::pairs(&raw.query).take(limits::PARAMETERS_MAX).filter_map(|(name, text)| {
            let (name, text) = (name.ok()?, text.ok()?);
            let field = fields.iter().find(|field| field.name == name)?;
            Some((name.into_owned(), field.shape.from_text(&text)))
        });
        take_parameters(known.collect(), its, '?', faults).map(Query)
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Path<T> {
    fn describe() -> Described {
        describe::<T>(Place::Path)
    }

    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let fields = its.shape.fields();
        let known = raw.path.iter().filter_map(|(name, text)| {
            let field = fields.iter().find(|field| field.name == *name)?;
            Some((name.clone(), field.shape.from_text(text)))
        });
        take_parameters(known.collect(), its, '{', faults).map(Path)
    }
}

/// Parameters are named `?limit` or `{id}`, not by pointer.
fn take_parameters<T: DeserializeOwned>(
    object: Map<String, Value>,
    its: &Described,
    mark: char,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let mut found = Vec::new();
    let taken = become_typed(Value::Object(object), its, "", &mut found);
    faults.extend(found.into_iter().map(|mut fault| {
        let name = fault.field.trim_start_matches('/');
        fault.field = if mark == '?' { format!("?{name}") } else { format!("{{{name}}}") };
        fault
    }));
    taken
}

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod tests;
