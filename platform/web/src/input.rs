//! Path, query and body, read by the schema of the type they become: all faults at once.

use std::borrow::Cow;

use bytes::Bytes;
use kernel::Fault;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::shape::Shape;

/// A request as it came, past the edge's limits.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// Names and decoded values of the path's parameters.
    pub path: Vec<(String, String)>,
    pub query: String,
    pub body: Bytes,
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
}

/// One input of an endpoint: its schema for people, its shape for checking.
#[derive(Debug, Clone)]
pub struct Described {
    pub place: Place,
    pub schema: Value,
    pub shape: Shape,
}

pub trait Input: Sized + Send + 'static {
    fn describe() -> Described;
    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self>;
}

/// The schema of a type, with everything it refers to written in place.
pub fn schema_of<T: JsonSchema>(serialize: bool) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let settings = if serialize { settings.for_serialize() } else { settings };
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Value::Object(object) = &mut schema {
        object.remove("title");
    }
    schema
}

fn describe<T: JsonSchema>(place: Place) -> Described {
    let schema = schema_of::<T>(false);
    let shape = Shape::of(&schema);
    Described { place, schema, shape }
}

/// Checks by shape first, which names all faults; what the type itself still refuses comes last.
fn become_typed<T: DeserializeOwned>(
    value: Value,
    its: &Described,
    at: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let before = faults.len();
    its.shape.check(&value, at, faults);
    if faults.len() > before {
        return None;
    }
    match T::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            faults.push(Fault::new(at, "invalid", sentence(&error.to_string())));
            None
        }
    }
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
        match serde_json::from_slice::<Value>(&raw.body) {
            Ok(value) => become_typed(value, its, "", faults).map(Body),
            Err(error) => {
                let what = sentence(&error.to_string());
                faults.push(Fault::new("", "not_json", format!("The body is not JSON: {what}")));
                None
            }
        }
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Query<T> {
    fn describe() -> Described {
        describe::<T>(Place::Query)
    }

    fn take(its: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let pairs = pairs(&raw.query);
        // `fields` belongs to every read and is taken by the edge.
        let pairs = pairs.iter().map(|(name, text)| (&**name, &**text)).filter(|(name, _)| *name != "fields");
        let mut object = Map::new();
        for (name, text) in pairs {
            let Some(field) = its.shape.fields().iter().find(|field| field.name == name) else {
                let shown: String = name.chars().take(64).collect();
                faults.push(Fault::new(
                    format!("?{shown}"),
                    "unknown_parameter",
                    "There is no such parameter here.",
                ));
                continue;
            };
            if object.insert(name.to_owned(), field.shape.from_text(text)).is_some() {
                faults.push(Fault::new(format!("?{name}"), "repeated", "May be given once."));
            }
        }
        take_parameters(object, its, '?', faults).map(Query)
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

/// The pairs of a query string, decoded.
pub fn pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let bytes = spaced.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let hex = |digit: u8| (digit as char).to_digit(16).map(|it| it as u8);
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                out.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = tail;
            }
            _ => {
                out.push(first);
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
