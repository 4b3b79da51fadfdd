//! Labels whose values come from outside, such as markets: a bounded number is told apart.
//!
//! Names are told apart in the order in which they are first asked for, so whoever knows the
//! important ones asks for them at the start. A series never changes its meaning later, which a
//! changing list of the biggest would make it do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// A metric per name. Ask once per name and keep the handle: asking takes a lock.
#[derive(Clone)]
pub struct Bounded<M>(Arc<Inner<M>>);

struct Inner<M> {
    label: &'static str,
    max: usize,
    named: Mutex<BTreeMap<Box<str>, M>>,
    other: M,
}

const OTHER: &str = "other";

impl<M: Clone + Default> Bounded<M> {
    pub(super) fn new(label: &'static str, max: usize) -> Self {
        Self(Arc::new(Inner { label, max, named: Mutex::default(), other: M::default() }))
    }

    pub fn get(&self, name: &str) -> M {
        let mut named = self.0.named.lock();
        if let Some(metric) = named.get(name) {
            return metric.clone();
        }
        if name == OTHER || named.len() >= self.0.max {
            return self.0.other.clone();
        }
        named.entry(name.into()).or_default().clone()
    }
}

impl<M> fmt::Debug for Bounded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bounded by {}, at most {}", self.0.label, self.0.max)
    }
}

impl<M: EncodeMetric + TypedMetric> EncodeMetric for Bounded<M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let named = self.0.named.lock();
        for (name, metric) in named.iter() {
            metric.encode(encoder.encode_family(&[(self.0.label, &**name)])?)?;
        }
        if named.len() >= self.0.max {
            self.0.other.encode(encoder.encode_family(&[(self.0.label, OTHER)])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

impl<M: TypedMetric> TypedMetric for Bounded<M> {
    const TYPE: MetricType = M::TYPE;
}
