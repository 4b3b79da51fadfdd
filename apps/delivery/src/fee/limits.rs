//! Bounds of quotes, by name.

/// Further than this nobody brings anything.
pub const DISTANCE_M_MAX: u32 = 500_000;
/// The price of one piece, in minor units.
pub const UNIT_MINOR_MAX: i64 = 10_000_000_000;
/// Bytes that name the options chosen for one line.
pub const OPTIONS_BYTES_MAX: usize = 500;
/// How long a quote that nobody took is kept for questions.
pub const UNUSED_KEPT_HOURS: i64 = 24;
/// Quotes forgotten by one run of the chore.
pub const FORGOTTEN_AT_ONCE: i64 = 5_000;
/// How long a public fee may be shown: it moves with what is asked for.
pub const FEE_MAX_AGE_S: u32 = 15;
pub const FEE_STALE_S: u32 = 15;
