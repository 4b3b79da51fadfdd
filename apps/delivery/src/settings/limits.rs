//! Bounds of a market's settings, by name.

/// Settings that hold from a later day on, and those that a look at the past goes through.
pub const DATED_MAX: usize = 24;
/// How far ahead settings may be dated.
pub const AHEAD_DAYS_MAX: i64 = 366;
/// Markets whose rules are in memory.
pub const RULES_KEPT_MAX: usize = 1_024;
/// How long public settings may be kept by whoever passes them on, and shown while the next are fetched.
pub const PUBLIC_MAX_AGE_S: u32 = 60;
pub const PUBLIC_STALE_S: u32 = 30;
/// After how long it is worth asking again where nothing was set up.
pub const NOT_SET_UP_RETRY_S: u32 = 3_600;
