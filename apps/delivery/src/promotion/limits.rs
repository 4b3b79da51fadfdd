//! Bounds of promotions, by name.

/// Codes that one cart may bring.
pub const CODES_MAX: usize = 3;
pub const CODE_CHARS_MAX: usize = 32;
/// Promotions that hold at once in one market: each quote looks at those that need no code.
pub const OPEN_MAX: usize = 200;
/// Stores that one promotion names.
pub const STORES_MAX: usize = 500;
/// What stands for no limit, far from where sums would overflow.
pub const UNLIMITED: i64 = 1 << 53;
