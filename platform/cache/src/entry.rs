//! One kept value, and whether it may still be served.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use quick_cache::{Equivalent, Weighter};

use crate::limits::{ENTRY_BYTES_OVERHEAD, REFRESH_NS, UNTOUCHED_NS};
use crate::{Found, Keep};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) market: i64,
    pub(crate) path: Box<str>,
}

/// A key that is only looked for.
pub(crate) struct Seek<'a> {
    pub(crate) market: i64,
    pub(crate) path: &'a str,
}

impl Key {
    pub(crate) fn of(market: i64, path: &str) -> Self {
        Self { market, path: path.into() }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Seek { market: self.market, path: &self.path }.hash(state);
    }
}

impl Hash for Seek<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.market.hash(state);
        self.path.hash(state);
    }
}

impl Equivalent<Key> for Seek<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.market == key.market && *self.path == *key.path
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ByWeight;

impl<V> Weighter<Key, Arc<Entry<V>>> for ByWeight {
    fn weight(&self, key: &Key, entry: &Arc<Entry<V>>) -> u64 {
        (entry.keep.bytes + key.path.len() + ENTRY_BYTES_OVERHEAD) as u64
    }
}

pub(crate) struct Entry<V> {
    value: V,
    keep: Keep,
    made_ns: u64,
    version: u64,
    /// When the refresh under way began; 0 if none did.
    refresh_ns: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// May be served while the next is fetched.
    Stale,
    Gone,
}

impl<V: Clone> Entry<V> {
    pub(crate) fn new(value: V, keep: Keep, made_ns: u64, version: u64) -> Self {
        Self { value, keep, made_ns, version, refresh_ns: AtomicU64::new(0) }
    }

    pub(crate) fn freshness(&self, now_ns: u64, version: u64) -> Freshness {
        let age_ns = now_ns.saturating_sub(self.made_ns);
        let fresh_ns = seconds(self.keep.fresh_s);
        if age_ns < fresh_ns && (version == self.version || age_ns < UNTOUCHED_NS) {
            Freshness::Fresh
        } else if age_ns < fresh_ns + seconds(self.keep.stale_s) {
            Freshness::Stale
        } else {
            Freshness::Gone
        }
    }

    pub(crate) fn found(&self, now_ns: u64) -> Found<V> {
        let age_s = now_ns.saturating_sub(self.made_ns) / 1_000_000_000;
        Found { value: self.value.clone(), age_s: u32::try_from(age_s).unwrap_or(u32::MAX) }
    }

    /// Only one of those who see it stale fetches the next, and another if that one never comes back.
    pub(crate) fn claim_refresh(&self, now_ns: u64) -> bool {
        let began_ns = self.refresh_ns.load(Relaxed);
        if began_ns != 0 && now_ns.saturating_sub(began_ns) < REFRESH_NS {
            return false;
        }
        self.refresh_ns.compare_exchange(began_ns, now_ns.max(1), Relaxed, Relaxed).is_ok()
    }
}

fn seconds(s: u32) -> u64 {
    u64::from(s) * 1_000_000_000
}
