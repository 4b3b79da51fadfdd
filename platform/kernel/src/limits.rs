//! Every bound of this crate, by name.

/// Into how many parts an amount may be split at once.
pub const MONEY_PARTS_MAX: usize = 10_000;

/// The longest text that is tried as an amount: sign, digits of a 64-bit number, point, code.
pub const MONEY_TEXT_BYTES_MAX: usize = 32;

/// The longest text that is tried as the name of a time zone.
pub const ZONE_TEXT_BYTES_MAX: usize = 64;
