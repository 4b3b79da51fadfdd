//! Every limit of this app, by name.

/// Ranges of cells that one bounding box becomes; more ranges cover it tighter and cost a probe each.
pub const RANGES_PER_BOX_MAX: usize = 8;
/// The same where several states are asked for, each of which needs probes of its own.
pub const RANGES_PER_BOX_MIN: usize = 2;
/// Categories that a market may have.
pub const CATEGORIES_MAX: usize = 500;
/// The same with those that were closed since.
pub const CATEGORIES_KEPT_MAX: usize = 1_000;
/// How long a public list may be kept by whoever passes it on, and shown a little longer while the next is fetched.
pub const LIST_MAX_AGE_S: u32 = 60;
pub const LIST_STALE_S: u32 = 30;

/// Faults named in one refusal.
pub const FAULTS_MAX: usize = 50;
/// Characters of the code of a category or a question.
pub const CODE_MAX: usize = 64;
/// Answers of one report, and characters of one: in a line, and in many.
pub const ANSWERS_MAX: usize = 40;
pub const ANSWER_LINE_MAX: usize = 500;
pub const ANSWER_TEXT_MAX: usize = 4_000;
/// Values chosen in one answer, and those listed in the message about one that is not offered.
pub const CHOICES_MAX: usize = 200;
pub const CHOICES_SHOWN_MAX: usize = 50;

/// Rows that say who is responsible for what, and agencies, of one market.
pub const ROUTES_MAX: i64 = 10_000;
pub const AGENCIES_MAX: i64 = 1_000;
/// What the rules of all markets may take in memory.
pub const RULES_BYTES_MAX: u64 = 64 << 20;
/// Markets whose rules are in memory, for sizing the table.
pub const RULES_EXPECTED: usize = 256;

/// Requests that a merged one is followed through.
pub const MERGES_FOLLOWED_MAX: usize = 4;
/// Days within which a closed request may be opened again, unless the market says otherwise.
pub const REOPEN_DAYS: u16 = 30;

/// Callers that are remembered for how much they wrote.
pub const WRITERS_MAX: usize = 65_536;
/// Unless a market says otherwise, one address may write in a minute this part of what it may ask at
/// all, and in a day so many times as much.
pub const ANONYMOUS_SHARE: u32 = 2;
pub const ANONYMOUS_DAY_TIMES: u32 = 10;

/// Followers that are told by one commit; more are told by jobs.
pub const TOLD_AT_ONCE: i64 = 100;
/// Requests that are erased by one commit; more are erased by a job.
pub const ERASED_AT_ONCE: i64 = 50;
/// Characters of public text that a message repeats.
pub const MESSAGE_TEXT_MAX: usize = 500;
