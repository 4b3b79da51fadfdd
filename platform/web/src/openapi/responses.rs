//! The answers of an endpoint: what it promises, and every refusal that can come instead.

use std::collections::BTreeMap;

use http::StatusCode;
use kernel::RefusalKind;
use serde_json::{Map, Value, json};

use crate::answer::JSON;
use crate::caller::Role;
use crate::endpoint::{Endpoint, May};
use crate::problem;

/// Every status that the endpoint can answer with, with the words for it. A fault of ours (500) is
/// never promised.
pub fn statuses(endpoint: &Endpoint) -> BTreeMap<u16, &'static str> {
    let mut all = BTreeMap::new();
    let mut may = |status: StatusCode, words| {
        all.entry(status.as_u16()).or_insert(words);
    };
    may(endpoint.status, "Done.");
    for also in &endpoint.also {
        may(*also, further(*also));
    }
    may(StatusCode::BAD_REQUEST, "The input is not valid; every fault is named.");
    may(StatusCode::UNAUTHORIZED, "Not signed in, or with a token that is not valid.");
    may(StatusCode::NOT_FOUND, "Unknown, or somebody else's.");
    may(StatusCode::TOO_MANY_REQUESTS, "Too many requests from you; come back later.");
    may(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The address and headers are too large, or too many.");
    may(StatusCode::SERVICE_UNAVAILABLE, "Too much to do; come back later.");
    if endpoint.may != May::Anyone || endpoint.scope.is_some() {
        may(StatusCode::FORBIDDEN, "Known, but not allowed.");
    }
    if endpoint.is_safe() {
        may(StatusCode::NOT_MODIFIED, "The answer you have still holds.");
    } else {
        may(StatusCode::CONFLICT, "Not in the present state, or the key was used otherwise.");
    }
    if let Some(body) = endpoint.body() {
        may(StatusCode::REQUEST_TIMEOUT, "The body did not come in time.");
        may(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.");
        let words = match body.media() {
            [JSON] => "The body is not sent as application/json.",
            _ => "The body is not sent in a form that is understood.",
        };
        may(StatusCode::UNSUPPORTED_MEDIA_TYPE, words);
    }
    for kind in &endpoint.refusals {
        may(problem::status(*kind), words(*kind));
    }
    all
}

fn words(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Invalid => "The input is not valid.",
        RefusalKind::Unauthenticated => "Not signed in.",
        RefusalKind::Forbidden => "Known, but not allowed.",
        RefusalKind::NotFound => "Unknown, or somebody else's.",
        RefusalKind::Conflict => "Not in the present state.",
        RefusalKind::Gone => "Used up or expired.",
        RefusalKind::Precondition => "It has changed since you read it.",
        RefusalKind::TooLarge => "Too large.",
        RefusalKind::UnsupportedMedia => "Not in a form that is understood.",
        RefusalKind::TooMany => "Too often; come back later.",
        RefusalKind::Unavailable => "Not now; come back later.",
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Staff => "staff or more",
        Role::Manager => "manager or more",
        Role::Owner => "owner",
    }
}

