//! The part of JSON Schema that inputs are held to: what `schemars` writes for plain types.
//!
//! A validator from the registries would do more and cost more; this one walks a small compiled
//! tree, names every fault, and the same schema is what the OpenAPI document shows.

mod check;
mod pattern;
mod text;

use serde_json::{Map, Number, Value};

pub(crate) use check::pointer;
use pattern::Pattern;

/// A schema, compiled for checking.
#[derive(Debug, Clone)]
pub enum Shape {
    Any,
    Nullable(Box<Shape>),
    OneOf(Vec<Shape>),
    Choice(Vec<Value>),
    Text { min: usize, max: usize, pattern: Option<Pattern>, format: Option<Format> },
    Integer { min: Option<i64>, max: Option<i64> },
    Number { min: Option<f64>, max: Option<f64> },
    Bool,
    List { item: Box<Shape>, min: usize, max: usize },
    Object { fields: Vec<Field>, others: Others },
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub required: bool,
    pub shape: Shape,
}

/// What an object may hold besides its named fields.
#[derive(Debug, Clone)]
pub enum Others {
    Any,
    None,
    Each(Box<Shape>),
}

/// Formats of text that are checked; others are documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    DateTime,
    Date,
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
            Some(Value::Array(kinds)) => Self::of_kinds(kinds, schema),
            _ => Shape::Any,
        }
    }

    fn of_kinds(kinds: &[Value], schema: &Map<String, Value>) -> Self {
        let names = || kinds.iter().filter_map(Value::as_str);
        let mut ways: Vec<Shape> =
            names().filter(|kind| *kind != "null").map(|kind| Self::of_kind(kind, schema)).collect();
        let shape = if ways.len() == 1 { ways.swap_remove(0) } else { Shape::OneOf(ways) };
        if names().any(|kind| kind == "null") { Shape::Nullable(Box::new(shape)) } else { shape }
    }

    fn of_ways(ways: &[Value]) -> Self {
        let is_null = |way: &Value| way.get("type").and_then(Value::as_str) == Some("null");
        let mut others: Vec<Shape> = ways.iter().filter(|way| !is_null(way)).map(Self::of).collect();
        let mut choices = Vec::new();
        let all_choices = others.iter().all(|other| match other {
            Shape::Choice(values) => {
                choices.extend(values.iter().cloned());
                true
            }
            _ => false,
        });
        let shape = match others.len() {
            1 => others.swap_remove(0),
            _ if all_choices => Shape::Choice(choices),
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
                pattern: schema.get("pattern").and_then(Value::as_str).and_then(Pattern::new),
                format: match schema.get("format").and_then(Value::as_str) {
                    Some("date-time") => Some(Format::DateTime),
                    Some("date") => Some(Format::Date),
                    _ => None,
                },
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
            "null" => Shape::Choice(vec![Value::Null]),
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
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Others::None,
            Some(each @ Value::Object(_)) => Others::Each(Box::new(Self::of(each))),
            _ => Others::Any,
        };
        Shape::Object { fields: fields.unwrap_or_default(), others }
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
            Shape::Integer { .. } | Shape::Number { .. } => {
                number_of(text).map_or_else(|| text.into(), Value::Number)
            }
            Shape::Bool => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            Shape::List { item, .. } => text.split(',').map(|part| item.from_text(part)).collect(),
            Shape::Choice(choices) if !choices.iter().any(|choice| choice == text) => {
                number_of(text).map(Value::Number).filter(|it| choices.contains(it)).unwrap_or(text.into())
            }
            _ => text.into(),
        }
    }

    /// Makes whole numbers of `3.0` where whole numbers are meant: JSON Schema calls it one, and
    /// some languages write it so. The value has passed the check.
    pub fn settle(&self, value: &mut Value) {
        match (self, value) {
            (Shape::Nullable(inner), value) if !value.is_null() => inner.settle(value),
            (Shape::Integer { .. }, Value::Number(number)) if number.is_f64() => {
                if let Some(whole) = whole_of(number) {
                    *number = whole.into();
                }
            }
            (Shape::List { item, .. }, Value::Array(items)) => {
                items.iter_mut().for_each(|it| item.settle(it));
            }
            (Shape::Object { fields, others }, Value::Object(object)) => {
                for (name, value) in object {
                    match (fields.iter().find(|field| field.name == *name), others) {
                        (Some(field), _) => field.shape.settle(value),
                        (None, Others::Each(each)) => each.settle(value),
                        (None, _) => {}
                    }
                }
            }
            (Shape::OneOf(ways), value) => {
                if let Some(way) = ways.iter().find(|way| way.fits(value)) {
                    way.settle(value);
                }
            }
            _ => {}
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

/// A number as JSON writes it: no `inf`, no `+1`, no spaces.
fn number_of(text: &str) -> Option<Number> {
    let tight = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    if tight { serde_json::from_str(text).ok() } else { None }
}

/// The whole number that this is, however it was written, if it fits 64 bits.
fn whole_of(number: &Number) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    number.as_i64().or_else(|| {
        let it = number.as_f64().filter(|_| number.is_f64())?;
        (it.fract() == 0.0 && (-LIMIT..LIMIT).contains(&it)).then_some(it as i64)
    })
}

#[cfg(test)]
mod tests;
