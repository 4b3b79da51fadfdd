//! Waiting for something that another process does.

use std::time::{Duration, Instant};

use crate::limits::POLL_EVERY;

/// Asks again and again until the answer is yes; false when the time is over.
pub fn until(within: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if started.elapsed() >= within {
            return false;
        }
        std::thread::sleep(POLL_EVERY);
    }
}
