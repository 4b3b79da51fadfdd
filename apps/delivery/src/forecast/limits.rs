//! Bounds of the forecast, by name.

/// Days that a model looks back, and after so many what was counts for half.
pub const HISTORY_DAYS: i64 = 84;
pub const HALF_LIFE_DAYS: f64 = 28.0;
/// Days before there is anything to go by: two weeks to learn from, and one to be tried on.
pub const HISTORY_DAYS_MIN: i64 = 21;
/// The days that a model is tried on before it is believed.
pub const HELD_OUT_DAYS: usize = 7;
/// Rounds of fitting: each factor in turn, given the others.
pub const ROUNDS: usize = 20;
/// Orders that are thought to have come as the base says, for each factor: without many of its own, a
/// factor stays near one.
pub const PRIOR_ORDERS: f64 = 3.0;
/// Cells of one market that have a model, those with most orders.
pub const CELLS_MAX: usize = 200;
/// Counts kept, in days, and forgotten by one run of the chore.
pub const COUNTS_KEPT_DAYS: i64 = 400;
pub const FORGOTTEN_AT_ONCE: i64 = 5_000;
/// Hours in one answer.
pub const HOURS_MAX: u16 = 168;
pub const HOURS_DEFAULT: u16 = 24;
