//! The part of JSON Schema that inputs are held to: what `schemars` writes for plain structs.
//!
//! A validator from the registries would do more and cost more; this one walks a small compiled
//! tree, names every fault, and the same schema is what the OpenAPI document shows.

use kernel::Fault;
use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::limits;

/// A schema, compiled for checking.
#[derive(Debug, Clone)]
pub enum Shape {
    Any,
    Nullable(Box<Shape>),
    OneOf(Vec<Shape>),
    Choice(Vec<Value>),
    Text { min: usize, max: usize, pattern: Option<Regex> },
    Integer { min: Option<i64>, max: Option<i64> },
    Number { min: Option<f64>, max: Option<f64> },
    Bool,
    List { item: Box<Shape>, min: usize, max: usize },
    Object { fields: Vec<Field>, closed: bool },
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub required: bool,
    pub shape: Shape,
}

impl Shape {
    /// Of a schema with its subschemas inlined. Words it does not know are documentation.
    pub fn of(schema: &Value) -> Self {
        let Value::Object(schema) = schema else { return Shape::Any };
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            return Shape::Choice(choices.clone());
        }
        if let Some(only) = schema.get("const") {
            return Shape::Choice(vec![only.clone()]);
        }
        if let Some(Value::Array(ways)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            return Self::of_ways(ways);
        }
        match schema.get("type") {
            Some(Value::String(kind)) => Self::of_kind(kind, schema),
            Some(Value::Array(kinds)) => {
                let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("");
                Shape::Nullable(Box::new(Self::of_kind(kind, schema)))
            }
            _ => Shape::Any,
        }
    }

    fn of_ways(ways: &[Value]) -> Self {
        let is_null = |way: &Value| way.get("type").and_then(Value::as_str) == Some("null");
        let others: Vec<Shape> = ways.iter().filter(|way| !is_null(way)).map(Self::of).collect();
        let mut choices = Vec::new();
        for other in &others {
            match other {
                Shape::Choice(values) => choices.extend(values.iter().cloned()),
                _ => break,
            }
        }
        let shape = match others.len() {
            1 => others.into_iter().next().unwrap_or(Shape::Any),
            many if choices.len() >= many => Shape::Choice(choices),
            _ => Shape::OneOf(others),
        };
        if ways.iter().any(is_null) { Shape::Nullable(Box::new(shape)) } else { shape }
    }

    fn of_kind(kind: &str, schema: &Map<String, Value>) -> Self {
        let whole = |name: &str| schema.get(name).and_then(Value::as_i64);
        let count =
            |name: &str, default| schema.get(name).and_then(Value::as_u64).map_or(default, |it| it as usize);
        let number = |name: &str| schema.get(name).and_then(Value::as_f64);
        match kind {
            "string" => Shape::Text {
                min: count("minLength", 0),
                max: count("maxLength", usize::MAX),
                pattern: schema.get("pattern").and_then(Value::as_str).and_then(|it| Regex::new(it).ok()),
            },
            "integer" => Shape::Integer { min: whole("minimum"), max: whole("maximum") },
            "number" => Shape::Number { min: number("minimum"), max: number("maximum") },
            "boolean" => Shape::Bool,
            "array" => Shape::List {
                item: Box::new(schema.get("items").map_or(Shape::Any, Self::of)),
                min: count("minItems", 0),
                max: count("maxItems", usize::MAX),
            },
            "object" => Self::of_object(schema),
            _ => Shape::Any,
        }
    }

    fn of_object(schema: &Map<String, Value>) -> Self {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let fields = schema.get("properties").and_then(Value::as_object).map(|properties| {
            let field = |(name, schema): (&String, &Value)| Field {
                name: name.clone(),
                required: required.contains(&name.as_str()),
                shape: Self::of(schema),
            };
            properties.iter().map(field).collect()
        });
        Shape::Object {
            fields: fields.unwrap_or_default(),
            closed: schema.get("additionalProperties") == Some(&Value::Bool(false)),
        }
    }

    /// The fields of an object, for parameters that come as text.
    pub fn fields(&self) -> &[Field] {
        match self {
            Shape::Object { fields, .. } => fields,
            _ => &[],
        }
    }

    /// A parameter's text as the JSON value this shape expects; text that does not fit stays text,
    /// and the check then says what was expected.
    pub fn from_text(&self, text: &str) -> Value {
        match self {
            Shape::Nullable(inner) => inner.from_text(text),
            Shape::Integer { .. } => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Shape::Number { .. } => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
            Shape::Bool => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            Shape::List { item, .. } => text.split(',').map(|part| item.from_text(part)).collect(),
            _ => text.into(),
        }
    }

    /// Names every fault; `at` is the field as the caller knows it.
    pub fn check(&self, value: &Value, at: &str, faults: &mut Vec<Fault>) {
        if faults.len() >= limits::FAULTS_MAX {
            return;
        }
        let mut fault = |code, message: String| faults.push(Fault::new(at, code, message));
        match (self, value) {
            (Shape::Any, _) | (Shape::Bool, Value::Bool(_)) | (Shape::Nullable(_), Value::Null) => {}
            (Shape::Nullable(inner), value) => inner.check(value, at, faults),
            (Shape::Choice(choices), value) => {
                if !choices.contains(value) {
                    let names: Vec<String> = choices.iter().map(Value::to_string).collect();
                    fault("unknown_choice", format!("Must be one of {}.", names.join(", ")));
                }
            }
            (Shape::OneOf(ways), value) => {
                let fits = |way: &Shape| {
                    let mut found = Vec::new();
                    way.check(value, at, &mut found);
                    found.is_empty()
                };
                if !ways.iter().any(fits) {
                    fault("no_match", "Fits none of the allowed forms.".into());
                }
            }
            (Shape::Text { min, max, pattern }, Value::String(text)) => {
                if let Some((code, message)) = text_fault(text, *min, *max, pattern.as_ref()) {
                    fault(code, message);
                }
            }
            (Shape::Integer { min, max }, Value::Number(number)) => {
                // 3.0 is a whole number in JSON Schema, and in what JavaScript sends.
                let whole = number.as_i64();
                match whole {
                    None => fault("not_whole", "Must be a whole number within 64 bits.".into()),
                    Some(it) => {
                        if let Some(message) = range_fault(it, *min, *max) {
                            fault("out_of_range", message);
                        }
                    }
                }
            }
            (Shape::Number { min, max }, Value::Number(number)) => {
                if let Some(message) = number.as_f64().and_then(|it| range_fault(it, *min, *max)) {
                    fault("out_of_range", message);
                }
            }
            (Shape::List { item, min, max }, Value::Array(items)) => {
                if items.len() < *min || items.len() > *max {
                    fault("wrong_count", format!("Must have {min} to {max} items, has {}.", items.len()));
                    return;
                }
                for (place, value) in items.iter().enumerate() {
                    item.check(value, &format!("{at}/{place}"), faults);
                }
            }
            (Shape::Object { fields, closed }, Value::Object(object)) => {
                check_object(fields, *closed, object, at, faults);
            }
            (expected, found) => {
                fault("wrong_type", format!("Must be {}, not {}.", expected.name(), kind_of(found)));
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Shape::Text { .. } => "text",
            Shape::Integer { .. } => "a whole number",
            Shape::Number { .. } => "a number",
            Shape::Bool => "true or false",
            Shape::List { .. } => "a list",
            Shape::Object { .. } => "an object",
            Shape::Nullable(inner) => inner.name(),
            Shape::Any | Shape::OneOf(_) | Shape::Choice(_) => "a value",
        }
    }
}

