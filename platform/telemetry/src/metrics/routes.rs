//! Rate, errors and duration by route pattern, method and class of status.
//!
//! The router knows which route it took, so a request finds its counters by index.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::MetricsError;
use super::histogram::{Bounds, Histogram};
use crate::limits::ROUTES_MAX;

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The measured routes, by the index they were registered at; one more for what no route matched.
#[derive(Debug, Clone)]
pub struct Routes(Arc<[RouteMetrics]>);

/// One route's counters: one histogram per class of status, whose count is the number of requests.
#[derive(Debug, Clone)]
pub struct RouteMetrics {
    method: Box<str>,
    pattern: Box<str>,
    classes: [Histogram; 5],
}

impl RouteMetrics {
    fn new(method: &str, pattern: &str) -> Self {
        let classes = std::array::from_fn(|_| Histogram::new(Bounds::LATENCY));
        Self { method: method.into(), pattern: pattern.into(), classes }
    }

    /// Two atomic additions; a status outside 100 to 599 counts as the nearest class.
    #[inline]
    pub fn observe(&self, status: u16, elapsed: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.classes[class].observe_duration(elapsed);
    }
}

impl Routes {
    pub(super) fn new(routes: &[(&str, &str)]) -> Result<Self, MetricsError> {
        if routes.len() > ROUTES_MAX {
            return Err(MetricsError::TooManyRoutes(routes.len()));
        }
        let unmatched = [("", "unmatched")];
        let all = routes.iter().chain(&unmatched);
        Ok(Self(all.map(|(method, pattern)| RouteMetrics::new(method, pattern)).collect()))
    }

    /// An index that was never registered is the unmatched route.
    #[inline]
    pub fn at(&self, index: usize) -> &RouteMetrics {
        self.0.get(index).unwrap_or(&self.0[self.0.len() - 1])
    }

    pub fn unmatched(&self) -> &RouteMetrics {
        self.at(usize::MAX)
    }

    /// Every pair of route and class that was seen, with its labels.
    fn seen(&self) -> impl Iterator<Item = ([(&'static str, &str); 3], &Histogram)> {
        self.0.iter().flat_map(|route| {
            CLASSES.into_iter().zip(&route.classes).filter(|(_, histogram)| histogram.count() > 0).map(
                |(class, histogram)| {
                    ([("route", &*route.pattern), ("method", &*route.method), ("status", class)], histogram)
                },
            )
        })
    }
}

impl Collector for Routes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests answered, by route, method and class of status.";
        let mut family = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for (labels, histogram) in self.seen() {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&histogram.count(), None)?;
        }
        let help = "From the request's first byte to the answer's head, in seconds.";
        let mut family =
            encoder.encode_descriptor("http_request_seconds", help, None, MetricType::Histogram)?;
        for (labels, histogram) in self.seen() {
            let seen = histogram.snapshot();
            let mut metric = family.encode_family(&labels)?;
            metric.encode_histogram::<NoLabelSet>(seen.sum, seen.count, &seen.buckets, None)?;
        }
        Ok(())
    }
}
