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
/// Lots of coins that are looked through for what is gone next, and people whose coins go in one commit.
pub const LOTS_READ_MAX: i64 = 1_000;
pub const EXPIRED_AT_ONCE: i64 = 100;
