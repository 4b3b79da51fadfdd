//! The schema of a type, with everything it refers to written in place.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

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
    spell_out(&mut schema);
    schema
}

/// What a width such as `int32` means, in words that every reader of the schema holds to.
fn spell_out(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        Value::Object(object) => {
            if let Some((min, max)) = object.get("format").and_then(Value::as_str).and_then(bounds) {
                bound(object, "minimum", min);
                bound(object, "maximum", max);
                object.remove("format");
            }
            object.values_mut().for_each(spell_out);
        }
        _ => {}
    }
}

fn bound(object: &mut Map<String, Value>, name: &str, width: i64) {
    object.entry(name).or_insert_with(|| width.into());
}

fn bounds(format: &str) -> Option<(i64, i64)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int" | "int64" => (i64::MIN, i64::MAX),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        // Nothing of ours is greater than what both storage engines keep.
        "uint" | "uint64" => (0, i64::MAX),
        _ => return None,
    })
}
