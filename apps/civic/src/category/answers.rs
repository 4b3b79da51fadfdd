//! Answers held against a category's questions: pure, all faults at once.

use std::collections::BTreeMap;

use kernel::Fault;
use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use serde_json::{Number, Value};

use super::question::{Datatype, Question};
use crate::limits;

/// What is asked by code, and answered with text, a number, or a list of texts.
pub type Answers = BTreeMap<String, Value>;

/// The answers as they are kept: JSON, `None` when there are none. A number, a time or a choice may
/// come as text, because forms know nothing else.
pub fn check(questions: &[Question], answers: &Answers, faults: &mut Vec<Fault>) -> Option<String> {
    for code in answers.keys().take(limits::ANSWERS_MAX) {
        match questions.iter().find(|question| question.code == *code) {
            None => {
                faults.push(Fault::new(at(code), "unknown_question", "This category asks no such thing."))
            }
            Some(question) if !question.variable => {
                faults.push(Fault::new(
                    at(code),
                    "no_answer_wanted",
                    "This tells something and takes no answer.",
                ));
            }
            Some(_) => {}
        }
    }
    if answers.len() > limits::ANSWERS_MAX {
        faults.push(Fault::new("/answers", "too_many", "These are more answers than any category asks for."));
    }
    let mut kept: BTreeMap<&str, Value> = BTreeMap::new();
    for question in questions.iter().filter(|question| question.variable) {
        match answers.get(&question.code).filter(|answer| !is_nothing(answer)) {
            None if question.required => {
                faults.push(Fault::new(at(&question.code), "missing", "Must be answered."));
            }
            None => {}
            Some(answer) => match answered(question, answer) {
                Ok(value) => drop(kept.insert(&question.code, value)),
                Err(fault) => faults.push(fault),
            },
        }
    }
    if kept.is_empty() { None } else { serde_json::to_string(&kept).ok() }
}

/// A field that a form sends although nobody filled it in.
fn is_nothing(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text::is_blank(text),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn answered(question: &Question, answer: &Value) -> Result<Value, Fault> {
    let fault = |code, message: &str| Fault::new(at(&question.code), code, message.to_owned());
    match question.datatype {
        Datatype::String => written(question, answer, Lines::One, limits::ANSWER_LINE_MAX),
        Datatype::Text => written(question, answer, Lines::Many, limits::ANSWER_TEXT_MAX),
        Datatype::Number => {
            let number = match answer {
                Value::Number(number) => Some(number.clone()),
                Value::String(text) => number_of(text.trim()),
                _ => None,
            };
            number.map(Value::Number).ok_or_else(|| fault("not_a_number", "Must be a number."))
        }
        Datatype::DateTime => {
            let time = answer.as_str().and_then(|text| text.trim().parse::<Timestamp>().ok());
            time.map(|time| Value::String(time.to_string())).ok_or_else(|| {
                fault("not_a_time", "Must be a time with its zone, such as 2026-03-01T08:30:00+02:00.")
            })
        }
        Datatype::SingleValueList => {
            let key = answer.as_str().filter(|key| offers(question, key));
            key.map(Value::from).ok_or_else(|| not_offered(question, at(&question.code)))
        }
        Datatype::MultiValueList => chosen(question, answer),
    }
}

fn written(question: &Question, answer: &Value, lines: Lines, max: usize) -> Result<Value, Fault> {
    let field = at(&question.code);
    let text = match answer {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Fault::new(field, "wrong_type", "Must be text.")),
    };
    if text.chars().count() > max {
        return Err(Fault::new(field, "too_long", format!("Must have at most {max} characters.")));
    }
    text::fault(&field, &text, lines).map_or(Ok(Value::String(text)), Err)
}

fn chosen(question: &Question, answer: &Value) -> Result<Value, Fault> {
    let field = at(&question.code);
    let keys: Vec<&str> = match answer {
        Value::String(key) => vec![key],
        Value::Array(items) if items.len() <= limits::CHOICES_MAX => {
            let keys: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            keys.ok_or_else(|| Fault::new(&field, "wrong_type", "Must be a list of texts."))?
        }
        _ => return Err(Fault::new(field, "wrong_type", "Must be a list of texts.")),
    };
    let mut kept: Vec<&str> = Vec::with_capacity(keys.len());
    for (place, key) in keys.into_iter().enumerate() {
        if !offers(question, key) {
            return Err(not_offered(question, format!("{field}/{place}")));
        }
        if !kept.contains(&key) {
            kept.push(key);
        }
    }
    Ok(Value::from(kept))
}

fn offers(question: &Question, key: &str) -> bool {
    question.values.iter().any(|choice| choice.key == key)
}

fn not_offered(question: &Question, field: String) -> Fault {
    let keys: Vec<&str> =
        question.values.iter().take(limits::CHOICES_SHOWN_MAX).map(|choice| &*choice.key).collect();
    let more = if question.values.len() > keys.len() { ", …" } else { "" };
    Fault::new(field, "unknown_choice", format!("Must be one of {}{more}.", keys.join(", ")))
}

/// As JSON writes numbers.
fn number_of(text: &str) -> Option<Number> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    if plain && text.len() <= limits::ANSWER_LINE_MAX { serde_json::from_str(text).ok() } else { None }
}

