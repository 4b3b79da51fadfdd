//! A keyed table of fixed size behind striped locks: what the limiter and the throttle keep.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use parking_lot::{Mutex, MutexGuard};

use crate::key::Key;
use crate::limits::{TABLE_EVICTION_LOOKS, TABLE_SHARDS};

/// What is kept about a key, and until when it matters.
pub trait Remembered: Copy + Default {
    fn until_ns(&self) -> u64;
}

pub struct Table<V> {
    hasher: RandomState,
    shards: Box<[Mutex<Shard<V>>]>,
}

pub struct Shard<V> {
    places: HashMap<Key, u32, RandomState>,
    entries: Vec<(Key, V)>,
    entries_max: usize,
    /// Where the search for something to forget goes on.
    hand: usize,
}

impl<V: Remembered> Table<V> {
    pub fn new(keys_max: usize) -> Self {
        let entries_max = keys_max.div_ceil(TABLE_SHARDS).clamp(1, u32::MAX as usize);
        let hasher = RandomState::default();
        let shard = || Shard {
            places: HashMap::with_hasher(hasher.clone()),
            entries: Vec::new(),
            entries_max,
            hand: 0,
        };
        let shards = (0..TABLE_SHARDS).map(|_| Mutex::new(shard())).collect();
        Self { hasher, shards }
    }

    pub fn shard_of(&self, key: &Key) -> usize {
        // The upper bits: the map inside the shard uses the lower ones.
        (self.hasher.hash_one(key) >> 40) as usize % TABLE_SHARDS
    }

    pub fn lock(&self, shard: usize) -> MutexGuard<'_, Shard<V>> {
        self.shards[shard].lock()
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().entries.len()).sum()
    }
}

impl<V: Remembered> Shard<V> {
    pub fn get(&self, key: &Key) -> V {
        self.places.get(key).map_or_else(V::default, |&place| self.entries[place as usize].1)
    }

    /// Where the key is full and everything in it still matters, what matters the shortest goes.
    pub fn put(&mut self, key: Key, value: V, now_ns: u64) {
        if let Some(&place) = self.places.get(&key) {
            self.entries[place as usize].1 = value;
            return;
        }
        if self.entries.len() < self.entries_max {
            self.places.insert(key, self.entries.len() as u32);
            self.entries.push((key, value));
            return;
        }
        let place = self.place_to_free(now_ns);
        self.places.remove(&self.entries[place].0);
        self.places.insert(key, place as u32);
        self.entries[place] = (key, value);
    }

    pub fn remove(&mut self, key: &Key) {
        let Some(place) = self.places.remove(key) else { return };
        self.entries.swap_remove(place as usize);
        if let Some((moved, _)) = self.entries.get(place as usize) {
            self.places.insert(*moved, place);
        }
    }

    fn place_to_free(&mut self, now_ns: u64) -> usize {
        let mut best = self.hand % self.entries.len();
        for _ in 0..TABLE_EVICTION_LOOKS.min(self.entries.len()) {
            let place = self.hand % self.entries.len();
            self.hand = place + 1;
            if self.entries[place].1.until_ns() < self.entries[best].1.until_ns() {
                best = place;
            }
            if self.entries[place].1.until_ns() <= now_ns {
                return place;
            }
        }
        best
    }
}
