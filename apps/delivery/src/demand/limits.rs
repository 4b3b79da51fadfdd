//! Bounds of what is known of demand, by name.

/// Cells of about 2.2 by 1.2 kilometres in the south of Africa.
pub const CELL_LEVEL: u8 = 14;
/// Cells of one market that are followed at once; more are as if nothing were asked for there.
pub const CELLS_MAX: usize = 10_000;
/// Markets whose boards are in memory.
pub const BOARDS_MAX: usize = 1_024;
/// How often a board is written down.
pub const HISTORY_EVERY_S: i64 = 300;
/// Cells written down each time, those with most orders first.
pub const HISTORY_CELLS_MAX: usize = 400;
pub const HISTORY_DAYS: i64 = 90;
/// Rows forgotten by one run of the chore.
pub const FORGOTTEN_AT_ONCE: i64 = 5_000;
/// Cells or hours in one answer, and the days it may be about.
pub const HEAT_MAX: usize = 1_000;
pub const HEAT_DAYS_MAX: i64 = 31;
