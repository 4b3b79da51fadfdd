use kernel::Fault;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Shape;

/// `pointer code` of every fault.
fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found: Vec<Fault> = Vec::new();
    Shape::of(schema).check(value, "", &mut found);
    found.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

#[test]
fn a_table_of_values() {
    let whole = json!({"type": "integer", "minimum": 0, "maximum": 10});
    let any_whole = json!({"type": "integer"});
    let number = json!({"type": "number", "minimum": -90.0, "maximum": 90.0});
    let text = json!({"type": "string", "minLength": 2, "maxLength": 3});
    let maybe = json!({"type": ["string", "null"]});
    let several = json!({"type": ["string", "integer"]});
    let choice = json!({"enum": ["a", "b", 3]});
    let list = json!({"type": "array", "items": {"type": "integer"}, "maxItems": 2});
    let map = json!({"type": "object", "additionalProperties": {"type": "boolean"}});
    let tagged = json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "card"}, "pan": {"type": "string"}}, "required": ["kind", "pan"]},
        {"type": "object", "properties": {"kind": {"const": "cash"}}, "required": ["kind"]},
    ]});
    let rows: &[(&Value, Value, &[&str])] = &[
        (&whole, json!(3), &[]),
        (&whole, json!(3.0), &[]),
        (&whole, json!(-0.0), &[]),
        (&whole, json!(3.5), &[" not_whole"]),
        (&whole, json!(11), &[" out_of_range"]),
        (&whole, json!(-1.0), &[" out_of_range"]),
        (&whole, json!("3"), &[" wrong_type"]),
        (&whole, Value::Null, &[" wrong_type"]),
        (&any_whole, json!(i64::MAX), &[]),
        (&any_whole, json!(i64::MIN), &[]),
        (&any_whole, json!(u64::MAX), &[" not_whole"]),
        (&any_whole, json!(9_223_372_036_854_775_808u64), &[" not_whole"]),
        (&any_whole, json!(1e300), &[" not_whole"]),
        (&any_whole, json!(-9_223_372_036_854_775_808.0), &[]),
        (&number, json!(-90), &[]),
        (&number, json!(90.000001), &[" out_of_range"]),
        (&number, json!(1e308), &[" out_of_range"]),
        (&text, json!("ab"), &[]),
        (&text, json!("äöü"), &[]),
        (&text, json!("äöüß"), &[" too_long"]),
        (&text, json!("ä"), &[" too_short"]),
        (&text, json!("a\0"), &[" bad_character"]),
        (&maybe, Value::Null, &[]),
        (&maybe, json!(1), &[" wrong_type"]),
        (&several, json!(1), &[]),
        (&several, json!(true), &[" no_match"]),
        (&choice, json!(3), &[]),
        (&choice, json!("c"), &[" unknown_choice"]),
        (&list, json!([1, 2]), &[]),
        (&list, json!([1, "2"]), &["/1 wrong_type"]),
        (&list, json!([1, 2, 3]), &[" wrong_count"]),
        (&map, json!({"x/y": 1, "z": true}), &["/x~1y wrong_type"]),
        (&map, json!({"a\0": true}), &["/a\0 bad_character"]),
        (&tagged, json!({"kind": "card"}), &["/pan missing"]),
        (&tagged, json!({"kind": "cash"}), &[]),
        (&tagged, json!({"kind": "shell"}), &[" no_match"]),
    ];
    for (schema, value, expected) in rows {
        assert_eq!(faults(schema, value), *expected, "{value} by {schema}");
    }
}

#[test]
fn a_table_of_dates() {
    let rows = [
        ("date-time", "2026-03-01T08:30:00+02:00", &[][..]),
        ("date-time", "2026-03-01", &[" not_a_time"]),
        ("date-time", "99999-03-01T08:30:00Z", &[" not_a_time"]),
        ("date", "2026-02-28", &[]),
        ("date", "2026-02-30", &[" not_a_date"]),
        ("date", "20260228", &[" not_a_date"]),
    ];
    for (format, text, expected) in rows {
        let schema = json!({"type": "string", "format": format});
        assert_eq!(faults(&schema, &json!(text)), *expected, "{text}");
    }
}

#[test]
fn parameters_become_what_their_shape_expects() {
    let rows = [
        ("integer", "12", json!(12)),
        ("integer", "3.0", json!(3.0)),
        ("integer", "+3", json!("+3")),
        ("integer", " 3", json!(" 3")),
        ("integer", "", json!("")),
        ("number", "1e2", json!(100.0)),
        ("number", "1e400", json!("1e400")),
        ("number", "NaN", json!("NaN")),
        ("number", "inf", json!("inf")),
        ("boolean", "true", json!(true)),
        ("boolean", "yes", json!("yes")),
        ("string", "12", json!("12")),
    ];
    for (kind, text, expected) in rows {
        assert_eq!(Shape::of(&json!({"type": kind})).from_text(text), expected, "{text} as {kind}");
    }
    let list = Shape::of(&json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(list.from_text("1,2,x"), json!([1, 2, "x"]));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-d]{1,2}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_and_any_value_are_survived(schema in any_json(), value in any_json()) {
        let shape = Shape::of(&schema);
        let mut found = Vec::new();
        let mut value = value;
        shape.check(&value, "", &mut found);
        shape.settle(&mut value);
    }

    #[test]
    fn what_passes_as_whole_becomes_a_whole_number(number in prop_oneof![any::<f64>(), (-1e19..1e19f64).prop_map(f64::trunc)]) {
        let shape = Shape::of(&json!({"type": "integer"}));
        let mut value = json!(number);
        let mut found = Vec::new();
        shape.check(&value, "", &mut found);
        if found.is_empty() {
            shape.settle(&mut value);
            prop_assert_eq!(value.as_i64().map(|it| it as f64), Some(number));
        } else {
            prop_assert!(!value.is_number() || number.fract() != 0.0 || number.abs() >= 9.2e18);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn faults_stay_few(items in prop::collection::vec(any_json(), 0..300)) {
        let shape = Shape::of(&json!({"type": "array", "items": {"type": "integer", "minimum": 5, "maximum": 4}}));
        let mut found = Vec::new();
        shape.check(&Value::from(items), "", &mut found);
        prop_assert!(found.len() <= crate::limits::FAULTS_MAX);
    }
}
