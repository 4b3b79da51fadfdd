use std::time::Duration;

use serde::Deserialize;
use telemetry::{Exporter, FinishedSpan, TraceContext};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// `ExportTraceServiceRequest` of the OTLP schema in its JSON form; a name it does not know is an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceSpans {
    resource: Resource,
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeSpans {
    scope: InstrumentationScope,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentationScope {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Span {
    trace_id: String,
    span_id: String,
    parent_span_id: Option<String>,
    flags: u32,
    name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<KeyValue>,
    status: Status,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    code: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyValue {
    key: String,
    value: AnyValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum AnyValue {
    StringValue(String),
    IntValue(String),
}

fn span(route: &str, status: u16, flags: u8) -> FinishedSpan {
    FinishedSpan {
        trace: TraceContext { trace_id: 0xabc, span_id: 0xdef, parent_id: Some(0x123), flags },
        method: "GET",
        route: route.into(),
        status,
        start: "2026-01-02T03:04:05Z".parse().unwrap(),
        elapsed: Duration::from_micros(1_500),
        tenant: "cityhelper".into(),
        market: "".into(),
    }
}

/// Answers one request with this status, and gives its head and body.
async fn one_exchange(listener: &TcpListener, status: &str) -> (String, Vec<u8>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut received = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.unwrap();
        assert!(read > 0, "the request ended too early");
        received.extend_from_slice(&part[..read]);
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(received[..end].to_vec()).unwrap().to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse::<usize>();
        if received.len() >= end + 4 + length.unwrap() {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head, received[end + 4..].to_vec());
        }
    }
}

async fn exporter() -> (TcpListener, Exporter) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let collector = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, Exporter::start(collector, "node-1".into()))
}

const ENOUGH: Duration = Duration::from_secs(60);

#[tokio::test]
async fn spans_reach_a_collector_that_was_busy_at_first() {
    let (listener, exporter) = exporter().await;
    exporter.record(span("/v1/requests/{id}", 200, 1));
    exporter.record(span("/not-sampled", 200, 0));
    exporter.record(span("/v1/requests", 500, 1));
    let (sent, dropped) = (exporter.sent(), exporter.dropped());
    let collector = async {
        one_exchange(&listener, "503 Service Unavailable").await;
        one_exchange(&listener, "200 OK").await
    };
    let ((head, body), ()) = tokio::join!(collector, exporter.stop(ENOUGH));
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!((sent(), dropped()), (2, 0));

    let request: Request = serde_json::from_slice(&body).unwrap();
    let [resource_spans] = &request.resource_spans[..] else { panic!("one resource") };
    let name = &resource_spans.resource.attributes[0];
    assert!(
        name.key == "service.name" && matches!(&name.value, AnyValue::StringValue(name) if name == "iroko")
    );
    let [scope_spans] = &resource_spans.scope_spans[..] else { panic!("one scope") };
    assert_eq!(scope_spans.scope.name, "iroko");
    let [ok, failed] = &scope_spans.spans[..] else { panic!("two spans") };
    assert_eq!(ok.trace_id, "00000000000000000000000000000abc");
    assert_eq!(
        (ok.span_id.as_str(), ok.parent_span_id.as_deref()),
        ("0000000000000def", Some("0000000000000123"))
    );
    assert_eq!((ok.name.as_str(), ok.kind, ok.flags), ("GET /v1/requests/{id}", 2, 1));
    assert_eq!(ok.start_time_unix_nano, "1767323045000000000");
    assert_eq!(ok.end_time_unix_nano, "1767323045001500000");
    assert!(ok.attributes.iter().any(|a| a.key == "http.response.status_code"
        && matches!(&a.value, AnyValue::IntValue(status) if status == "200")));
    assert_eq!((ok.status.code, failed.status.code), (0, 2));
}

#[tokio::test]
async fn a_collector_that_refuses_costs_spans_and_is_not_asked_again() {
    let (listener, exporter) = exporter().await;
    exporter.record(span("/", 200, 1));
    let (sent, dropped) = (exporter.sent(), exporter.dropped());
    tokio::join!(one_exchange(&listener, "400 Bad Request"), exporter.stop(ENOUGH));
    assert_eq!((sent(), dropped()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_is_down_costs_spans_and_nothing_else() {
    let (listener, exporter) = exporter().await;
    drop(listener);
    let dropped = exporter.dropped();
    let total = 10_000;
    for _ in 0..total {
        exporter.record(span("/", 200, 1));
    }
    assert!(dropped() > 0, "the queue is bounded");
    exporter.stop(Duration::from_secs(600)).await;
    assert_eq!(dropped(), total);
}
