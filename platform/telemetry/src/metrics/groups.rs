//! The figures of the other parts of the house, named in one place so that a dashboard fits every
//! deployment.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use super::{Bounded, Metrics};

/// Shedding reasons are closed sets in the code; this only keeps a mistake small.
const KINDS_MAX: usize = 16;

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
