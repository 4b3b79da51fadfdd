//! Every bound of this crate, by name.

/// The most ranges one box may become, whatever is asked for.
pub const COVER_RANGES_MAX: usize = 1_024;

/// How many quads on the edge of a box are looked at per range that may be given out. More make the
/// cover tighter and dearer; beyond eight the ranges, not the quads, decide how tight it is.
pub const COVER_QUADS_PER_RANGE: usize = 8;

/// The longest text that is tried as a box.
pub const BOX_TEXT_BYTES_MAX: usize = 200;
