use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::ManualClock;
use telemetry::{AccessLine, AccessPolicy, Format, LogConfig, Logs, Scope, TraceContext};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const TRACE: TraceContext = TraceContext { trace_id: 0xabc, span_id: 1, parent_id: None, flags: 0 };

fn logged(format: Format, filter: &str, act: impl FnOnce(&Logs)) -> String {
    let out = Shared::default();
    let clock = Arc::new(ManualClock::at("2026-01-02T03:04:05Z".parse().unwrap()));
    let config = LogConfig { format, filter: filter.to_owned() };
    let (logs, subscriber) = Logs::to(Box::new(out.clone()), &config, clock).unwrap();
    tracing::subscriber::with_default(subscriber, || act(&logs));
    drop(logs);
    let written = out.0.lock().unwrap().clone();
    String::from_utf8(written).unwrap()
}

fn some_events(_: &Logs) {
    tracing::info!(target: "store", rows = 3, share = 0.5, odd = f64::NAN, ok = true, phone = "+27821234567", "Wrote for +251911234567");
    tracing::warn!(target: "store", card = 4_111_111_111_111_111_u64, error = ?"Bearer abcdef12345", "Failed");
    tracing::info!(target: "chatty", "not asked for");
}

#[test]
fn events_as_text() {
    let text = logged(Format::Text, "warn,store=info", some_events);
    assert_eq!(
        text,
        "2026-01-02T03:04:05.000Z INFO  store: Wrote for +***67 rows=3 share=0.5 odd=NaN ok=true phone=+***67\n\
         2026-01-02T03:04:05.000Z WARN  store: Failed card=[card] error=\"\\\"Bearer [token]\\\"\"\n"
    );
}

#[test]
fn events_as_json() {
    let text = logged(Format::Json, "info,chatty=off", some_events);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["message"], "Wrote for +***67");
    assert_eq!((&lines[0]["rows"], &lines[0]["ok"]), (&3.into(), &true.into()));
    assert_eq!((&lines[0]["share"], &lines[0]["odd"]), (&0.5.into(), &"NaN".into()));
    assert_eq!(lines[1]["card"], "[card]");
    assert_eq!(lines[1]["level"], "WARN");
}

#[test]
fn events_within_a_request_carry_its_ids() {
    let text = logged(Format::Text, "info", |_| {
        let scope = Scope { trace: TRACE, tenant: "cityhelper".into(), market: "boston".into() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(scope.around(async { tracing::info!(target: "civic", "Seen") }));
    });
    assert!(text.ends_with(
        "civic: Seen tenant=cityhelper market=boston trace_id=00000000000000000000000000000abc\n"
    ));
}

#[test]
fn one_line_for_a_request() {
    let request = AccessLine {
        method: "GET",
        route: "/v1/requests/{id}",
        unmatched_path: None,
        status: 503,
        elapsed: Duration::from_micros(1_234),
        bytes_out: 99,
        tenant: "cityhelper",
        market: "boston",
        actor: Some(&"per_1"),
        trace: TRACE,
    };
    let act = |logs: &Logs| {
        let access = logs.access(AccessPolicy::Errors);
        access.record(&request);
        access.record(&AccessLine { status: 200, ..request });
        access.record(&AccessLine { status: 500, unmatched_path: Some("/x?token=abc"), ..request });
    };
    let text = logged(Format::Text, "info", act);
    let first = "2026-01-02T03:04:05.000Z ERROR request: http.method=GET http.route=/v1/requests/{id} http.status=503 \
                 duration_us=1234 bytes_out=99 tenant=cityhelper market=boston actor=per_1 \
                 trace_id=00000000000000000000000000000abc";
    assert_eq!(text.lines().next(), Some(first));
    assert_eq!(text.lines().count(), 2);
    assert!(text.contains("http.path=\"/x?token=[secret]\""), "{text}");
    let json = logged(Format::Json, "info", act);
    let line: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&line["http.status"], &line["actor"]), (&503.into(), &"per_1".into()));
}

#[test]
fn a_filter_is_checked_before_use() {
    assert!(telemetry::check_filter("info,store=debug").is_ok());
    assert!(telemetry::check_filter("info,store=loud").is_err());
}
