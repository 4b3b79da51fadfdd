//! Every limit of this app, by name.

/// Ranges of cells that one bounding box becomes; more ranges cover it tighter and cost a probe each.
pub const RANGES_PER_BOX_MAX: usize = 8;
/// Categories that a market may have.
pub const CATEGORIES_MAX: usize = 500;
/// How long a public list may be kept by whoever passes it on, and shown a little longer while the next is fetched.
pub const LIST_MAX_AGE_S: u32 = 60;
pub const LIST_STALE_S: u32 = 30;
/// Rules that give requests to agencies.
pub const ROUTES_MAX: i64 = 2_000;
pub const TEAMS_PER_AGENCY_MAX: usize = 200;
/// Requests that may be duplicates of one.
pub const MERGED_MAX: usize = 200;
/// Up to where staff's lists are counted: further than that it is "more".
pub const COUNTED_MAX: i64 = 10_000;
/// How far ahead a deadline is "soon", unless a list says otherwise.
pub const SOON_H: i64 = 24;
/// Rows of an export that are in memory at once.
pub const EXPORT_PAGE: i64 = 500;
/// Rows of one export: with more it is cut off, so that nobody takes a part for the whole.
pub const EXPORT_ROWS_MAX: u64 = 2_000_000;
/// Filters that one person may keep, and that an agency's staff see of each other.
pub const FILTERS_MAX: usize = 50;
pub const SHARED_FILTERS_MAX: usize = 200;
/// Working minutes before or after a deadline that such a rule may speak of.
pub const ESCALATION_MIN_MAX: i64 = 60 * 24 * 90;
/// How long a deadline that is over is looked at: everyone was told long before.
pub const ESCALATION_REACH_DAYS: i64 = 90;
/// Requests that one page of the look-out reads, and the pages of one run.
pub const ESCALATION_PAGE: i64 = 200;
pub const ESCALATION_PAGES_MAX: u32 = 500;
/// Entries of the audit log that are verified at once.
pub const AUDIT_PAGE: i64 = 1_000;
