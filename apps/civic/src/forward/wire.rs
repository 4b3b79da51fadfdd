//! GeoReport as other cities' servers speak it, read leniently: lists that are wrapped or bare, numbers
//! as text, elements that are missing. What is unreadable says so; nothing here panics or waits.

use kernel::jiff::Timestamp;
use roxmltree::{Document, Node};
use serde_json::Value;

use crate::limits;

/// How a server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Xml,
    Json,
}

impl Form {
    pub fn ending(self) -> &'static str {
        match self {
            Form::Xml => "xml",
            Form::Json => "json",
        }
    }
}

/// What came back for a request that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Id(String),
    /// The id comes later, under this token.
    Token(String),
}

/// One of their requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theirs {
    pub id: String,
    pub is_closed: bool,
    pub notes: Option<String>,
    pub description: Option<String>,
    pub updated: Option<Timestamp>,
}

/// One of their services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub group: Option<String>,
    pub keywords: Option<String>,
    pub has_definition: bool,
}

/// One of a service's attributes, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attribute {
    pub code: String,
    pub datatype: String,
    pub variable: bool,
    pub required: bool,
    pub order: i64,
    pub description: String,
    pub datatype_description: Option<String>,
    pub values: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the answer is not UTF-8")]
    NotUtf8,
    #[error("the answer is neither XML nor JSON that can be read: {0}")]
    Broken(String),
    #[error("the answer has neither a service_request_id nor a token")]
    NothingTaken,
}

/// An answer, whichever form it came in: some servers answer in the other one.
enum Tree<'a> {
    Xml(Document<'a>),
    Json(Value),
}

/// Fields of one record, by name.
trait Record {
    fn text(&self, name: &str) -> Option<String>;
}

impl Record for Value {
    fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
        .filter(|text| !text.is_empty())
    }
}