pub(super) fn of(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    for (status, words) in &statuses(endpoint) {
        let is = |its: &StatusCode| its.as_u16() == *status;
        let response = match endpoint.also.iter().find(|its| is(its)) {
            _ if is(&endpoint.status) => success(endpoint, endpoint.status),
            Some(also) => success(endpoint, *also),
            None if *status == StatusCode::NOT_MODIFIED.as_u16() => {
                json!({"$ref": format!("#/components/responses/{status}")})
            }
            None if endpoint.refusals_as.is_some() => {
                // A protocol of its own has its own words for what is wrong.
                json!({"description": words, "content": {"*/*": {}}})
            }
            None => json!({"$ref": format!("#/components/responses/{status}")}),
        };
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn further(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PARTIAL_CONTENT => "A part.",
        status if status.is_redirection() => "Go to where Location says.",
        _ => "Done.",
    }
}

fn success(endpoint: &Endpoint, status: StatusCode) -> Value {
    let mut headers = Map::new();
    for name in ["RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset"] {
        headers.insert(name.into(), header_ref(name));
    }
    if endpoint.is_safe() {
        headers.insert("ETag".into(), header_ref("ETag"));
        headers.insert("Cache-Control".into(), header_ref("Cache-Control"));
    }
    if status == StatusCode::CREATED || status.is_redirection() {
        headers.insert("Location".into(), header_ref("Location"));
    }
    let mut response = json!({"description": further(status), "headers": headers});
    let is_empty = endpoint.output.get("type").and_then(Value::as_str) == Some("null");
    if status != StatusCode::NO_CONTENT && !status.is_redirection() && !is_empty {
        let content = endpoint.produces.iter().map(|media| ((*media).to_owned(), shown(endpoint, media)));
        response["content"] = Value::Object(content.collect());
    }
    response
}

/// What the answer looks like as this media type.
fn shown(endpoint: &Endpoint, media: &str) -> Value {
    let is_bare = endpoint.output.get("format").and_then(Value::as_str) == Some("binary");
    match (media, is_bare) {
        // What it looks like is the business of its protocol.
        (media, true) if is_json(media) => json!({}),
        (JSON, false) if endpoint.choosable.is_empty() => json!({"schema": endpoint.output}),
        (JSON, false) => json!({"schema": choosable(&endpoint.output)}),
        (_, true) => json!({"schema": endpoint.output}),
        (_, false) => json!({"schema": {"type": "string"}}),
    }
}

/// Such as `application/json; charset=utf-8`, and `application/geo+json`.
fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    media == JSON || media.ends_with("+json")
}

/// With `fields=` any field may be absent, so none of those that can be chosen is promised.
fn choosable(output: &Value) -> Value {
    let mut schema = output.clone();
    let of_items = schema.pointer("/properties/items/items/properties").is_some();
    let chosen = if of_items { schema.pointer_mut("/properties/items/items") } else { Some(&mut schema) };
    if let Some(Value::Object(chosen)) = chosen {
        chosen.remove("required");
    }
    schema
}

fn header_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

pub(super) fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    let count = || json!({"type": "integer", "minimum": 0});
    let text = || json!({"type": "string"});
    json!({
        "Cache-Control": header("Who may keep the answer, and how long.", text()),
        "ETag": header("Changes when the answer does.", text()),
        "Location": header("Where the new thing is.", text()),
        "RateLimit-Limit": header("How many requests you have in a window.", count()),
        "RateLimit-Policy": header("The limit and its window in seconds, as in `100;w=900`.", text()),
        "RateLimit-Remaining": header("How many are left.", count()),
        "RateLimit-Reset": header("Seconds until all are there again.", count()),
        "Retry-After": header("Seconds after which to try again.", count()),
    })
}

/// The refusals by status, each written once.
pub(super) fn refusals() -> Value {
    let all = [
        (304, "The answer you have still holds."),
        (400, "The input is not valid; every fault is named."),
        (401, "Not signed in, or with a token that is not valid."),
        (403, "Known, but not allowed."),
        (404, "Unknown, or somebody else's: the two look alike."),
        (408, "The body did not come in time."),
        (409, "Not in the present state, or the Idempotency-Key was used for another request."),
        (410, "Used up or expired."),
        (412, "It has changed since you read it."),
        (413, "Too large."),
        (415, "Not in a form that is understood."),
        (429, "Too many requests; come back later."),
        (431, "The address and headers are too large, or too many: refused before anything is read of them."),
        (503, "Too much to do, or a part is down; come back later."),
    ];
    let mut refusals = Map::new();
    for (status, about) in all {
        let mut response = json!({"description": about});
        // These two have no body.
        if !matches!(status, 304 | 431) {
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            response["content"] = json!({problem::MEDIA_TYPE: {"schema": schema}});
        }
        match status {
            304 => response["headers"] = json!({"ETag": header_ref("ETag")}),
            429 | 503 => response["headers"] = json!({"Retry-After": header_ref("Retry-After")}),
            _ => {}
        }
        refusals.insert(status.to_string(), response);
    }
    Value::Object(refusals)
}

/// RFC 9457.
pub(super) fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": {"type": "string", "description": "A name for this kind of problem."},
            "title": {"type": "string", "description": "What is wrong, for people."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "description": "What is wrong, for programs; it never changes."},
            "request": {"type": "string", "description": "Under this name the log knows the request."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "properties": {
                        "field": {
                            "type": "string",
                            "description": "A JSON pointer into the body, `?name` of the query or `{name}` of the path.",
                        },
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                    },
                },
            },
        },
    })
}
