//! Bounds of power cuts, by name.

use kernel::jiff::SignedDuration;

pub const AREAS_MAX: usize = 500;
pub const AREA_CODE_BYTES_MAX: usize = 64;
pub const AREA_NAME_BYTES_MAX: usize = 200;
/// Cuts of all areas in one schedule.
pub const CUTS_MAX: usize = 20_000;
pub const CUT_MAX: SignedDuration = SignedDuration::from_hours(48);
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 92);
pub const STAGE_MAX: u8 = 16;
/// Bytes of one file: a schedule, or the areas.
pub const IMPORT_BYTES_MAX: usize = 4 << 20;
/// Faults of one file that are named.
pub const FAULTS_MAX: usize = 50;
/// Markets whose cuts are in memory.
pub const PLANS_MAX: usize = 256;
/// While a cut is coming it is looked this often who is to be told of it, and so many are told at once.
pub const LOOKED_EVERY: SignedDuration = SignedDuration::from_secs(120);
pub const WARNED_AT_ONCE: usize = 200;
/// Rows of those who know that are read at once, and for how long they are kept after the cut.
pub const WARNED_READ_AT_ONCE: i64 = 5_000;
pub const WARNED_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Closings in a row after which nobody says when a store opens.
pub const REOPENING_STEPS_MAX: usize = 50;
/// What is shown to everybody: areas, and cuts of each.
pub const AREAS_SHOWN_MAX: usize = 100;
pub const CUTS_SHOWN_MAX: usize = 20;
pub const PUBLIC_MAX_AGE_S: u32 = 60;
pub const PUBLIC_STALE_S: u32 = 60;
