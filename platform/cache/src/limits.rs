//! Every limit of this crate, by name.

/// What an entry is expected to weigh, for sizing the table; nothing breaks when it is wrong.
pub const ENTRY_BYTES_EXPECTED: usize = 2_048;
/// What an entry costs besides its value and its path.
pub const ENTRY_BYTES_OVERHEAD: usize = 160;
/// An entry younger than this is fresh whatever has changed: a busy market is computed once a
/// second and not for every change.
pub const UNTOUCHED_NS: u64 = 1_000_000_000;
/// A refresh that has not come back after this is tried again.
pub const REFRESH_NS: u64 = 10_000_000_000;
/// How often those who wait begin the work again when it was cut short.
pub const FLIGHT_TRIES: u32 = 3;
/// Locks of the table of computations under way; a power of two.
pub const FLIGHT_SHARDS: usize = 16;
/// Market versions are counted in this many slots; markets that share one only become stale
/// together.
pub const VERSION_SLOTS: usize = 4_096;
