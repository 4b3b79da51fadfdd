//! The document as a page to read: plain HTML and a few lines of style, no script.

use std::fmt::Write;

use serde_json::Value;

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}\
h1,h2{line-height:1.2}code,pre{font:14px/1.4 ui-monospace,monospace}\
pre{background:#f4f4f1;padding:.75rem;overflow-x:auto}\
details{border:1px solid #ccc;border-radius:6px;margin:.5rem 0;padding:.5rem .75rem}\
summary{cursor:pointer}summary b{display:inline-block;min-width:4.5rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #ddd}\
:focus-visible{outline:3px solid #0a5}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#222}details,th,td{border-color:#444}a{color:#8cf}}";

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Needs nothing from anywhere else.
pub fn page(document: &Value) -> String {
    let mut out = String::with_capacity(64 << 10);
    let text = |pointer: &str| escaped(document.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    let (title, version) = (text("/info/title"), text("/info/version"));
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title} {version}: the API</title><style>{STYLE}</style></head><body><main>\
         <h1>{title} {version}</h1><p>{}</p><p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>",
        text("/info/description"),
    );
    let empty = serde_json::Map::new();
    let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&empty);
    let operations: Vec<(&String, &str, &Value)> = paths
        .iter()
        .flat_map(|(path, item)| METHODS.iter().filter_map(move |it| Some((path, *it, item.get(it)?))))
        .collect();
    let mut tags: Vec<&str> = operations.iter().map(|(.., operation)| tag_of(operation)).collect();
    tags.sort_unstable();
    tags.dedup();
    for tag in tags {
        let _ = write!(out, "<h2>{}</h2>", escaped(tag));
        for (path, method, operation) in operations.iter().filter(|(.., it)| tag_of(it) == tag) {
            write_operation(&mut out, path, method, operation);
        }
    }
    let _ = write!(
        out,
        "<h2>Problems</h2><p>Every refusal is <code>application/problem+json</code>:</p><pre>{}</pre>",
        pretty(document.pointer("/components/schemas/Problem"))
    );
    out.push_str("</main></body></html>");
    out
}

fn tag_of(operation: &Value) -> &str {
    operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default()
}

fn write_operation(out: &mut String, path: &str, method: &str, operation: &Value) {
    let text = |name: &str| escaped(operation.get(name).and_then(Value::as_str).unwrap_or_default());
    let _ = write!(
        out,
        "<details id=\"{}\"><summary><b>{}</b> <code>{}</code> {}</summary><p>{}</p>",
        text("operationId"),
        method.to_ascii_uppercase(),
        escaped(path),
        text("summary"),
        text("description"),
    );
    write_parameters(out, operation.get("parameters"));
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        let _ = write!(out, "<h3>Body</h3><pre>{}</pre>", pretty(Some(schema)));
    }
    out.push_str("<h3>Answers</h3><table><tr><th>Status</th><th>Meaning</th></tr>");
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let meaning = match response.get("description").and_then(Value::as_str) {
            Some(about) => about,
            None => reason(status),
        };
        let _ = write!(out, "<tr><td>{}</td><td>{}", escaped(status), escaped(meaning));
        if let Some(schema) = response.pointer("/content/application~1json/schema") {
            let _ = write!(out, "<pre>{}</pre>", pretty(Some(schema)));
        }
        out.push_str("</td></tr>");
    }
    out.push_str("</table></details>");
}

fn reason(status: &str) -> &'static str {
    let status = status.parse().ok().and_then(|it| http::StatusCode::from_u16(it).ok());
    status.and_then(|it| it.canonical_reason()).unwrap_or("Refused")
}

fn write_parameters(out: &mut String, parameters: Option<&Value>) {
    let list = parameters.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() {
        return;
    }
    out.push_str("<h3>Parameters</h3><table><tr><th>Name</th><th>In</th><th>Meaning</th><th>Form</th></tr>");
    for parameter in list {
        let text = |name: &str| escaped(parameter.get(name).and_then(Value::as_str).unwrap_or_default());
        let required = parameter.get("required") == Some(&Value::Bool(true));
        let form = parameter.get("schema").map(Value::to_string).unwrap_or_default();
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            text("name"),
            if required { " (required)" } else { "" },
            text("in"),
            text("description"),
            escaped(&form),
        );
    }
    out.push_str("</table>");
}

fn pretty(value: Option<&Value>) -> String {
    escaped(&value.and_then(|it| serde_json::to_string_pretty(it).ok()).unwrap_or_default())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}
