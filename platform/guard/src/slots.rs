//! A keyed table of bounded size behind striped locks: what the limiter and the throttle keep.
//!
//! Open addressing with linear probing, because a look-up then touches one line of memory where a
//! general map with room for eviction touches three, and memory is what a look-up costs here.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use parking_lot::{Mutex, MutexGuard};

use crate::key::Key;
use crate::limits::{TABLE_EVICTION_LOOKS, TABLE_SHARDS, TABLE_SLOTS_MIN};

/// What is kept about a key, and until when it matters.
pub trait Remembered: Copy + Default {
    fn until_ns(&self) -> u64;
}

pub struct Table<V> {
    hasher: RandomState,
    shards: Box<[Mutex<Shard<V>>]>,
}

pub struct Shard<V> {
    hasher: RandomState,
    /// A power of two of them, at most half taken.
    slots: Box<[Option<(Key, V)>]>,
    len: usize,
    len_max: usize,
    /// Where the search for something to forget goes on.
    hand: usize,
}

impl<V: Remembered> Table<V> {
    pub fn new(keys_max: usize) -> Self {
        let len_max = keys_max.div_ceil(TABLE_SHARDS).max(1);
        let hasher = RandomState::default();
        let shard = || {
            let slots = vec![None; TABLE_SLOTS_MIN].into();
            Mutex::new(Shard { hasher: hasher.clone(), slots, len: 0, len_max, hand: 0 })
        };
        Self { shards: (0..TABLE_SHARDS).map(|_| shard()).collect(), hasher }
    }

    pub fn shard_of(&self, key: &Key) -> usize {
        // Upper bits, because the shard itself goes by the lower ones.
        (self.hasher.hash_one(key) >> 40) as usize % TABLE_SHARDS
    }

    pub fn lock(&self, shard: usize) -> MutexGuard<'_, Shard<V>> {
        self.shards[shard].lock()
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len).sum()
    }
}

impl<V: Remembered> Shard<V> {
    pub fn get(&self, key: &Key) -> V {
        self.slots[self.find(key)].map_or_else(V::default, |(_, value)| value)
    }

    /// Where the shard is full, something that no longer matters goes, or else what matters the
    /// shortest of a few.
    pub fn put(&mut self, key: Key, value: V, now_ns: u64) {
        let mut slot = self.find(&key);
        if self.slots[slot].is_none() {
            if self.len >= self.len_max {
                self.free_one(now_ns);
            } else if (self.len + 1) * 2 > self.slots.len() {
                self.grow();
            }
            self.len += 1;
            slot = self.find(&key);
        }
        self.slots[slot] = Some((key, value));
    }

    pub fn remove(&mut self, key: &Key) {
        let slot = self.find(key);
        if self.slots[slot].is_some() {
            self.clear(slot);
        }
    }

    /// Where the key is, or the free slot where it would be. Half of the slots are free.
    fn find(&self, key: &Key) -> usize {
        let mut slot = self.home(key);
        while self.slots[slot].is_some_and(|(other, _)| other != *key) {
            slot = self.after(slot);
        }
        slot
    }

    fn home(&self, key: &Key) -> usize {
        self.hasher.hash_one(key) as usize & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        let wider = vec![None; self.slots.len() * 2].into();
        for (key, value) in std::mem::replace(&mut self.slots, wider).into_iter().flatten() {
            let slot = self.find(&key);
            self.slots[slot] = Some((key, value));
        }
    }

    fn free_one(&mut self, now_ns: u64) {
        let (mut best, mut looks) = (None, 0);
        for _ in 0..self.slots.len() {
            self.hand = self.after(self.hand);
            let Some((_, value)) = &self.slots[self.hand] else { continue };
            looks += 1;
            if best.is_none_or(|(until_ns, _)| value.until_ns() < until_ns) {
                best = Some((value.until_ns(), self.hand));
            }
            if looks == TABLE_EVICTION_LOOKS || value.until_ns() <= now_ns {
                break;
            }
        }
        if let Some((_, slot)) = best {
            self.clear(slot);
        }
    }

    /// Frees a slot and moves up what had been pushed past it, so that everything is still found.
    fn clear(&mut self, slot: usize) {
        let mask = self.slots.len() - 1;
        let distance = |from: usize, to: usize| to.wrapping_sub(from) & mask;
        let (mut hole, mut next) = (slot, self.after(slot));
        while let Some((key, _)) = &self.slots[next] {
            if distance(self.home(key), next) >= distance(hole, next) {
                self.slots.swap(hole, next);
                hole = next;
            }
            next = self.after(next);
        }
        self.slots[hole] = None;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy, Default, PartialEq)]
    struct Until(u64);

    impl Remembered for Until {
        fn until_ns(&self) -> u64 {
            self.0
        }
    }

    proptest! {
        #[test]
        fn a_shard_with_room_is_a_map(steps in prop::collection::vec((0u64..60, 1u64..9, any::<bool>()), 1..400)) {
            let table = Table::<Until>::new(TABLE_SHARDS * 60);
            let (mut shard, mut model) = (table.lock(0), HashMap::new());
            for (id, until, puts) in steps {
                let key = Key::other(0, 0, id);
                if puts {
                    shard.put(key, Until(until), 0);
                    model.insert(id, until);
                } else {
                    shard.remove(&key);
                    model.remove(&id);
                }
                prop_assert_eq!(shard.len, model.len());
                for id in 0..60 {
                    prop_assert_eq!(shard.get(&Key::other(0, 0, id)).0, model.get(&id).copied().unwrap_or(0));
                }
            }
        }

        #[test]
        fn a_full_shard_keeps_what_matters(steps in prop::collection::vec((0u64..200, 1u64..100), 1..400)) {
            let table = Table::<Until>::new(TABLE_SHARDS * 8);
            let (mut shard, mut model) = (table.lock(0), HashMap::new());
            for (now_ns, (id, lasts_ns)) in steps.into_iter().enumerate() {
                let (key, now_ns) = (Key::other(0, 0, id), now_ns as u64 * 10);
                let known = model.contains_key(&id);
                shard.put(key, Until(now_ns + lasts_ns), now_ns);
                model.insert(id, now_ns + lasts_ns);
                let before = model.len();
                model.retain(|id, until| shard.get(&Key::other(0, 0, *id)).0 == *until);
                prop_assert!(before - model.len() <= usize::from(!known), "at most one goes for one that comes");
                prop_assert!(model.contains_key(&id) && shard.len <= 8);
                prop_assert_eq!(model.len(), shard.len);
            }
        }
    }
}
