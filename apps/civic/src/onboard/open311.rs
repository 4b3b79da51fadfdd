//! Services and their definitions, as an Open311 endpoint lists them, become categories. Pure.

use serde_json::{Map, Value, json};

use super::city::{CategoryText, City};
use crate::limits;

/// A service, and whether its definition is to be asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// How the endpoint calls it.
    pub code: String,
    pub has_definition: bool,
    pub category: CategoryText,
}

/// The longest texts that are taken.
const NAME_MAX: usize = 120;
const ABOUT_MAX: usize = 2_000;
const CODE_MAX: usize = 64;
const KEYWORDS_MAX: usize = 30;
const KEYWORD_MAX: usize = 60;
const QUESTIONS_MAX: usize = 40;
const QUESTION_MAX: usize = 500;
const VALUES_MAX: usize = 200;

/// The list of services. What is no service is left out; a code that cannot be one of ours is made so.
pub fn services(body: &Value) -> Result<Vec<Service>, String> {
    let items = listed(body, "services").ok_or("it does not answer with a list of services")?;
    let mut services: Vec<Service> = Vec::new();
    for item in items.iter().filter_map(Value::as_object).take(limits::CATEGORIES_MAX) {
        let Some(code) = text(item, "service_code", CODE_MAX * 4) else { continue };
        let ours = our_code(&code);
        if ours.is_empty() || services.iter().any(|it| it.category.code == ours) {
            continue;
        }
        let keywords = text(item, "keywords", ABOUT_MAX).unwrap_or_default();
        let keywords = keywords.split([',', ';']).map(str::trim).filter(|word| !word.is_empty());
        let category = CategoryText {
            name: text(item, "service_name", NAME_MAX).unwrap_or_else(|| code.clone()),
            code: ours,
            group: text(item, "group", NAME_MAX),
            about: text(item, "description", ABOUT_MAX),
            keywords: keywords.take(KEYWORDS_MAX).map(|word| cut(word, KEYWORD_MAX)).collect(),
            place: services.len() as i64,
            ..CategoryText::default()
        };
        services.push(Service { code, has_definition: truth(item.get("metadata")), category });
    }
    if services.is_empty() { Err("it lists no services".into()) } else { Ok(services) }
}

/// The questions of a service's definition.
pub fn questions(body: &Value) -> Vec<Value> {
    let body = match body {
        Value::Array(items) => items.first().unwrap_or(&Value::Null),
        body => body,
    };
    let attributes = body.get("attributes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut questions: Vec<Value> = Vec::new();
    for attribute in attributes.iter().filter_map(Value::as_object) {
        let question = question(attribute, questions.len());
        let is_new = |it: &Value| questions.iter().all(|other| other["code"] != it["code"]);
        let question = question.filter(is_new);
        questions.extend(question);
        if questions.len() == QUESTIONS_MAX {
            break;
        }
    }
    questions
}

fn question(attribute: &Map<String, Value>, place: usize) -> Option<Value> {
    let code = text(attribute, "code", CODE_MAX)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let code: String = code.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    let code = code.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    if code.is_empty() {
        return None;
    }
    let values: Vec<Value> = attribute
        .get("values")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(Value::as_object)
        .filter_map(choice)
        .take(VALUES_MAX)
        .collect();
    let asked = text(attribute, "datatype", 40).unwrap_or_default().to_lowercase();
    let is_variable = attribute.get("variable").is_none_or(|it| truth(Some(it)));
    let datatype = match asked.as_str() {
        // What offers nothing to choose from is answered in words.
        "singlevaluelist" | "multivaluelist" if values.is_empty() && is_variable => "string",
        "number" | "datetime" | "text" | "singlevaluelist" | "multivaluelist" => asked.as_str(),
        _ => "string",
    };
    let is_list = datatype.ends_with("list");
    let mut question = json!({
        "code": code,
        "datatype": datatype,
        "required": is_variable && truth(attribute.get("required")),
        "variable": is_variable,
        "order": attribute.get("order").and_then(number).unwrap_or(place as i64).clamp(0, 10_000),
        "description": text(attribute, "description", QUESTION_MAX).unwrap_or_else(|| code.clone()),
    });
    if let Some(how) = text(attribute, "datatype_description", QUESTION_MAX) {
        question["datatype_description"] = json!(how);
    }
    if is_list && is_variable {
        let mut seen = Vec::new();
        let fresh = values.into_iter().filter(|it| {
            let is_new = !seen.contains(&it["key"]);
            seen.push(it["key"].clone());
            is_new
        });
        question["values"] = fresh.collect();
    }
    Some(question)
}

fn choice(value: &Map<String, Value>) -> Option<Value> {
    let name = text(value, "name", 200);
    let key = text(value, "key", 120).or_else(|| name.as_deref().map(|it| cut(it, 120)))?;
    Some(json!({ "key": key, "name": name.unwrap_or_else(|| key.clone()) }))
}

/// A city that has these categories and nothing else.
pub fn city(name: &str, services: Vec<Service>) -> City {
    City {
        name: name.to_owned(),
        features: [(crate::APP.to_owned(), 100)].into(),
        categories: services.into_iter().map(|it| it.category).collect(),
        ..City::default()
    }
}

/// Some wrap their lists, which the specification does not have.
fn listed<'a>(body: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    body.as_array().or_else(|| body.get(name)?.as_array())
}

