//! Bounds of claims, by name.

/// For one order.
pub const CLAIMS_PER_ORDER_MAX: i64 = 5;
pub const LINES_MAX: usize = 50;
pub const PHOTOS_MAX: usize = 4;
/// Letters of what buyers, merchants and operators say.
pub const NOTE_CHARS_MAX: usize = 1_000;
/// Steps of a claim that are shown.
pub const HISTORY_SHOWN_MAX: i64 = 50;
/// How soon after a refund that has come to nothing it may be sent again.
pub const PAY_TRIES_MAX: i64 = 20;