/// RFC 6901.
fn at(code: &str) -> String {
    let shown: String = code.chars().take(limits::CODE_MAX).collect();
    format!("/answers/{}", shown.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::super::question::Choice;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn question(code: &str, datatype: Datatype, required: bool) -> Question {
        let choice = |key: &str| Choice { key: key.into(), name: key.to_uppercase() };
        Question {
            code: code.into(),
            datatype,
            required,
            variable: code != "told",
            order: 0,
            description: "What?".into(),
            datatype_description: None,
            values: if datatype.is_list() { vec![choice("a"), choice("b")] } else { Vec::new() },
        }
    }

    fn questions() -> Vec<Question> {
        vec![
            question("line", Datatype::String, true),
            question("text", Datatype::Text, false),
            question("number", Datatype::Number, false),
            question("when", Datatype::DateTime, false),
            question("one", Datatype::SingleValueList, false),
            question("many", Datatype::MultiValueList, false),
            question("told", Datatype::Text, true),
        ]
    }

    /// What is kept, or `pointer code` of each fault.
    fn run(answers: Value) -> Result<Option<Value>, Vec<String>> {
        let mut faults = Vec::new();
        let answers: Answers = serde_json::from_value(answers).unwrap();
        let kept = check(&questions(), &answers, &mut faults);
        match faults.is_empty() {
            true => Ok(kept.map(|text| serde_json::from_str(&text).unwrap())),
            false => Err(faults.into_iter().map(|it| format!("{} {}", it.field, it.code)).collect()),
        }
    }

    #[test]
    fn a_table_of_good_answers() {
        for (given, kept) in [
            (json!({ "line": " x " }), json!({ "line": "x" })),
            (json!({ "line": 7, "number": "12.5" }), json!({ "line": "7", "number": 12.5 })),
            (json!({ "line": "x", "text": "a\nb", "many": [] }), json!({ "line": "x", "text": "a\nb" })),
            (json!({ "line": "x", "one": "", "number": null }), json!({ "line": "x" })),
            (
                json!({ "line": "x", "when": "2026-03-01T08:30:00+02:00", "one": "a" }),
                json!({ "line": "x", "when": "2026-03-01T06:30:00Z", "one": "a" }),
            ),
            (json!({ "line": "x", "many": ["b", "a", "b"] }), json!({ "line": "x", "many": ["b", "a"] })),
            (json!({ "line": "x", "many": "b" }), json!({ "line": "x", "many": ["b"] })),
        ] {
            assert_eq!(run(given.clone()), Ok(Some(kept)), "{given}");
        }
        assert_eq!(check(&[], &Answers::new(), &mut Vec::new()), None);
    }

    #[test]
    fn every_fault_is_named() {
        let long = "x".repeat(limits::ANSWER_LINE_MAX + 1);
        let rows: Vec<(Value, &[&str])> = vec![
            (json!({}), &["/answers/line missing"]),
            (json!({ "line": " \u{200b}" }), &["/answers/line missing"]),
            (json!({ "line": "a\nb" }), &["/answers/line bad_character"]),
            (json!({ "line": long }), &["/answers/line too_long"]),
            (
                json!({ "line": ["x"], "told": "x", "a/b": 1 }),
                &[
                    "/answers/a~1b unknown_question",
                    "/answers/told no_answer_wanted",
                    "/answers/line wrong_type",
                ],
            ),
            (
                json!({ "number": "NaN", "when": "2026-03-01", "one": "c", "many": ["a", "c"] }),
                &[
                    "/answers/line missing",
                    "/answers/number not_a_number",
                    "/answers/when not_a_time",
                    "/answers/one unknown_choice",
                    "/answers/many/1 unknown_choice",
                ],
            ),
            (json!({ "line": "x", "many": [1] }), &["/answers/many wrong_type"]),
            (json!({ "line": "x", "many": { "a": 1 } }), &["/answers/many wrong_type"]),
            (json!({ "line": "x", "number": true }), &["/answers/number not_a_number"]),
        ];
        for (given, faults) in rows {
            assert_eq!(run(given.clone()).unwrap_err(), faults, "{given}");
        }
    }

    fn any_answer() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            // As people write them: of longer ones the last digit may be another once they are read.
            any::<i32>().prop_map(|it| Value::from(f64::from(it) / 8.0)),
            "\\PC{0,9}|[ab]|2026-01-01T00:00:00Z".prop_map(Value::from),
            prop::collection::vec("[abc]".prop_map(Value::from), 0..4).prop_map(Value::from),
        ]
    }

    proptest! {
        /// What is kept is taken again, and stays as it is.
        #[test]
        fn what_is_kept_is_good(
            given in prop::collection::btree_map(
                prop::sample::select(vec!["line", "text", "number", "when", "one", "many"]).prop_map(String::from),
                any_answer(),
                0..6,
            ),
        ) {
            let mut faults = Vec::new();
            let kept = check(&questions(), &given, &mut faults);
            if faults.is_empty() {
                let kept = kept.unwrap();
                let again: Answers = serde_json::from_str(&kept).unwrap();
                prop_assert_eq!(check(&questions(), &again, &mut faults), Some(kept));
                prop_assert!(faults.is_empty());
            }
        }
    }
}
