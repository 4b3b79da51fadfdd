//! The walk over a value that names every fault.

use kernel::Fault;
use serde_json::{Map, Value};

use super::{Field, Others, Shape, text, whole_of};
use crate::limits;

impl Shape {
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
                    fault("unknown_choice", format!("Must be one of {}.", listed(choices)));
                }
            }
            (Shape::OneOf(ways), value) => check_ways(ways, value, at, faults),
            (Shape::Text { min, max, pattern, format }, Value::String(it)) => {
                if let Some((code, message)) = text::fault(it, *min, *max, pattern.as_ref(), *format) {
                    fault(code, message);
                }
            }
            (Shape::Integer { min, max }, Value::Number(number)) => match whole_of(number) {
                None => fault("not_whole", "Must be a whole number within 64 bits.".into()),
                Some(it) => {
                    if let Some(message) = range_fault(it, *min, *max) {
                        fault("out_of_range", message);
                    }
                }
            },
            (Shape::Number { min, max }, Value::Number(number)) => {
                if let Some(message) = number.as_f64().and_then(|it| range_fault(it, *min, *max)) {
                    fault("out_of_range", message);
                }
            }
            (Shape::List { item, min, max }, Value::Array(items)) => {
                if items.len() < *min || items.len() > *max {
                    fault("wrong_count", count_fault(*min, *max, items.len()));
                    return;
                }
                for (place, value) in items.iter().enumerate() {
                    if faults.len() >= limits::FAULTS_MAX {
                        return;
                    }
                    item.check(value, &format!("{at}/{place}"), faults);
                }
            }
            (Shape::Object { fields, others }, Value::Object(object)) => {
                check_object(fields, others, object, at, faults);
            }
            (expected, found) => {
                fault("wrong_type", format!("Must be {}, not {}.", expected.name(), kind_of(found)));
            }
        }
    }

    pub(super) fn fits(&self, value: &Value) -> bool {
        let mut found = Vec::new();
        self.check(value, "", &mut found);
        found.is_empty()
    }

    /// Whether the tag of this variant, a field with one allowed value, is the one given.
    fn is_meant_by(&self, value: &Value) -> bool {
        self.fields().iter().any(|field| match &field.shape {
            Shape::Choice(choices) if choices.len() == 1 => value.get(&field.name) == choices.first(),
            _ => false,
        })
    }
}

/// The faults of the variant that was meant, if that can be told.
fn check_ways(ways: &[Shape], value: &Value, at: &str, faults: &mut Vec<Fault>) {
    if ways.iter().any(|way| way.fits(value)) {
        return;
    }
    match ways.iter().find(|way| way.is_meant_by(value)) {
        Some(way) => way.check(value, at, faults),
        None => faults.push(Fault::new(at, "no_match", "Fits none of the allowed forms.")),
    }
}

fn check_object(
    fields: &[Field],
    others: &Others,
    object: &Map<String, Value>,
    at: &str,
    faults: &mut Vec<Fault>,
) {
    let mut known = 0;
    for field in fields {
        match object.get(&field.name) {
            Some(value) => {
                known += 1;
                // Most fields are well: the pointer is only written out for those that are not, or
                // that hold more fields.
                if !field.shape.is_plainly(value) {
                    field.shape.check(value, &pointer(at, &field.name), faults);
                }
            }
            None if field.required && faults.len() < limits::FAULTS_MAX => {
                faults.push(Fault::new(pointer(at, &field.name), "missing", "Must be given."));
            }
            None => {}
        }
    }
    if known == object.len() || matches!(others, Others::Any) {
        return;
    }
    for (name, value) in object.iter().filter(|(name, _)| !fields.iter().any(|field| field.name == **name)) {
        if faults.len() >= limits::FAULTS_MAX {
            return;
        }
        match others {
            Others::Each(_) if name.contains('\0') => faults.push(Fault::new(
                pointer(at, name),
                "bad_character",
                "A name must not contain the character U+0000.",
            )),
            Others::Each(each) => each.check(value, &pointer(at, name), faults),
            _ => faults.push(Fault::new(pointer(at, name), "unknown_field", "There is no such field here.")),
        }
    }
}

impl Shape {
    /// Right beyond doubt, told without a look at rules.
    fn is_plainly(&self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Shape::Any, _) | (Shape::Bool, Value::Bool(_)) | (Shape::Nullable(_), Value::Null)
        )
    }
}

/// RFC 6901; what a stranger named is shown only in part.
pub(crate) fn pointer(at: &str, name: &str) -> String {
    let mut pointer = String::with_capacity(at.len() + name.len().min(limits::NAME_SHOWN_MAX) + 1);
    pointer.push_str(at);
    pointer.push('/');
    for letter in name.chars().take(limits::NAME_SHOWN_MAX) {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            letter => pointer.push(letter),
        }
    }
    pointer
}

fn listed(choices: &[Value]) -> String {
    let names: Vec<String> = choices.iter().take(limits::CHOICES_SHOWN_MAX).map(Value::to_string).collect();
    let more = if choices.len() > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}

fn count_fault(min: usize, max: usize, has: usize) -> String {
    match max {
        usize::MAX => format!("Must have at least {min} items, has {has}."),
        max => format!("Must have {min} to {max} items, has {has}."),
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
