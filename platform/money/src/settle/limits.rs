//! Every bound of settlement, by name.

use kernel::jiff::SignedDuration;

/// Letters of the leg of an item.
pub const LEG_LETTERS_MAX: usize = 40;
/// How long after a period's end its run begins, so that what was decided before it is there.
pub const RUN_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// Owners that are looked at together.
pub const OWNERS_PER_PAGE: i64 = 32;
/// Items of one commit, unless one owner alone has more: what else waits to be written waits behind it.
pub const ITEMS_PER_COMMIT: i64 = 1_000;
/// Pages of one job; the next goes on from there.
pub const PAGES_PER_JOB: usize = 500;
/// How often a page is decided again because somebody was faster.
pub const TRIES_MAX: u32 = 20;
/// Differences that a check names.
pub const DIFFERENCES_MAX: usize = 1_000;
/// Lines of a statement on a page to print, and lines read together where all are sent.
pub const LINES_PRINTED_MAX: u16 = 5_000;
pub const LINES_PER_READ: u16 = 500;
/// Transfers of one pay-out.
pub const TRANSFERS_MAX: i64 = 500;
/// Letters of a bank account's parts.
pub const HOLDER_LETTERS_MAX: usize = 70;
/// Time of one job: a run of millions of items takes minutes.
pub const JOB_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(600);
