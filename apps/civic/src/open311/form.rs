//! One document, two ways of writing it. GeoReport's XML and JSON differ in more than their brackets:
//! what is empty is an empty element here and null there, lists are wrapped here and bare there, and
//! numbers are numbers only in JSON.

use std::fmt::Write;

use serde_json::{Map, Value};

pub const XML: &str = "text/xml; charset=utf-8";
pub const JSON: &str = "application/json; charset=utf-8";

/// How a client wants it, by the ending of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Xml,
    Json,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Nothing,
    Text(String),
    /// As it is written: `42.3601`.
    Number(String),
    Flag(bool),
    Fields(Vec<(&'static str, Node)>),
    /// Each part under this name where parts have names.
    List(&'static str, Vec<Node>),
}

impl Form {
    /// Of an address such as `/open311/v2/services.json`; whatever is not JSON is XML, which everyone
    /// can read.
    pub fn of(path: &str) -> Self {
        if path.ends_with(".json") { Form::Json } else { Form::Xml }
    }

    pub fn media(self) -> &'static str {
        match self {
            Form::Xml => XML,
            Form::Json => JSON,
        }
    }

    /// The document under its root element, which JSON leaves out.
    pub fn write(self, root: &'static str, node: &Node) -> String {
        match self {
            Form::Xml => {
                let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
                element(&mut out, root, node);
                out
            }
            Form::Json => json(node).to_string(),
        }
    }
}

impl Node {
    pub fn text(text: impl Into<String>) -> Self {
        Node::Text(text.into())
    }
}

impl<T: Into<Node>> From<Option<T>> for Node {
    fn from(it: Option<T>) -> Self {
        it.map_or(Node::Nothing, Into::into)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::Text(text.to_owned())
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Node::Flag(flag)
    }
}

fn element(out: &mut String, name: &str, node: &Node) {
    match node {
        Node::Nothing => {
            let _ = write!(out, "<{name}/>");
            return;
        }
        Node::List(_, parts) if parts.is_empty() => {
            let _ = write!(out, "<{name}/>");
            return;
        }
        _ => {}
    }
    let _ = write!(out, "<{name}>");
    match node {
        Node::Nothing => {}
        Node::Text(text) => escaped(out, text),
        Node::Number(number) => out.push_str(number),
        Node::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Node::Fields(fields) => fields.iter().for_each(|(name, node)| element(out, name, node)),
        Node::List(name, parts) => parts.iter().for_each(|part| element(out, name, part)),
    }
    let _ = write!(out, "</{name}>");
}

/// XML has no way at all to write most control characters: they are left out.
fn escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A bare one would come out of a reader as a line feed.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            letter => out.push(letter),
        }
    }
}

fn json(node: &Node) -> Value {
    match node {
        Node::Nothing => Value::Null,
        Node::Text(text) => Value::String(text.clone()),
        Node::Number(number) => serde_json::from_str(number).unwrap_or(Value::Null),
        Node::Flag(flag) => Value::Bool(*flag),
        Node::Fields(fields) => {
            let fields = fields.iter().map(|(name, node)| ((*name).to_owned(), json(node)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Node::List(_, parts) => Value::Array(parts.iter().map(json).collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn services() -> Node {
        Node::List(
            "service",
            vec![Node::Fields(vec![
                ("service_code", "001".into()),
                ("service_name", "Cans & \"bottles\" <left>".into()),
                ("description", Node::Nothing),
                ("metadata", true.into()),
                ("lat", Node::Number("42.3601".into())),
                ("keywords", Node::List("keyword", Vec::new())),
            ])],
        )
    }

    #[test]
    fn one_document_is_written_in_both_ways() {
        assert_eq!(
            Form::Xml.write("services", &services()),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<services><service><service_code>001</service_code>\
             <service_name>Cans &amp; &quot;bottles&quot; &lt;left&gt;</service_name><description/>\
             <metadata>true</metadata><lat>42.3601</lat><keywords/></service></services>"
        );
        let json: Value = serde_json::from_str(&Form::Json.write("services", &services())).unwrap();
        let expect = serde_json::json!([{
            "service_code": "001", "service_name": "Cans & \"bottles\" <left>", "description": null,
            "metadata": true, "lat": 42.3601, "keywords": [],
        }]);
        assert_eq!(json, expect);
        assert_eq!(
            (Form::of("/a/b.json"), Form::of("/a.xml"), Form::of("/a")),
            (Form::Json, Form::Xml, Form::Xml)
        );
    }

    proptest! {
        #[test]
        fn whatever_somebody_wrote_comes_out_of_a_reader_as_it_went_in(text in any::<String>()) {
            let node = Node::Fields(vec![("a", text.clone().into()), ("b", Node::Nothing)]);
            let xml = Form::Xml.write("r", &node);
            let document = roxmltree::Document::parse(&xml).unwrap();
            let read = document.root_element().first_element_child().unwrap().text().unwrap_or_default();
            let writable = |letter: &char| !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            prop_assert_eq!(read, text.chars().filter(writable).collect::<String>());
            let json: Value = serde_json::from_str(&Form::Json.write("r", &node)).unwrap();
            prop_assert_eq!(json["a"].as_str().unwrap(), text);
        }
    }
}
