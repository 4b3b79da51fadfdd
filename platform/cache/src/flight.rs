//! Computations under way, so that many who want the same wait for one.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::entry::Key;
use crate::limits::FLIGHT_SHARDS;

type Landing<V> = watch::Receiver<Option<V>>;
type Shard<V> = HashMap<Key, Landing<V>, RandomState>;

pub(crate) struct Flights<V> {
    hasher: RandomState,
    shards: Arc<[Mutex<Shard<V>>]>,
}

/// Who computes, and who waits.
pub(crate) enum Turn<V> {
    Fly(Flight<V>, Landing<V>),
    Wait(Landing<V>),
}

/// The right to compute. Dropped without landing, it frees the way for another.
pub(crate) struct Flight<V> {
    key: Key,
    shard: usize,
    shards: Arc<[Mutex<Shard<V>>]>,
    lands: watch::Sender<Option<V>>,
}

impl<V> Default for Flights<V> {
    fn default() -> Self {
        let shards = (0..FLIGHT_SHARDS).map(|_| Mutex::new(HashMap::default())).collect();
        Self { hasher: RandomState::default(), shards }
    }
}

impl<V> Flights<V> {
    pub(crate) fn join(&self, key: Key) -> Turn<V> {
        let shard = (self.hasher.hash_one(&key) >> 40) as usize % FLIGHT_SHARDS;
        let mut under_way = self.shards[shard].lock();
        if let Some(landing) = under_way.get(&key) {
            return Turn::Wait(landing.clone());
        }
        let (lands, landing) = watch::channel(None);
        under_way.insert(key.clone(), landing.clone());
        Turn::Fly(Flight { key, shard, shards: self.shards.clone(), lands }, landing)
    }
}

impl<V> Flight<V> {
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn land(self, value: V) {
        // Whoever waits has it even when the way is already free for the next.
        self.lands.send_replace(Some(value));
    }
}

impl<V> Drop for Flight<V> {
    fn drop(&mut self) {
        self.shards[self.shard].lock().remove(&self.key);
    }
}
