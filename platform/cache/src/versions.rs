//! A number per market that grows with every change in it, within a fixed space.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::VERSION_SLOTS;

pub(crate) struct Versions(Box<[AtomicU64]>);

impl Default for Versions {
    fn default() -> Self {
        Self((0..VERSION_SLOTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Versions {
    fn slot(&self, market: i64) -> &AtomicU64 {
        // Ids differ most in their upper bits, which this spreads over all of them.
        let spread = (market as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        &self.0[spread as usize % VERSION_SLOTS]
    }

    pub(crate) fn of(&self, market: i64) -> u64 {
        self.slot(market).load(Ordering::Acquire)
    }

    pub(crate) fn bump(&self, market: i64) {
        self.slot(market).fetch_add(1, Ordering::Release);
    }
}
