//! The message itself, as protobuf's JSON mapping wants it: ids in hex, 64-bit numbers as strings.

use serde::Serialize;

use super::FinishedSpan;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: [Attribute<'a>; 3],
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: InstrumentationScope,
    spans: Vec<Span<'a>>,
}

#[derive(Serialize)]
struct InstrumentationScope {
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    flags: u32,
    name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute<'a>>,
    status: Status,
}

#[derive(Serialize)]
struct Status {
    code: u8,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'static str,
    value: Value<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Value<'a> {
    StringValue(&'a str),
    /// 64-bit numbers are strings in this format.
    IntValue(String),
}

const KIND_SERVER: u8 = 2;
const STATUS_UNSET: u8 = 0;
const STATUS_ERROR: u8 = 2;

pub(super) fn request(instance: &str, spans: &[FinishedSpan]) -> Vec<u8> {
    let resource = Resource {
        attributes: [
            text("service.name", "iroko"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", instance),
        ],
    };
    let scope_spans = [ScopeSpans {
        scope: InstrumentationScope { name: "iroko" },
        spans: spans.iter().map(span).collect(),
    }];
    let request = Request { resource_spans: [ResourceSpans { resource, scope_spans }] };
    // Plain structs of strings and numbers always become JSON.
    serde_json::to_vec(&request).unwrap_or_default()
}

fn span(span: &FinishedSpan) -> Span<'_> {
    let start = span.start.as_nanosecond().max(0).unsigned_abs();
    let mut attributes = vec![
        text("http.request.method", span.method),
        text("http.route", &span.route),
        Attribute { key: "http.response.status_code", value: Value::IntValue(span.status.to_string()) },
    ];
    for (key, value) in [("iroko.tenant", &span.tenant), ("iroko.market", &span.market)] {
        if !value.is_empty() {
            attributes.push(text(key, value));
        }
    }
    Span {
        trace_id: format!("{:032x}", span.trace.trace_id),
        span_id: format!("{:016x}", span.trace.span_id),
        parent_span_id: span.trace.parent_id.map(|id| format!("{id:016x}")),
        flags: span.trace.flags.into(),
        name: format!("{} {}", span.method, span.route),
        kind: KIND_SERVER,
        start_time_unix_nano: start.to_string(),
        end_time_unix_nano: (start + span.elapsed.as_nanos()).to_string(),
        attributes,
        status: Status { code: if span.status >= 500 { STATUS_ERROR } else { STATUS_UNSET } },
    }
}

fn text<'a>(key: &'static str, value: &'a str) -> Attribute<'a> {
    Attribute { key, value: Value::StringValue(value) }
}
