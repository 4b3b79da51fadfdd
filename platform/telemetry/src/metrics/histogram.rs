//! A histogram of two atomic additions per observation.
//!
//! Written here because prometheus-client's own takes a mutex for every observation. Values are
//! integers in a small unit (microseconds, rows); floating point appears only in the exposition.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::limits::{BUCKETS_MAX, STRIPES_MAX};

/// The upper ends of buckets, and how many units make one of what is shown.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    ends: &'static [u64],
    per_shown: f64,
}

impl Bounds {
    /// Observed in microseconds, shown in seconds; fine where a request should be, coarse above.
    pub const LATENCY: Self = Self {
        ends: &[
            100, 250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
            2_500_000, 5_000_000, 10_000_000, 30_000_000,
        ],
        per_shown: 1e6,
    };
    /// Counts: batch sizes, rows.
    pub const COUNT: Self =
        Self { ends: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096], per_shown: 1.0 };
}

const _: () = assert!(Bounds::LATENCY.ends.len() < BUCKETS_MAX && Bounds::COUNT.ends.len() < BUCKETS_MAX);

#[derive(Clone)]
pub struct Histogram(Arc<Inner>);

struct Inner {
    bounds: Bounds,
    stripes: Box<[Stripe]>,
}

/// The last place is the sum.
#[derive(Default)]
#[repr(align(64))]
struct Stripe {
    buckets: [AtomicU64; BUCKETS_MAX],
    sum: AtomicU64,
}

/// What was counted, at one moment.
pub(super) struct Snapshot {
    pub buckets: Vec<(f64, u64)>,
    pub count: u64,
    pub sum: f64,
}

impl Histogram {
    pub fn new(bounds: Bounds) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let stripes = (0..cores.min(STRIPES_MAX)).map(|_| Stripe::default()).collect();
        Self(Arc::new(Inner { bounds, stripes }))
    }

    #[inline]
    pub fn observe(&self, value: u64) {
        let Inner { bounds, stripes } = &*self.0;
        let bucket = bounds.ends.iter().position(|end| value <= *end).unwrap_or(bounds.ends.len());
        let stripe = &stripes[thread_number() % stripes.len()];
        stripe.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        stripe.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// For histograms with [`Bounds::LATENCY`].
    #[inline]
    pub fn observe_duration(&self, elapsed: Duration) {
        self.observe(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
    }

    pub fn count(&self) -> u64 {
        self.0
            .stripes
            .iter()
            .flat_map(|stripe| &stripe.buckets)
            .map(|bucket| bucket.load(Ordering::Relaxed))
            .sum()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let Inner { bounds, stripes } = &*self.0;
        let ends = bounds.ends.iter().map(|end| *end as f64 / bounds.per_shown).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = ends
            .enumerate()
            .map(|(at, end)| {
                (end, stripes.iter().map(|stripe| stripe.buckets[at].load(Ordering::Relaxed)).sum())
            })
            .collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum =
            stripes.iter().fold(0u64, |sum, stripe| sum.wrapping_add(stripe.sum.load(Ordering::Relaxed)));
        Snapshot { buckets, count, sum: sum as f64 / bounds.per_shown }
    }
}

/// Threads take turns over the stripes in the order in which they first observe.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        mine.get()
    })
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({} observed)", self.count())
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let Snapshot { buckets, count, sum } = self.snapshot();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn threads_together_lose_nothing() {
        let histogram = Histogram::new(Bounds::LATENCY);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| (0..10_000).for_each(|us| histogram.observe(us)));
            }
        });
        let seen = histogram.snapshot();
        assert_eq!(seen.count, 60_000);
        assert!((seen.sum - 6.0 * 49.995).abs() < 1e-6, "{}", seen.sum);
        assert_eq!(seen.buckets[0].1, 6 * 101);
    }

    proptest! {
        #[test]
        fn a_value_lands_in_the_first_bucket_that_holds_it(value: u64) {
            let histogram = Histogram::new(Bounds::COUNT);
            histogram.observe(value);
            let (end, _) = *histogram.snapshot().buckets.iter().find(|(_, count)| *count == 1).unwrap();
            prop_assert!(value as f64 <= end);
            prop_assert!(Bounds::COUNT.ends.iter().all(|lower| *lower as f64 >= end || *lower < value));
        }
    }
}