impl Record for Node<'_, '_> {
    fn text(&self, name: &str) -> Option<String> {
        let child = self.children().find(|child| child.has_tag_name(name))?;
        let text: String =
            child.descendants().filter_map(|it| if it.is_text() { it.text() } else { None }).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

fn tree(body: &[u8]) -> Result<Tree<'_>, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let broken = |error: &dyn std::fmt::Display| Unreadable::Broken(error.to_string());
    if text.starts_with('<') {
        let options =
            roxmltree::ParsingOptions { nodes_limit: limits::FORWARD_NODES_MAX, ..Default::default() };
        Document::parse_with_options(text, options).map(Tree::Xml).map_err(|error| broken(&error))
    } else {
        serde_json::from_str(text).map(Tree::Json).map_err(|error| broken(&error))
    }
}

/// Reads every record of this name, wherever the list stands.
fn each<T>(tree: &Tree<'_>, name: &str, read: impl Fn(&dyn Record) -> Option<T>) -> Vec<T> {
    let max = limits::FORWARD_RECORDS_MAX;
    match tree {
        Tree::Xml(document) => {
            let nodes = document.descendants().filter(|node| node.has_tag_name(name));
            nodes.take(max).filter_map(|node| read(&node)).collect()
        }
        Tree::Json(value) => records(value, 0).take(max).filter_map(|value| read(value)).collect(),
    }
}

/// A bare list, or one that stands inside an object, as some servers wrap it; or a single record.
fn records(value: &Value, depth: u8) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) if depth < 2 => {
            match fields.values().find(|field| matches!(field, Value::Array(_) | Value::Object(_))) {
                Some(inner) if !fields.values().any(|field| field.is_string()) => records(inner, depth + 1),
                _ => Box::new(std::iter::once(value)),
            }
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// The answer to a request that was sent, or to a question about a token.
pub fn taken(body: &[u8]) -> Result<Taken, Unreadable> {
    let taken = |record: &dyn Record| {
        let id = record.text("service_request_id").map(Taken::Id);
        id.or_else(|| record.text("token").map(Taken::Token))
    };
    let tree = tree(body)?;
    each(&tree, "request", taken).into_iter().next().ok_or(Unreadable::NothingTaken)
}

pub fn requests(body: &[u8]) -> Result<Vec<Theirs>, Unreadable> {
    let theirs = |record: &dyn Record| {
        let status = record.text("status").unwrap_or_default().to_ascii_lowercase();
        Some(Theirs {
            id: record.text("service_request_id")?,
            is_closed: status == "closed",
            notes: record.text("status_notes"),
            description: record.text("description"),
            updated: record.text("updated_datetime").and_then(|text| text.parse().ok()),
        })
    };
    Ok(each(&tree(body)?, "request", theirs))
}

pub fn services(body: &[u8]) -> Result<Vec<Service>, Unreadable> {
    let service = |record: &dyn Record| {
        let code = record.text("service_code")?;
        Some(Service {
            name: record.text("service_name").unwrap_or_else(|| code.clone()),
            code,
            description: record.text("description"),
            group: record.text("group"),
            keywords: record.text("keywords"),
            has_definition: record.text("metadata").is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
    };
    Ok(each(&tree(body)?, "service", service))
}

pub fn definition(body: &[u8]) -> Result<Vec<Attribute>, Unreadable> {
    let tree = tree(body)?;
    let mut attributes: Vec<Attribute> = match &tree {
        Tree::Xml(document) => {
            let nodes = document.descendants().filter(|node| node.has_tag_name("attribute"));
            nodes
                .take(limits::FORWARD_RECORDS_MAX)
                .filter_map(|node| attribute(&node, values_xml(node)))
                .collect()
        }
        Tree::Json(value) => {
            // An object, or a list of one.
            let first = value.get(0).unwrap_or(value);
            let list = first.get("attributes").or_else(|| first.get("service_definition")?.get("attributes"));
            let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let items = items.iter().take(limits::FORWARD_RECORDS_MAX);
            items.filter_map(|item| attribute(item, values_json(item))).collect()
        }
    };
    attributes.sort_by_key(|attribute| attribute.order);
    Ok(attributes)
}

fn attribute(record: &dyn Record, values: Vec<(String, String)>) -> Option<Attribute> {
    let is = |name: &str| record.text(name).map(|text| text.eq_ignore_ascii_case("true"));
    let code = record.text("code")?;
    Some(Attribute {
        datatype: record.text("datatype").unwrap_or_else(|| "string".to_owned()).to_ascii_lowercase(),
        variable: is("variable").unwrap_or(true),
        required: is("required").unwrap_or(false),
        order: record.text("order").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX),
        description: record.text("description").unwrap_or_else(|| code.clone()),
        datatype_description: record.text("datatype_description"),
        values,
        code,
    })
}

fn values_xml(attribute: Node<'_, '_>) -> Vec<(String, String)> {
    let values = attribute.descendants().filter(|node| node.has_tag_name("value"));
    values.take(limits::FORWARD_RECORDS_MAX).filter_map(|value| pair(&value)).collect()
}

fn values_json(attribute: &Value) -> Vec<(String, String)> {
    let values = attribute.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().take(limits::FORWARD_RECORDS_MAX).filter_map(|value| pair(value)).collect()
}

fn pair(record: &dyn Record) -> Option<(String, String)> {
    let key = record.text("key")?;
    let name = record.text("name").unwrap_or_else(|| key.clone());
    Some((key, name))
}

/// What they say is wrong, in one line; empty where they say nothing that can be read.
pub fn complaint(body: &[u8]) -> String {
    let said = |record: &dyn Record| record.text("description");
    let lines = tree(body).map(|tree| each(&tree, "error", said)).unwrap_or_default();
    lines.join("; ").chars().filter(|letter| !letter.is_control()).take(limits::FORWARD_LETTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_taken_is_read_from_every_way_of_writing_it() {
        let id = Taken::Id("638344".into());
        let token = Taken::Token("12345".into());
        let cases: [(&str, &Taken); 8] = [
            (r#"[{"service_request_id":"638344","service_notice":"Soon."}]"#, &id),
            (r#"[{"service_request_id":638344}]"#, &id),
            (r#"{"service_requests":[{"service_request_id":"638344"}]}"#, &id),
            (r#"{"service_request_id":"638344","account_id":null}"#, &id),
            (
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>\n638344 </service_request_id><account_id/></request></service_requests>",
                &id,
            ),
            (
                "\u{feff}<service_requests type=\"array\"><request><service_request_id/><token>12345</token></request></service_requests>",
                &token,
            ),
            (r#"[{"token":"12345"}]"#, &token),
            (r#"[{"service_request_id":"","token":12345}]"#, &token),
        ];
        for (body, expect) in cases {
            assert_eq!(taken(body.as_bytes()).as_ref(), Ok(expect), "{body}");
        }
        for body in
            ["", "<html>", "[]", "{}", "null", "<a/>", "[[]]", "\"id\"", "[{\"service_request_id\":null}]"]
        {
            assert!(taken(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(taken(b"\xff"), Err(Unreadable::NotUtf8));
    }

    #[test]
    fn their_requests_are_read() {
        let xml = "<service_requests><request><service_request_id>7</service_request_id><status>Closed</status>\
            <status_notes><![CDATA[Done & dusted]]></status_notes><updated_datetime>2026-01-02T03:04:05-05:00\
            </updated_datetime></request><request><status>open</status></request></service_requests>";
        let json = r#"[{"service_request_id":7,"status":"CLOSED","status_notes":"Done & dusted",
            "updated_datetime":"2026-01-02T08:04:05Z"},{"status":"open"}]"#;
        let expect = Theirs {
            id: "7".into(),
            is_closed: true,
            notes: Some("Done & dusted".into()),
            updated: "2026-01-02T08:04:05Z".parse().ok(),
            ..Theirs::default()
        };
        assert_eq!(requests(xml.as_bytes()).unwrap(), requests(json.as_bytes()).unwrap());
        assert_eq!(requests(json.as_bytes()).unwrap(), [expect]);
    }

    #[test]
    fn services_and_their_attributes_are_read_alike_in_both_forms() {
        let xml = "<services><service><service_code>A</service_code><service_name>Ash</service_name>\
            <metadata>true</metadata><group>Waste</group></service><service><service_code>B</service_code>\
            <metadata>false</metadata></service></services>";
        let json = r#"[{"service_code":"A","service_name":"Ash","metadata":true,"group":"Waste"},
            {"service_code":"B","metadata":"false"}]"#;
        let found = services(xml.as_bytes()).unwrap();
        assert_eq!(found, services(json.as_bytes()).unwrap());
        assert_eq!((found[0].has_definition, found[1].name.as_str()), (true, "B"));

        let xml = "<service_definition><service_code>A</service_code><attributes><attribute><code>S</code>\
            <order>2</order></attribute><attribute><variable>true</variable><code>W</code><datatype>singlevaluelist\
            </datatype><required>true</required><order>1</order><description>Which?</description><values><value>\
            <key>1</key><name>One</name></value><value><key>2</key></value></values></attribute></attributes>\
            </service_definition>";
        let json = r#"{"service_code":"A","attributes":[{"code":"S","order":2},{"variable":true,"code":"W",
            "datatype":"SingleValueList","required":true,"order":1,"description":"Which?",
            "values":[{"key":1,"name":"One"},{"key":"2"}]}]}"#;
        let found = definition(xml.as_bytes()).unwrap();
        assert_eq!(found, definition(json.as_bytes()).unwrap());
        assert_eq!(found, definition(format!("[{json}]").as_bytes()).unwrap());
        assert_eq!(found[0].values, [("1".into(), "One".into()), ("2".into(), "2".into())]);
        assert_eq!(found[1].code, "S");
    }

    #[test]
    fn complaints_are_one_line() {
        let xml = b"<errors><error><code>400</code><description>No\nlat</description></error><error><description>Bad key</description></error></errors>";
        assert_eq!(complaint(xml), "Nolat; Bad key");
        assert_eq!(complaint(br#"[{"code":"403","description":"Bad key"}]"#), "Bad key");
        assert_eq!(complaint(b"<html><body>oops"), "");
    }

    proptest! {
        #[test]
        fn nothing_that_comes_back_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..400), text in "[<>{}\\[\\]\":,/a-z ]{0,200}") {
            for body in [&body[..], text.as_bytes()] {
                let _ = (taken(body), requests(body), services(body), definition(body), complaint(body));
            }
        }
    }
}
