//! The list of endpoints as an OpenAPI 3.1 document: the same list gives the same bytes, whatever
//! order it came in.

mod page;
mod responses;

use serde_json::{Map, Value, json};

use crate::endpoint::{Endpoint, May, Priority};
use crate::input::{How, Place};
use crate::limits;
use crate::soundness::parameters;

pub use page::page;
pub use responses::statuses;

/// `version` is the program's.
pub fn document(endpoints: &[Endpoint], version: &str) -> Value {
    // Pages are for people, who need no description of them.
    let mut sorted: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| !endpoint.is_page()).collect();
    sorted.sort_by_key(|endpoint| (endpoint.path, endpoint.method.as_str().to_owned()));
    let mut paths = Map::new();
    for endpoint in sorted {
        let path = format!("/{{tenant}}/{{market}}{}", endpoint.path);
        let item = paths.entry(path).or_insert_with(|| json!({"parameters": site_parameters()}));
        item[endpoint.method.as_str().to_ascii_lowercase()] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Iroko",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "One prefix per market: `/{tenant}/{market}`. On a host name bound to a market \
                the prefix is left out.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A person's token, or an API key.",
                },
            },
            "schemas": {"Problem": responses::problem()},
            "headers": responses::headers(),
            "responses": responses::refusals(),
        },
    })
}

fn site_parameters() -> Value {
    let slug = |name: &str, about: &str| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": about,
            "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
        })
    };
    json!([slug("tenant", "The brand."), slug("market", "The brand in one place.")])
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation(),
        "tags": [endpoint.app.unwrap_or("platform")],
        "summary": endpoint.summary,
        "description": description(endpoint),
        "parameters": operation_parameters(endpoint),
        "security": security(endpoint),
        "responses": responses::of(endpoint),
    });
    if let Some(body) = endpoint.input(Place::Body) {
        operation["requestBody"] = json!({
            "required": true,
            "content": Map::from_iter(
                body.media().iter().map(|media| ((*media).to_owned(), json!({"schema": body.schema}))),
            ),
        });
    }
    operation
}

fn description(endpoint: &Endpoint) -> String {
    let who = match endpoint.may {
        May::Anyone => "Anyone may call this.".to_owned(),
        May::Known => "For those who are signed in, and for API keys.".to_owned(),
        May::Role(role) => format!("For those who are {} in the market.", responses::role(role)),
        May::Provider(role) => format!("For those who are {} for the provider.", responses::role(role)),
    };
    let key = match endpoint.scope {
        Some(scope) => format!(" An API key needs the scope `{scope}`."),
        None if endpoint.may == May::Anyone => String::new(),
        None => " Not for API keys.".to_owned(),
    };
    let load = match endpoint.priority {
        Priority::Background => " Refused first when there is too much to do.",
        Priority::Normal => "",
        Priority::Critical => " Refused last when there is too much to do.",
    };
    format!("{who}{key}{load}")
}

fn security(endpoint: &Endpoint) -> Value {
    match endpoint.may {
        May::Anyone => json!([{}, {"bearer": []}]),
        _ => json!([{"bearer": []}]),
    }
}

fn operation_parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut list = Vec::new();
    for name in parameters(endpoint.path) {
        list.push(in_place(endpoint, Place::Path, name).unwrap_or_else(
            || json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
        ));
    }
    if let Some(query) = endpoint.input(Place::Query) {
        let fields = query.shape.fields().iter();
        list.extend(fields.filter_map(|field| in_place(endpoint, Place::Query, &field.name)));
        if query.how == How::Pairs {
            list.push(json!({
                "name": "parameters",
                "in": "query",
                "required": false,
                "description": "Those that the protocol names. Others are passed over.",
                "schema": {"type": "object", "additionalProperties": true},
                "style": "form",
                "explode": true,
            }));
        }
    }
    if !endpoint.choosable.is_empty() {
        list.push(json!({
            "name": "fields",
            "in": "query",
            "required": false,
            "description": "Only these fields of the answer, or of each of its items.",
            "schema": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "enum": endpoint.choosable},
            },
            "style": "form",
            "explode": false,
        }));
    }
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
    if endpoint.is_safe() {
        let about = "The `ETag` of the answer you have: 304 if it still holds.";
        list.push(header("If-None-Match", about, json!({"type": "string"})));
    } else {
        let about = "The same key with the same body is done once, however often it is sent. Take a UUID.";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": limits::KEY_LENGTH_MAX, "pattern": "^[!-~]+$"});
        list.push(header("Idempotency-Key", about, schema));
    }
    list
}

/// One parameter as its field in the input's schema describes it.
fn in_place(endpoint: &Endpoint, place: Place, name: &str) -> Option<Value> {
    let input = endpoint.input(place)?;
    let mut schema = input.schema.get("properties")?.get(name)?.clone();
    let required =
        place == Place::Path || input.shape.fields().iter().any(|field| field.name == name && field.required);
    let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    without_null(&mut schema);
    let is_list = schema.get("type").and_then(Value::as_str) == Some("array");
    let mut parameter = json!({
        "name": name,
        "in": if place == Place::Path { "path" } else { "query" },
        "required": required,
        "schema": schema,
    });
    if let Some(about) = about {
        parameter["description"] = about;
    }
    if is_list && place == Place::Query {
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    Some(parameter)
}

/// A parameter that may be left out is never null: there is no way to write that in an address.
fn without_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(ways)) = object.get_mut("anyOf") {
        ways.retain(|way| way.get("type").and_then(Value::as_str) != Some("null"));
        if let [Value::Object(only)] = ways.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("enum") {
        choices.retain(|choice| !choice.is_null());
    }
}

#[cfg(test)]
mod tests;
