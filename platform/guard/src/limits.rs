//! Every bound of this crate, by name.

use std::time::Duration;

/// How many callers a limiter remembers unless told otherwise: about 10 MB when full.
pub const LIMITER_KEYS_MAX: usize = 131_072;
/// Locks of a keyed table; a power of two.
pub const TABLE_SHARDS: usize = 64;
/// Slots a shard starts with; a power of two.
pub const TABLE_SLOTS_MIN: usize = 16;
/// How many entries of a full table are looked at to find one that may go.
pub const TABLE_EVICTION_LOOKS: usize = 16;
/// How many limits one request may be held against at once.
pub const ASKS_MAX: usize = 4;

/// How many keys a sign-in throttle remembers unless told otherwise.
pub const THROTTLE_KEYS_MAX: usize = 65_536;

/// Requests in flight that the gate starts with and keeps between.
pub const CONCURRENCY_START: u32 = 256;
pub const CONCURRENCY_MIN: u32 = 32;
pub const CONCURRENCY_MAX: u32 = 4_096;

/// A window of latencies is closed when it is this old and holds this many.
pub const WINDOW_NS: u64 = 100_000_000;
pub const WINDOW_SAMPLES_MIN: u64 = 10;
/// A request that took longer counts as this long: one sleeper does not speak for the rest.
pub const LATENCY_NS_MAX: u64 = 60_000_000_000;

/// Slots for markets with requests in flight; a power of two. Should they all be taken, the markets
/// that find none share one.
pub const SHARE_SLOTS: usize = 1_024;
/// How many slots are tried for one market.
pub const SHARE_PROBES: usize = 8;

/// Which part of the limit each priority may fill, in percent.
pub const CRITICAL_PERCENT: u32 = 100;
pub const NORMAL_PERCENT: u32 = 90;
pub const BACKGROUND_PERCENT: u32 = 50;
/// How far beyond that a market under its fair share may go, in percent of the limit.
pub const RESERVE_PERCENT: u32 = 10;

/// Failed sign-ins without any wait, and the first wait after them; it doubles up to the longest.
pub const SIGN_IN_FREE_FAILURES: u32 = 3;
pub const SIGN_IN_FIRST_WAIT: Duration = Duration::from_secs(1);
pub const SIGN_IN_LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Failures are forgotten when there was none for so long.
pub const SIGN_IN_FORGET_AFTER: Duration = Duration::from_hours(24);

/// A breaker opens when so many percent of so many last calls failed, tries again after so long,
/// and closes when so many tries went well.
pub const BREAKER_PERCENT: u32 = 50;
pub const BREAKER_WINDOW: u32 = 20;
pub const BREAKER_OPEN_FOR: Duration = Duration::from_secs(30);
pub const BREAKER_PROBES: u32 = 3;
/// Outcomes a breaker can look back on: they are kept as bits of one number.
pub const BREAKER_WINDOW_MAX: u32 = 64;
