//! Metrics for Prometheus: how many, how fast, how full.
//!
//! Handles are made at the start and are cheap to clone; only the scrape walks the registry. Names
//! are all `iroko_…`; label values come from closed sets or from [`Bounded`].

mod bounded;
mod groups;
mod histogram;
mod process;
mod routes;

use std::fmt;

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub use bounded::Bounded;
pub use groups::GuardMetrics;
pub use histogram::{Bounds, Histogram};
pub use routes::{RouteMetrics, Routes};

/// What `/metrics` answers with.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    #[error("{0} routes are more than can be measured one by one")]
    TooManyRoutes(usize),
}

pub struct Metrics(Mutex<Registry>);

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// With the figures of the process itself.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("iroko");
        registry.register_collector(Box::new(process::Process::started_now()));
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The running program", version);
        Self(Mutex::new(registry))
    }

    /// Names without prefix and without `_total`; help without a full stop.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        self.add(name, help, Counter::default())
    }

    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.add(name, help, Gauge::default())
    }

    pub fn histogram(&self, name: &str, help: &str, bounds: Bounds) -> Histogram {
        self.add(name, help, Histogram::new(bounds))
    }

    /// A counter per name, of which at most `max` are told apart; the others are `other`.
    pub fn counters_by(&self, name: &str, help: &str, label: &'static str, max: usize) -> Bounded<Counter> {
        self.add(name, help, Bounded::new(label, max))
    }

    pub fn gauges_by(&self, name: &str, help: &str, label: &'static str, max: usize) -> Bounded<Gauge> {
        self.add(name, help, Bounded::new(label, max))
    }

    /// A figure that somebody else keeps, read at every scrape.
    pub fn gauge_of(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        let write = move |encoder: DescriptorEncoder<'_>| put(encoder, name, help, &ConstGauge::new(read()));
        self.0.lock().register_collector(Box::new(Computed(Box::new(write))));
    }

    /// Like `gauge_of`, for a figure that only grows.
    pub fn counter_of(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let write =
            move |encoder: DescriptorEncoder<'_>| put(encoder, name, help, &ConstCounter::new(read()));
        self.0.lock().register_collector(Box::new(Computed(Box::new(write))));
    }

    /// Counters and latencies of these routes (method, pattern), in this order.
    pub fn routes(&self, routes: &[(&str, &str)]) -> Result<Routes, MetricsError> {
        let routes = Routes::new(routes)?;
        self.0.lock().register_collector(Box::new(routes.clone()));
        Ok(routes)
    }

    pub fn guard(&self) -> GuardMetrics {
        GuardMetrics::register(self)
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        // Writing into a string cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.0.lock());
        text
    }

    fn add<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        self.0.lock().register(name, help, metric.clone());
        metric
    }
}

fn put(
    mut encoder: DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

type Write = dyn Fn(DescriptorEncoder<'_>) -> fmt::Result + Send + Sync;
struct Computed(Box<Write>);

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Computed")
    }
}

impl Collector for Computed {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        (self.0)(encoder)
    }
}
