//! One breaker and one queue for each destination.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use guard::{Breaker, BreakerState, Ticket};
use kernel::Clock;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::limits::{CALLS_PER_DESTINATION_MAX, DESTINATIONS_MAX};

pub(crate) struct Breakers {
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    breaker: Breaker,
    places: Arc<Semaphore>,
    used_ns: u64,
}

impl Breakers {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, known: Mutex::default() }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.clock.now().as_nanosecond()).unwrap_or_default()
    }

    fn with<T>(&self, destination: &str, work: impl FnOnce(&mut Known, u64) -> T) -> T {
        let now_ns = self.now_ns();
        let mut all = self.known.lock();
        if !all.contains_key(destination) && all.len() >= DESTINATIONS_MAX {
            forget_some(&mut all, now_ns);
        }
        let known = all.entry(destination.to_owned()).or_insert_with(|| Known {
            breaker: Breaker::default(),
            places: Arc::new(Semaphore::new(CALLS_PER_DESTINATION_MAX)),
            used_ns: now_ns,
        });
        known.used_ns = now_ns;
        work(known, now_ns)
    }

    pub(crate) fn places(&self, destination: &str) -> Arc<Semaphore> {
        self.with(destination, |known, _| known.places.clone())
    }

    /// Leave for one call, or for how long there is none.
    pub(crate) fn allow(&self, destination: &str) -> Result<Ticket, Duration> {
        self.with(destination, |known, now_ns| known.breaker.allow(now_ns).map_err(Duration::from_nanos))
    }

    pub(crate) fn record(&self, destination: &str, ticket: Ticket, success: bool) {
        self.with(destination, |known, now_ns| known.breaker.record(now_ns, ticket, success));
    }

    pub(crate) fn state(&self, destination: &str) -> BreakerState {
        self.with(destination, |known, now_ns| known.breaker.state(now_ns))
    }
}

/// Half of them, those that were used longest ago; what is shut or under way stays as long as it can.
fn forget_some(all: &mut HashMap<String, Known>, now_ns: u64) {
    let mut uses: Vec<u64> = all.values().map(|known| known.used_ns).collect();
    let middle = uses.len() / 2;
    let (_, median, _) = uses.select_nth_unstable(middle);
    let median = *median;
    let is_idle = |known: &Known| known.places.available_permits() == CALLS_PER_DESTINATION_MAX;
    let is_closed = |known: &Known| known.breaker.state(now_ns) == BreakerState::Closed;
    all.retain(|_, known| known.used_ns > median || !is_idle(known) || !is_closed(known));
    if all.len() >= DESTINATIONS_MAX {
        all.retain(|_, known| known.used_ns > median);
    }
    if all.len() >= DESTINATIONS_MAX {
        all.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_a_shut_breaker_is_kept() {
        let clock = Arc::new(testkit::clock());
        let breakers = Breakers::new(clock.clone());
        for _ in 0..20 {
            let ticket = breakers.allow("https://bad.example:443").unwrap();
            breakers.record("https://bad.example:443", ticket, false);
        }
        assert_eq!(breakers.state("https://bad.example:443"), BreakerState::Open);
        for number in 0..DESTINATIONS_MAX * 2 {
            if number % 100 == 0 {
                clock.advance(kernel::jiff::SignedDuration::from_millis(1));
            }
            let ticket = breakers.allow(&format!("https://{number}.example:443")).unwrap();
            breakers.record(&format!("https://{number}.example:443"), ticket, true);
        }
        assert!(breakers.known.lock().len() <= DESTINATIONS_MAX);
        assert!(breakers.allow("https://bad.example:443").is_err());
    }
}
