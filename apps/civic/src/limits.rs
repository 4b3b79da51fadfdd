//! Every limit of this app, by name.

/// Ranges of cells that one bounding box becomes; more ranges cover it tighter and cost a probe each.
pub const RANGES_PER_BOX_MAX: usize = 8;
/// Categories that a market may have.
pub const CATEGORIES_MAX: usize = 500;
/// How long a public list may be kept by whoever passes it on, and shown a little longer while the next is fetched.
pub const LIST_MAX_AGE_S: u32 = 60;
pub const LIST_STALE_S: u32 = 30;
