//! Input that is wrong on purpose, until every public endpoint has seen as much as was asked for.
//!
//! The fuzzer stops when it has tried what a schema lets it think of, which for an endpoint without
//! parameters is soon. Here names, values, headers and bodies are made up beyond any schema. Only one
//! rule is checked: whoever sends nonsense is answered, and not with a fault of the server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use ureq::http::{HeaderName, HeaderValue, Request};

use super::made_up::MadeUp;
use super::round::Known;
use super::subject::{MARKET, Subject, TENANT};
use crate::step::{Outcome, warn};

/// So many different faults are told; the others will be like them.
const FAULTS_TOLD: usize = 20;

/// One method at one address that everybody may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub method: String,
    pub path: String,
    pub query: Vec<String>,
    /// Media types of bodies that it takes.
    pub bodies: Vec<String>,
    /// Names of fields that its bodies have, at any depth.
    pub fields: Vec<String>,
    pub answers: BTreeSet<u16>,
}

/// Sends to each public endpoint as many as asked for; says what each has seen by then.
pub fn run(subject: &Subject, known: &Known, inputs: u32, seed: u64) -> Outcome {
    let endpoints = public(&subject.read_document()?);
    let mut made_up = MadeUp::new(seed, known.words());
    let mut faults: BTreeMap<String, String> = BTreeMap::new();
    let mut answers: BTreeMap<u16, u64> = BTreeMap::new();
    for endpoint in &endpoints {
        for _ in 0..inputs {
            let sent = made_up.request(endpoint);
            let status = send(subject, &sent)?;
            let Some(status) = status else { continue };
            *answers.entry(status).or_default() += 1;
            // An address may be so odd that no endpoint is meant by it.
            let is_promised = endpoint.answers.contains(&status) || matches!(status, 400 | 404 | 405 | 414);
            if status >= 500 || !is_promised {
                let name = format!("{} {} is answered {status}", endpoint.method, endpoint.path);
                faults.entry(name).or_insert_with(|| sent.shown());
            }
        }
    }
    let total: u64 = answers.values().sum();
    let seen: Vec<String> = answers.iter().map(|(status, number)| format!("{number} × {status}")).collect();
    eprintln!("   {} public endpoints, {inputs} each, {total} answers: {}", endpoints.len(), seen.join(", "));
    if faults.is_empty() {
        return Ok(());
    }
    for (name, sent) in faults.iter().take(FAULTS_TOLD) {
        warn(&format!("{name}: {sent}"));
    }
    Err(format!("{} wrong answers", faults.len()))
}

/// One request, as it goes out.
#[derive(Debug, Clone)]
pub struct Sent {
    pub method: String,
    /// Within the market, already escaped.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Option<Vec<u8>>,
}

impl Sent {
    fn shown(&self) -> String {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let body: String = body.chars().take(400).collect();
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        format!("{} [{}] {body:?}", self.target, headers.join("; "))
    }
}

/// None: this client itself does not send such a thing.
fn send(subject: &Subject, sent: &Sent) -> Outcome<Option<u16>> {
    let uri = format!("{}/{TENANT}/{MARKET}{}", subject.address(), sent.target);
    let mut request = Request::builder().method(sent.method.as_str()).uri(uri);
    for (name, value) in &sent.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value))
        else {
            continue;
        };
        request = request.header(name, value);
    }
    let Ok(request) = request.body(sent.body.clone().unwrap_or_default()) else { return Ok(None) };
    match subject.send(request) {
        Ok(status) => Ok(Some(status)),
        Err(ureq::Error::Http(_) | ureq::Error::BadUri(_)) => Ok(None),
        Err(fault) => Err(format!("no answer ({fault}) to {} {}", sent.method, sent.shown())),
    }
}

/// The endpoints of the document that nobody needs to sign in for.
pub fn public(document: &Value) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, it) in methods.as_object().into_iter().flatten() {
            let security = it["security"].as_array();
            let is_public = security
                .is_none_or(|all| all.iter().any(|one| one.as_object().is_some_and(|one| one.is_empty())));
            if !it["operationId"].is_string() || !is_public {
                continue;
            }
            let within = path.strip_prefix("/{tenant}/{market}").unwrap_or(path);
            found.push(endpoint(method, within, it));
        }
    }
    found
}

fn endpoint(method: &str, path: &str, it: &Value) -> Endpoint {
    let parameters = it["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|it| it["in"] == "query").filter_map(|it| it["name"].as_str());
    let content = it["requestBody"]["content"].as_object();
    let mut fields = BTreeSet::new();
    content.into_iter().flatten().for_each(|(_, body)| names(&body["schema"], &mut fields));
    let answers = it["responses"].as_object().into_iter().flatten();
    Endpoint {
        method: method.to_uppercase(),
        path: path.to_owned(),
        query: query.map(str::to_owned).collect(),
        bodies: content.into_iter().flatten().map(|(media, _)| media.clone()).collect(),
        fields: fields.into_iter().collect(),
        answers: answers.filter_map(|(status, _)| status.parse().ok()).collect(),
    }
}

fn names(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(parts) => {
            if let Some(properties) = parts.get("properties").and_then(Value::as_object) {
                found.extend(properties.keys().cloned());
            }
            parts.values().for_each(|part| names(part, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| names(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn public_endpoints_are_read_from_the_document() {
        let body = json!({ "schema": { "properties": { "place": { "properties": { "lat": {} } } } } });
        let open = json!({ "operationId": "a.b", "security": [{}, { "bearer": [] }], "parameters": [
            { "in": "query", "name": "q" }, { "in": "path", "name": "id" }],
            "requestBody": { "content": { "application/json": body } }, "responses": { "200": {}, "404": {} } });
        let closed = json!({ "operationId": "a.c", "security": [{ "bearer": [] }], "responses": {} });
        let methods = json!({ "post": open, "get": closed, "parameters": [] });
        let found = public(&json!({ "paths": { "/{tenant}/{market}/v1/a/{id}": methods } }));
        let expected = Endpoint {
            method: "POST".into(),
            path: "/v1/a/{id}".into(),
            query: vec!["q".into()],
            bodies: vec!["application/json".into()],
            fields: vec!["lat".into(), "place".into()],
            answers: BTreeSet::from([200, 404]),
        };
        assert_eq!(found, [expected]);
    }
}
