use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;
use crate::page::PageQuery;

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Report {
    #[schemars(length(min = 1, max = 20))]
    category: String,
    place: Place2,
    #[serde(default)]
    tags: Vec<String>,
    count: Option<i32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Place2 {
    #[schemars(range(min = -90.0, max = 90.0))]
    lat: f64,
    #[schemars(with = "String")]
    id: kernel::Id<kernel::Person>,
}

fn body_faults(body: impl Into<Bytes>) -> Vec<String> {
    let raw = Raw { body: body.into(), ..Raw::default() };
    let mut faults = Vec::new();
    let taken = Body::<Report>::take(&Body::<Report>::describe(), &raw, &mut faults);
    assert_eq!(taken.is_none(), !faults.is_empty());
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

#[test]
fn a_table_of_bodies() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let id = "per_0000000000001";
    let rows: Vec<(String, &[&str])> = vec![
        (format!(r#"{{"category":"a","place":{{"lat":1,"id":"{id}"}}}}"#), &[]),
        (format!(r#"{{"category":"a","place":{{"lat":1,"id":"{id}"}},"count":3.0,"later":1}}"#), &[]),
        (String::new(), &[" missing"]),
        ("{".into(), &[" not_json"]),
        ("[]".into(), &[" wrong_type"]),
        ("null".into(), &[" wrong_type"]),
        ("{}".into(), &["/category missing", "/place missing"]),
        (deep, &[" too_deep"]),
        (r#"{"count":1e400}"#.into(), &[" absurd_number"]),
        (
            r#"{"category":"","place":{"lat":91,"more":1},"tags":["x",2],"count":3000000000}"#.into(),
            &[
                "/category too_short",
                "/count out_of_range",
                "/place/id missing",
                "/place/lat out_of_range",
                "/place/more unknown_field",
                "/tags/1 wrong_type",
            ],
        ),
        (
            format!(r#"{{"category":"a","place":{{"lat":1,"id":"{id}","id":"{id}"}},"later":1,"later":1}}"#),
            &["/later repeated", "/place/id repeated"],
        ),
        (r#"{"a":1,"a":1"#.into(), &[" not_json"]),
        (r#"{"category":"a","place":{"lat":1,"id":"per_1"}}"#.into(), &["/place/id invalid"]),
        (
            r#"{"category":"a\u0000","place":{"lat":1,"id":"per_0000000000001"}}"#.into(),
            &["/category bad_character"],
        ),
    ];
    for (body, expected) in rows {
        let mut found = body_faults(body.clone());
        found.sort();
        assert_eq!(found, expected, "{}", &body[..body.len().min(200)]);
    }
    assert_eq!(body_faults(&b"{\"category\":\"\xff\"}"[..]), [" not_utf8"]);
}

fn query_faults(text: &str) -> Vec<String> {
    let its = Query::<PageQuery>::describe();
    let known = vec!["id".to_owned(), "at".to_owned()];
    let mut faults = Vec::new();
    let is_known = |name: &str| name == "fields" || its.shape.fields().iter().any(|it| it.name == name);
    check_query(text, is_known, &mut faults);
    chosen_fields(text, &known, &mut faults);
    let raw = Raw { query: text.into(), ..Raw::default() };
    let _ = Query::<PageQuery>::take(&its, &raw, &mut faults);
    faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

#[test]
fn a_table_of_queries() {
    let rows: &[(&str, &[&str])] = &[
        ("", &[]),
        ("&&", &[]),
        ("limit=5", &[]),
        ("limit=5.0", &[]),
        ("limit=%35", &[]),
        ("limit=0", &["?limit out_of_range"]),
        ("limit=101", &["?limit out_of_range"]),
        ("limit=99999999999999999999", &["?limit not_whole"]),
        ("limit=", &["?limit wrong_type"]),
        ("limit=1&limit=1", &["?limit repeated"]),
        ("limit=%zz", &["?limit not_utf8"]),
        ("limit=%", &["?limit not_utf8"]),
        ("cursor=%ff", &["?cursor not_utf8"]),
        ("%ff=1", &["? not_utf8"]),
        ("who=me", &["?who unknown_parameter"]),
        ("who=me&limit=x", &["?who unknown_parameter", "?limit wrong_type"]),
        ("cursor=a%00", &["?cursor bad_character"]),
        ("fields=id", &[]),
        ("fields=id,at,id", &[]),
        ("fields=id,secret", &["?fields unknown_field"]),
        ("fields=", &["?fields unknown_field"]),
        ("fields=id&fields=at", &["?fields repeated"]),
    ];
    for (text, expected) in rows {
        assert_eq!(query_faults(text), *expected, "{text}");
    }
    let many: String = (0..200).map(|it| format!("p{it}=1&")).collect();
    assert!(query_faults(&many).len() <= crate::limits::FAULTS_MAX + 1);
}

proptest! {
    #[test]
    fn any_body_is_survived(body in prop::collection::vec(any::<u8>(), 0..200)) {
        body_faults(body);
    }

    #[test]
    fn any_query_is_survived(text in "\\PC{0,80}|[a-z=&%0-9+]{0,80}") {
        query_faults(&text);
    }

    #[test]
    fn what_is_encoded_is_decoded(text in "\\PC{0,20}") {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        prop_assert_eq!(decode_path(&encoded).unwrap(), text);
    }
}