fn check_object(
    fields: &[Field],
    closed: bool,
    object: &Map<String, Value>,
    at: &str,
    faults: &mut Vec<Fault>,
) {
    for field in fields {
        let inner = || format!("{at}/{}", field.name);
        match object.get(&field.name) {
            Some(value) => field.shape.check(value, &inner(), faults),
            None if field.required => faults.push(Fault::new(inner(), "missing", "Must be given.")),
            None => {}
        }
    }
    if closed && object.len() > fields.len().min(object.len().saturating_sub(1)) {
        for name in object.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
            if faults.len() >= limits::FAULTS_MAX {
                return;
            }
            let shown: String = name.chars().take(64).collect();
            faults.push(Fault::new(format!("{at}/{shown}"), "unknown_field", "There is no such field here."));
        }
    }
}

fn text_fault(text: &str, min: usize, max: usize, pattern: Option<&Regex>) -> Option<(&'static str, String)> {
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
    match pattern {
        Some(pattern) if !pattern.is_match(text) => {
            Some(("wrong_form", format!("Must match {}.", pattern.as_str())))
        }
        _ => None,
    }
}

fn range_fault<N: PartialOrd + std::fmt::Display>(it: N, min: Option<N>, max: Option<N>) -> Option<String> {
    match (min, max) {
        (Some(min), _) if it < min => Some(format!("Must be at least {min}, is {it}.")),
        (_, Some(max)) if it > max => Some(format!("Must be at most {max}, is {it}.")),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
