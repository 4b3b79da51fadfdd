//! How often somebody may try: by account in the database, where it outlives a restart and holds for
//! all processes; by address and tenant in memory.

mod decide;
mod memory;
pub(crate) mod repo;

pub use decide::{Attempts, Policy, take};
pub(crate) use memory::Memory;
pub(crate) use repo::{charge, succeeded};

use kernel::jiff::SignedDuration;
use kernel::{Refusal, RefusalKind};

/// Sign-ins by password to one account: five at once, then each takes twice as long as the one before,
/// until there are five an hour.
pub const SIGN_INS: Policy = Policy {
    free: 5,
    first_wait_s: 2,
    longest_wait_s: 900,
    forget_s: 3_600,
    forget_one: Some(SignedDuration::from_mins(12)),
};
/// Codes to one contact: five, then one an hour. Waiting cannot be shortened, so more than five an
/// hour are never sent.
pub const CODES: Policy =
    Policy { free: 5, first_wait_s: 3_600, longest_wait_s: 3_600, forget_s: 3_600, forget_one: None };
/// Failures and codes asked for from one address: a hundred at once, then one in six seconds.
/// Generous, because thousands share one behind a mobile carrier.
pub const ADDRESS: Policy = Policy {
    free: 100,
    first_wait_s: 1,
    longest_wait_s: 300,
    forget_s: 600,
    forget_one: Some(SignedDuration::from_secs(6)),
};
/// The same in one tenant, in each process, 83 a second: slows down whoever tries one password on
/// everybody.
pub const TENANT: Policy = Policy {
    free: 5_000,
    first_wait_s: 1,
    longest_wait_s: 5,
    forget_s: 60,
    forget_one: Some(SignedDuration::from_millis(12)),
};

/// How a request is refused that was carried out before, under the same key.
pub(crate) const ALREADY_DONE: &str = "already_done";

pub(crate) fn refusal(wait_s: u32) -> Refusal {
    Refusal::new(RefusalKind::TooMany, "too_many_attempts", "Too many attempts. Wait before the next one.")
        .retry_after(wait_s)
}
