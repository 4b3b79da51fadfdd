//! Answers that are the same for everyone, kept in memory for a while.
//!
//! A hit is a hash lookup and a clone of something cheap to clone. What is no longer fresh is still
//! served for a while, as one task fetches the next; what is not there is computed once, however
//! many wait for it. Changes in a market make what is kept of it stale.
//!
//! The store is `quick_cache`: it bounds by bytes, is sharded, and its hits only take a read lock.
//! Staleness and waiting together are in no cache crate, so they are here.

mod entry;
mod flight;
pub mod limits;
mod versions;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use entry::{ByWeight, Entry, Key, Seek};
use flight::{Flight, Flights, Turn};
use versions::Versions;

pub use entry::Freshness;

type Kept<V> = quick_cache::sync::Cache<
    Key,
    Arc<Entry<V>>,
    ByWeight,
    foldhash::fast::RandomState,
    quick_cache::sync::DefaultLifecycle<Key, Arc<Entry<V>>>,
>;

/// What a computation gives: the value for those who wait, and how long others may have it.
#[derive(Debug, Clone)]
pub struct Made<V> {
    pub value: V,
    pub keep: Option<Keep>,
}

/// How long a value may be kept, and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub fresh_s: u32,
    /// How much longer it may be served while the next one is fetched.
    pub stale_s: u32,
    pub bytes: usize,
}

/// A value, and how old it is.
#[derive(Debug, Clone)]
pub struct Found<V> {
    pub value: V,
    pub age_s: u32,
}

/// Nobody computed the value: each who tried was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abandoned;

/// How often what was asked for was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub hits: u64,
    pub stale_hits: u64,
    pub misses: u64,
    pub bytes: u64,
}

/// A cheap handle; clones share what is kept.
pub struct Cache<V>(Arc<Inner<V>>);

struct Inner<V> {
    kept: Kept<V>,
    flights: Flights<V>,
    versions: Versions,
    hits: AtomicU64,
    stale_hits: AtomicU64,
    misses: AtomicU64,
}

impl<V> Clone for Cache<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V: Clone + Send + Sync + 'static> Cache<V> {
    pub fn new(bytes_max: u64) -> Self {
        let items = usize::try_from(bytes_max).unwrap_or(usize::MAX) / limits::ENTRY_BYTES_EXPECTED;
        Self(Arc::new(Inner {
            kept: Kept::with(
                items.max(1),
                bytes_max,
                ByWeight,
                foldhash::fast::RandomState::default(),
                quick_cache::sync::DefaultLifecycle::default(),
            ),
            flights: Flights::default(),
            versions: Versions::default(),
            hits: AtomicU64::new(0),
            stale_hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }))
    }

    /// Something in the market has changed: what is kept of it is stale from now on.
    pub fn changed(&self, market: i64) {
        self.0.versions.bump(market);
    }

    /// What is kept, or what `make` gives. `now_ns` is from any one monotonic clock; `path` has the
    /// query with it. `make` runs as a task of its own, once at a time for a path, so that a caller
    /// who goes away takes nothing from the others.
    pub async fn get_or_make<F, Fut>(
        &self,
        now_ns: u64,
        market: i64,
        path: &str,
        make: F,
    ) -> Result<Found<V>, Abandoned>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Made<V>> + Send + 'static,
    {
        let inner = &self.0;
        let version = inner.versions.of(market);
        if let Some(entry) = inner.kept.get(&Seek { market, path }) {
            match entry.freshness(now_ns, version) {
                Freshness::Fresh => {
                    inner.hits.fetch_add(1, Relaxed);
                    return Ok(entry.found(now_ns));
                }
                Freshness::Stale => {
                    inner.stale_hits.fetch_add(1, Relaxed);
                    if entry.claim_refresh(now_ns) {
                        self.refresh(now_ns, Key::of(market, path), make());
                    }
                    return Ok(entry.found(now_ns));
                }
                Freshness::Gone => {}
            }
        }
        inner.misses.fetch_add(1, Relaxed);
        for _ in 0..limits::FLIGHT_TRIES {
            let mut landing = match inner.flights.join(Key::of(market, path)) {
                Turn::Wait(landing) => landing,
                Turn::Fly(flight, landing) => {
                    tokio::spawn(self.clone().fly(now_ns, flight, make()));
                    landing
                }
            };
            // An error: the task was cut short, perhaps by a panic. Another takes over.
            if let Ok(landed) = landing.wait_for(Option::is_some).await
                && let Some(value) = landed.clone()
            {
                return Ok(Found { value, age_s: 0 });
            }
        }
        Err(Abandoned)
    }

    fn refresh(&self, now_ns: u64, key: Key, making: impl Future<Output = Made<V>> + Send + 'static) {
        if let Turn::Fly(flight, _) = self.0.flights.join(key) {
            tokio::spawn(self.clone().fly(now_ns, flight, making));
        }
    }

    async fn fly(self, now_ns: u64, flight: Flight<V>, making: impl Future<Output = Made<V>> + Send) {
        let inner = &self.0;
        let market = flight.key().market;
        // Taken before the work begins: a change in between makes the result stale.
        let version = inner.versions.of(market);
        let made = making.await;
        match made.keep.filter(|keep| keep.fresh_s > 0) {
            Some(keep) => {
                let entry = Entry::new(made.value.clone(), keep, now_ns, version);
                inner.kept.insert(flight.key().clone(), Arc::new(entry));
            }
            None => {
                inner.kept.remove(&Seek { market, path: &flight.key().path });
            }
        }
        flight.land(made.value);
    }

    pub fn counts(&self) -> Counts {
        Counts {
            hits: self.0.hits.load(Relaxed),
            stale_hits: self.0.stale_hits.load(Relaxed),
            misses: self.0.misses.load(Relaxed),
            bytes: self.0.kept.weight(),
        }
    }
}

#[cfg(test)]
mod tests;
