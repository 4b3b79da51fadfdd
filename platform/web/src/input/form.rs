//! A form as a browser sends it: `application/x-www-form-urlencoded`, or in parts with files.

use bytes::Bytes;
use kernel::Fault;

use super::multipart;
use super::query::pairs;
use super::{Described, How, Input, Place, Raw};
use crate::limits;
use crate::shape::{Shape, pointer};

pub(super) const URLENCODED: &str = "application/x-www-form-urlencoded";
pub(super) const MULTIPART: &str = "multipart/form-data";

/// The fields of a form in their order; the same name may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<Field>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// The name of the file, as the sender has it: for people, never for a path.
    pub file: Option<String>,
    /// What the sender says it is, which need not be so.
    pub media: Option<String>,
    /// Of a field that is no file this is text, in UTF-8 and without U+0000.
    pub bytes: Bytes,
}

impl Field {
    /// `None` for a file.
    pub fn text(&self) -> Option<&str> {
        if self.file.is_some() { None } else { std::str::from_utf8(&self.bytes).ok() }
    }
}

impl Fields {
    /// The first of this name that is no file.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Each one of this name that is no file.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.name == name).filter_map(Field::text)
    }

    /// The files. A browser sends one without a name and without a byte where none was chosen, which
    /// is left out.
    pub fn files(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().filter(|field| {
            field.file.as_ref().is_some_and(|name| !(name.is_empty() && field.bytes.is_empty()))
        })
    }
}

impl Input for Fields {
    fn describe() -> Described {
        let schema = serde_json::json!({
            "type": "object",
            "maxProperties": limits::FORM_FIELDS_MAX,
            "additionalProperties": true,
        });
        Described { place: Place::Body, how: How::Fields, schema, shape: Shape::Any }
    }

    fn take(_: &Described, raw: &Raw, faults: &mut Vec<Fault>) -> Option<Self> {
        let media = raw.media.as_ref().and_then(|media| media.to_str().ok()).unwrap_or(URLENCODED);
        let read = match super::essence(media) {
            kind if kind.eq_ignore_ascii_case(MULTIPART) => multipart::read(media, &raw.body),
            _ => urlencoded(&raw.body),
        };
        match read {
            Ok(fields) => Some(Self(fields)),
            Err(fault) => {
                faults.push(fault);
                None
            }
        }
    }
}

fn urlencoded(body: &Bytes) -> Result<Vec<Field>, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| not_utf8(""))?;
    let mut fields = Vec::new();
    for (name, value) in pairs(text) {
        let name = name.map_err(|_| Fault::new("", "not_utf8", "A field's name cannot be read."))?;
        let value = value.map_err(|_| not_utf8(&name))?;
        let field = Field {
            name: name.into_owned(),
            file: None,
            media: None,
            bytes: value.into_owned().into_bytes().into(),
        };
        add(&mut fields, field)?;
    }
    Ok(fields)
}

/// What holds for a field however it came.
pub(super) fn add(fields: &mut Vec<Field>, field: Field) -> Result<(), Fault> {
    if fields.len() >= limits::FORM_FIELDS_MAX {
        let message = format!("A form may have at most {} fields.", limits::FORM_FIELDS_MAX);
        return Err(Fault::new("", "too_many", message));
    }
    let at = || pointer("", &field.name);
    let long = |text: &str| text.len() > limits::FORM_NAME_BYTES_MAX;
    if long(&field.name) || field.file.as_deref().is_some_and(long) {
        let message = format!("A name may have at most {} bytes.", limits::FORM_NAME_BYTES_MAX);
        return Err(Fault::new(at(), "name_too_long", message));
    }
    let names = field.name.bytes().chain(field.file.iter().flat_map(|name| name.bytes()));
    let is_text = field.file.is_none();
    if names.into_iter().any(|byte| byte == 0) || is_text && field.bytes.contains(&0) {
        return Err(Fault::new(at(), "bad_character", "Must not contain the character U+0000."));
    }
    if is_text && std::str::from_utf8(&field.bytes).is_err() {
        return Err(not_utf8(&field.name));
    }
    fields.push(field);
    Ok(())
}

fn not_utf8(name: &str) -> Fault {
    let at = if name.is_empty() { String::new() } else { pointer("", name) };
    Fault::new(at, "not_utf8", "This is not UTF-8, or not encoded as it says.")
}