fn our_code(code: &str) -> String {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    let lower = code.trim().to_lowercase();
    let ours: String = lower.chars().map(|c| if fits(c) { c } else { '_' }).take(CODE_MAX).collect();
    ours.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

/// Text or a number as text, without what no text may hold; blank is nothing.
fn text(item: &Map<String, Value>, name: &str, length_max: usize) -> Option<String> {
    let text = match item.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain: String = words
        .join(" ")
        .chars()
        .filter(|c| kernel::text::fault("", c.encode_utf8(&mut [0; 4]), kernel::text::Lines::One).is_none())
        .collect();
    let text = cut(&plain, length_max);
    (!kernel::text::is_blank(&text)).then_some(text)
}

fn cut(text: &str, length_max: usize) -> String {
    text.chars().take(length_max).collect::<String>().trim().to_owned()
}

fn truth(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_become_categories() {
        let body = json!([
            { "service_code": "POTHOLE/1", "service_name": " Pothole\u{7} on  street ", "description": "", "metadata": "true",
              "type": "realtime", "keywords": "road, hole ;", "group": "Streets" },
            { "service_code": 33, "service_name": null, "metadata": false },
            { "service_code": "pothole/1", "service_name": "twice" },
            { "service_name": "no code" }, "nothing", { "service_code": "///" },
        ]);
        let found = services(&body).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].code.as_str(), found[0].has_definition), ("POTHOLE/1", true));
        let category = &found[0].category;
        assert_eq!((category.code.as_str(), category.name.as_str()), ("pothole_1", "Pothole on street"));
        assert_eq!((&category.about, category.keywords.join("|").as_str()), (&None, "road|hole"));
        assert_eq!((found[1].category.code.as_str(), found[1].category.name.as_str()), ("33", "33"));
        assert_eq!(services(&json!({ "services": body })).unwrap(), found);
        assert!(services(&json!({})).is_err() && services(&json!([])).is_err());
    }

    #[test]
    fn definitions_become_questions() {
        let body = json!({ "service_code": "x", "attributes": [
            { "variable": true, "code": "WHISHETN", "datatype": "singlevaluelist", "required": "true", "order": "2",
              "description": "What is it?", "datatype_description": null,
              "values": [{ "key": 123, "name": "Ford" }, { "key": "124", "name": "Chrysler" }, { "key": "123", "name": "again" }, { "name": "Other" }] },
            { "variable": false, "code": "note", "datatype": "text", "required": true, "description": "Call us." },
            { "code": "empty list", "datatype": "multivaluelist", "description": "" },
            { "code": "WHISHETN", "datatype": "string" },
            { "datatype": "string" },
        ]});
        let found = questions(&body);
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0]["values"],
            json!([{ "key": "123", "name": "Ford" }, { "key": "124", "name": "Chrysler" }, { "key": "Other", "name": "Other" }])
        );
        assert_eq!((&found[0]["required"], &found[0]["order"]), (&json!(true), &json!(2)));
        assert_eq!((&found[1]["variable"], &found[1]["required"]), (&json!(false), &json!(false)));
        assert_eq!(
            (&found[2]["code"], &found[2]["datatype"], &found[2]["description"]),
            (&json!("empty_list"), &json!("string"), &json!("empty_list"))
        );
        assert_eq!(questions(&json!([body])), found);
        assert!(questions(&json!("nonsense")).is_empty());
    }
}
