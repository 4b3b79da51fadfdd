//! The gate every request passes: so many at once, the important ones first, a fair part for each
//! market when it is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::Mutex;

use crate::gradient::{Limit, LimitPolicy};
use crate::limits::{
    BACKGROUND_PERCENT, CRITICAL_PERCENT, LATENCY_NS_MAX, NORMAL_PERCENT, RESERVE_PERCENT, WINDOW_NS,
    WINDOW_SAMPLES_MIN,
};
use crate::shares::Shares;

/// What is shed last comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Paying, validating a ticket.
    Critical,
    /// Somebody is waiting for it.
    Normal,
    /// Prefetching, exports, machines that can come again.
    Background,
}

/// Not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shed {
    /// There is no room for requests of this priority.
    Full,
    /// There is a little room, but for markets that have less than their part.
    OverShare,
}

/// What the gate looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateView {
    pub limit: u32,
    pub inflight: u32,
    pub active_shares: u32,
}

#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    origin: Instant,
    limit: OwnLine<AtomicU32>,
    inflight: OwnLine<AtomicU32>,
    shares: Shares,
    window: OwnLine<Window>,
    learned: Mutex<Limit>,
}

/// Kept apart from its neighbours in memory: processors would otherwise wait for each other over
/// numbers that have nothing to do with each other.
#[derive(Default)]
#[repr(align(128))]
struct OwnLine<T>(T);

impl<T> std::ops::Deref for OwnLine<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[derive(Default)]
struct Window {
    started_ns: AtomicU64,
    latency_sum_ns: AtomicU64,
    samples: AtomicU64,
    inflight_peak: AtomicU32,
}

/// Leave to run. Dropping it says that the work is done, and how long it took.
#[must_use = "the request runs as long as its pass is held"]
pub struct Pass {
    gate: Arc<Inner>,
    slot: u32,
    /// `None` when the time it takes says nothing about the load.
    entered_ns: Option<u64>,
}

impl Priority {
    const fn percent(self) -> u32 {
        match self {
            Priority::Critical => CRITICAL_PERCENT,
            Priority::Normal => NORMAL_PERCENT,
            Priority::Background => BACKGROUND_PERCENT,
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(LimitPolicy::default())
    }
}

impl Gate {
    pub fn new(policy: LimitPolicy) -> Self {
        let learned = Limit::new(policy);
        Self(Arc::new(Inner {
            origin: Instant::now(),
            limit: OwnLine(AtomicU32::new(learned.current())),
            inflight: OwnLine::default(),
            shares: Shares::new(),
            window: OwnLine::default(),
            learned: Mutex::new(learned),
        }))
    }

    /// `share_key` is the market's id.
    pub fn enter(&self, priority: Priority, share_key: u64) -> Result<Pass, Shed> {
        let slot = self.0.admit(priority, share_key)?;
        Ok(Pass { gate: self.0.clone(), slot, entered_ns: Some(self.0.now_ns()) })
    }

    pub fn view(&self) -> GateView {
        GateView {
            limit: self.0.limit.load(Relaxed),
            inflight: self.0.inflight.load(Relaxed),
            active_shares: self.0.shares.active(),
        }
    }
}

impl Pass {
    /// The time this one takes says nothing about the load: a live stream, an upload over a slow line.
    pub fn without_latency(&mut self) {
        self.entered_ns = None;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.leave(self.slot);
        if let Some(entered_ns) = self.entered_ns {
            let now_ns = self.gate.now_ns();
            self.gate.record(now_ns, now_ns.saturating_sub(entered_ns));
        }
    }
}

impl Inner {
    fn now_ns(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }

    fn admit(&self, priority: Priority, share_key: u64) -> Result<u32, Shed> {
        let limit = self.limit.load(Relaxed);
        let room = part(limit, priority.percent());
        let reserve = part(limit, RESERVE_PERCENT);
        // Looked at first, so that a flood of refusals does not crowd the counter.
        if self.inflight.load(Relaxed) >= room.saturating_add(reserve) {
            return Err(Shed::Full);
        }
        let inflight = self.inflight.fetch_add(1, Relaxed) + 1;
        let entered = self.shares.enter(share_key);
        if inflight > room {
            let fair = (room / self.shares.active().max(1)).max(1);
            let shed = match (inflight <= room.saturating_add(reserve), entered.count <= fair) {
                (true, true) => None,
                (true, false) => Some(Shed::OverShare),
                (false, _) => Some(Shed::Full),
            };
            if let Some(shed) = shed {
                self.leave(entered.slot);
                return Err(shed);
            }
        }
        if inflight > self.window.inflight_peak.load(Relaxed) {
            self.window.inflight_peak.fetch_max(inflight, Relaxed);
        }
        Ok(entered.slot)
    }

    fn leave(&self, slot: u32) {
        self.shares.leave(slot);
        self.inflight.fetch_sub(1, Relaxed);
    }

    fn record(&self, now_ns: u64, latency_ns: u64) {
        let window = &self.window;
        window.latency_sum_ns.fetch_add(latency_ns.min(LATENCY_NS_MAX), Relaxed);
        let samples = window.samples.fetch_add(1, Relaxed) + 1;
        let old_enough = || now_ns.saturating_sub(window.started_ns.load(Relaxed)) >= WINDOW_NS;
        if samples < WINDOW_SAMPLES_MIN || !old_enough() {
            return;
        }
        // Whoever is second finds the window closed already.
        let Some(mut learned) = self.learned.try_lock() else { return };
        if !old_enough() {
            return;
        }
        window.started_ns.store(now_ns, Relaxed);
        let samples = window.samples.swap(0, Relaxed);
        let latency_sum_ns = window.latency_sum_ns.swap(0, Relaxed);
        let inflight = window.inflight_peak.swap(self.inflight.load(Relaxed), Relaxed);
        self.limit.store(learned.sample(latency_sum_ns / samples.max(1), inflight), Relaxed);
    }
}

/// At least one, so that a small limit shuts nobody out.
fn part(limit: u32, percent: u32) -> u32 {
    (u64::from(limit) * u64::from(percent) / 100).max(1) as u32
}

#[cfg(test)]
mod tests;
