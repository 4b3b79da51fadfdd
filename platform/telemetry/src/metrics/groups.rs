//! The figures of the other parts of the house, named in one place so that a dashboard fits every
//! deployment.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use super::{Bounded, Bounds, Histogram, Metrics};

const CONSUMERS_MAX: usize = 64;
/// Job states and shedding reasons are closed sets in the code; this only keeps a mistake small.
const KINDS_MAX: usize = 16;

#[derive(Debug, Clone)]
pub struct StoreMetrics {
    pub pool_in_use: Gauge,
    pub queue_depth: Gauge,
    pub open_markets: Gauge,
    pub commit_batch: Histogram,
    pub commit_seconds: Histogram,
    pub conflicts: Counter,
}

impl StoreMetrics {
    pub(super) fn register(metrics: &Metrics) -> Self {
        Self {
            pool_in_use: metrics.gauge("store_pool_in_use", "Database connections or reader threads at work"),
            queue_depth: metrics.gauge("store_queue_depth", "Decisions and reads that wait for their turn"),
            open_markets: metrics.gauge("store_open_markets", "Markets whose storage is open"),
            commit_batch: metrics.histogram(
                "store_commit_batch",
                "Decisions committed together",
                Bounds::COUNT,
            ),
            commit_seconds: metrics.histogram(
                "store_commit_seconds",
                "From handing in a decision to its durable commit, in seconds",
                Bounds::LATENCY,
            ),
            conflicts: metrics
                .counter("store_conflicts", "Decisions that lost a race and were decided again"),
        }
    }
}

#[derive(Debug, Clone)]
pub struct BusMetrics {
    /// Ask once per consumer.
    pub lag: Bounded<Gauge>,
    pub parked: Bounded<Gauge>,
    /// By state: waiting, running, retrying, dead.
    pub jobs: Bounded<Gauge>,
    pub handled_seconds: Histogram,
}

impl BusMetrics {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let (consumer, help) = ("consumer", "Events that a consumer has yet to take");
        Self {
            lag: metrics.gauges_by("bus_lag_events", help, consumer, CONSUMERS_MAX),
            parked: metrics.gauges_by(
                "bus_parked_events",
                "Events set aside with their error",
                consumer,
                CONSUMERS_MAX,
            ),
            jobs: metrics.gauges_by("bus_jobs", "Jobs by state", "state", KINDS_MAX),
            handled_seconds: metrics.histogram(
                "bus_handled_seconds",
                "Time to handle one event or job, in seconds",
                Bounds::LATENCY,
            ),
        }
    }
}

#[derive(Debug, Clone)]
pub struct GuardMetrics {
    pub limit: Gauge,
    pub in_flight: Gauge,
    /// By priority.
    pub shed: Bounded<Counter>,
    /// By tier.
    pub limited: Bounded<Counter>,
}

impl GuardMetrics {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let shed = "Requests turned away under load, by priority";
        let limited = "Requests over their rate, by tier";
        Self {
            limit: metrics.gauge("guard_limit", "Requests that may run at once, as adapted"),
            in_flight: metrics.gauge("guard_in_flight", "Requests that run now"),
            shed: metrics.counters_by("guard_shed", shed, "priority", KINDS_MAX),
            limited: metrics.counters_by("guard_limited", limited, "tier", KINDS_MAX),
        }
    }
}
