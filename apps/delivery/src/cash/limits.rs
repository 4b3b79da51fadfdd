//! Bounds of riders' cash, by name.

/// Riders with too much cash that a window knows of.
pub const BARRED_MAX: i64 = 1_000;
