//! How many requests each market has in flight, counted without a lock.
//!
//! A fixed row of words, each a tag of a market and its count. A word whose count is zero belongs
//! to nobody and may be taken over. Two markets whose tags agree, one chance in 2⁴⁰, share a count.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::limits::{SHARE_PROBES, SHARE_SLOTS};

pub struct Shares {
    /// One more than there are slots: the last is shared by those who find no other.
    words: Box<[AtomicU64]>,
    active: AtomicU32,
}

/// A place in the row, and how many its market has in flight with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    pub slot: u32,
    pub count: u32,
}

const COUNT_BITS: u32 = 24;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

impl Shares {
    pub fn new() -> Self {
        let words = (0..=SHARE_SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { words, active: AtomicU32::new(0) }
    }

    pub fn enter(&self, share_key: u64) -> Entered {
        let hash = mixed(share_key);
        let tag = hash & !COUNT_MASK;
        let slots = (0..SHARE_PROBES).map(|probe| (hash as usize).wrapping_add(probe) % SHARE_SLOTS);
        let own = slots.clone().find_map(|slot| self.take(slot, |word| word & !COUNT_MASK == tag, tag));
        let free = || slots.clone().find_map(|slot| self.take(slot, |word| word & COUNT_MASK == 0, tag));
        own.or_else(free)
            .unwrap_or_else(|| self.counted(SHARE_SLOTS, self.words[SHARE_SLOTS].fetch_add(1, Relaxed)))
    }

    pub fn leave(&self, slot: u32) {
        if self.words[slot as usize].fetch_sub(1, Relaxed) & COUNT_MASK == 1 {
            self.active.fetch_sub(1, Relaxed);
        }
    }

    /// How many markets have requests in flight.
    pub fn active(&self) -> u32 {
        self.active.load(Relaxed)
    }

    fn take(&self, slot: usize, may: impl Fn(u64) -> bool, tag: u64) -> Option<Entered> {
        let mut word = self.words[slot].load(Relaxed);
        while may(word) {
            let next = tag | ((word & COUNT_MASK) + 1);
            match self.words[slot].compare_exchange_weak(word, next, Relaxed, Relaxed) {
                Ok(_) => return Some(self.counted(slot, word)),
                Err(seen) => word = seen,
            }
        }
        None
    }

    fn counted(&self, slot: usize, before: u64) -> Entered {
        let count = (before & COUNT_MASK) as u32 + 1;
        if count == 1 {
            self.active.fetch_add(1, Relaxed);
        }
        Entered { slot: slot as u32, count }
    }
}

/// Spreads ids that differ in few bits (the finaliser of SplitMix64).
fn mixed(key: u64) -> u64 {
    let key = (key ^ key >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ key >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ key >> 31
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_agree_with_a_map(steps in prop::collection::vec((0u64..20, any::<bool>()), 1..300)) {
            let shares = Shares::new();
            let mut inside: HashMap<u64, Vec<u32>> = HashMap::new();
            for (key, comes) in steps {
                let slots = inside.entry(key).or_default();
                if comes {
                    let entered = shares.enter(key);
                    slots.push(entered.slot);
                    prop_assert_eq!(entered.count as usize, slots.len());
                } else if let Some(slot) = slots.pop() {
                    shares.leave(slot);
                }
                prop_assert_eq!(shares.active() as usize, inside.values().filter(|slots| !slots.is_empty()).count());
            }
        }
    }

    #[test]
    fn more_markets_than_slots_still_come_in_and_go() {
        let shares = Shares::new();
        let slots: Vec<u32> = (0..10 * SHARE_SLOTS as u64).map(|key| shares.enter(key).slot).collect();
        assert!(shares.active() as usize <= SHARE_SLOTS + 1);
        slots.into_iter().for_each(|slot| shares.leave(slot));
        assert_eq!(shares.active(), 0);
    }

    #[test]
    fn threads_leave_nothing_behind() {
        let shares = Shares::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let shares = &shares;
                scope.spawn(move || {
                    for round in 0..20_000_u64 {
                        let slot = shares.enter((round + thread) % 7).slot;
                        shares.leave(slot);
                    }
                });
            }
        });
        assert_eq!(shares.active(), 0);
        assert!(shares.words.iter().all(|word| word.load(Relaxed) & COUNT_MASK == 0));
    }
}
