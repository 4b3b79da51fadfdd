//! What we saw: logs, metrics, traces.
//!
//! Seeing must not slow what is seen. A request costs a few atomic additions here, a line only when
//! the policy asks for one, and never waits: whatever is written or sent goes through a bounded
//! buffer that counts what it had to drop. Free text is redacted on its way out.

mod access;
mod limits;
mod log;
mod metrics;
mod otlp;
mod redact;
mod scope;
mod trace;

pub use access::{AccessLine, AccessLog, AccessPolicy};
pub use log::{Format, LogConfig, LogError, Logs, check_filter, init};
pub use metrics::{
    Bounded, Bounds, CONTENT_TYPE, GuardMetrics, Histogram, Metrics, MetricsError, RouteMetrics, Routes,
};
pub use otlp::{Collector, CollectorError, Exporter, FinishedSpan};
pub use redact::{Secret, redact};
pub use scope::{Scope, current};
pub use trace::{BatchedRandom, TraceContext};

/// The metric types of the field itself, so that no other crate needs to name the library.
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::gauge::Gauge;
