//! Every bound of this crate, by name.

use std::time::Duration;

/// The largest amount of one posting, in minor units: ten million millions of anything.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;
pub const NOTE_BYTES_MAX: usize = 200;
/// Postings that hold or fail together.
pub const CHAIN_MAX: usize = 64;
/// Postings of one call.
pub const POSTINGS_PER_CALL_MAX: usize = 8_192;
pub const POSTINGS_BODY_BYTES_MAX: usize = 4 << 20;

/// Calls that may wait for the teller of a market.
pub const WAITING_FOR_TELLER_MAX: usize = 4_096;
/// Postings that a teller decides at once, but for a call that has more.
pub const TELLER_BATCH_MAX: usize = 1_024;
/// Accounts whose balances a teller keeps at hand: some 150 bytes each.
pub const ACCOUNTS_AT_HAND_MAX: usize = 65_536;
/// Markets whose tellers are at work in one process.
pub const TELLERS_MAX: usize = 1_024;
/// Batches of a teller that are on their way to the disk.
pub const UNDERWAY_MAX: usize = 2;
/// How long a teller with nothing to do stays.
pub const TELLER_LINGER: Duration = Duration::from_secs(5);
/// Ids that one event tells of.
pub const IDS_PER_EVENT: usize = 250;
/// How often a teller decides the same again because others changed what it had at hand.
pub const TELLER_TRIES_MAX: u32 = 8;

/// Holds that one job lets go of.
pub const EXPIRED_AT_ONCE: i64 = 500;
pub const KINDS_MAX: i64 = 200;
/// Accounts that an audit looks at in one step.
pub const AUDITED_AT_ONCE: i64 = 500;
/// Differences that an audit names; it counts all.
pub const DIFFERENCES_MAX: usize = 1_000;
/// Postings of one cause that are shown.
pub const POSTINGS_OF_CAUSE_MAX: usize = 500;
/// Postings that are filed under their accounts at once, and how long after they were made.
pub const FILED_AT_ONCE: i64 = 4_000;
pub const FILED_AFTER: Duration = Duration::from_secs(5);
