//! What the bus has done since it started, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) batches: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) parked: AtomicU64,
    pub(crate) jobs_done: AtomicU64,
    pub(crate) jobs_failed: AtomicU64,
    pub(crate) jobs_dead: AtomicU64,
    pub(crate) jobs_lost: AtomicU64,
    pub(crate) jobs_running: AtomicU64,
}

/// Totals since the start, but for what is running now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Decisions of consumers that were committed.
    pub batches: u64,
    /// Events handled by those; one event counts once for every consumer that wanted it.
    pub events: u64,
    pub failures: u64,
    pub parked: u64,
    pub jobs_done: u64,
    pub jobs_failed: u64,
    pub jobs_dead: u64,
    /// Jobs whose lease went to somebody else while they ran.
    pub jobs_lost: u64,
    pub jobs_running: u64,
    /// Markets that wait for the relay, and for a worker.
    pub markets_waiting: u64,
    pub job_markets_waiting: u64,
}

pub(crate) fn add(counter: &AtomicU64, many: usize) {
    counter.fetch_add(many as u64, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            batches: read(&self.batches),
            events: read(&self.events),
            failures: read(&self.failures),
            parked: read(&self.parked),
            jobs_done: read(&self.jobs_done),
            jobs_failed: read(&self.jobs_failed),
            jobs_dead: read(&self.jobs_dead),
            jobs_lost: read(&self.jobs_lost),
            jobs_running: read(&self.jobs_running),
            markets_waiting: 0,
            job_markets_waiting: 0,
        }
    }
}
