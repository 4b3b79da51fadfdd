//! Every limit of this app, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Ranges of cells that one bounding box becomes; more ranges cover it tighter and cost a probe each.
pub const RANGES_PER_BOX_MAX: usize = 8;
/// The same where several states are asked for, each of which needs probes of its own.
pub const RANGES_PER_BOX_MIN: usize = 2;
/// Ranges of the first look.
pub const RANGES_AT_FIRST: usize = 1;
/// Requests that one look at a range and status goes through, and looks for one page.
pub const BOX_SEEN_MAX: i64 = 1_000;
pub const BOX_LOOKS_MAX: usize = 4;
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
pub const ROUTES_MAX: i64 = 2_000;
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

/// Pictures of one request.
pub const PHOTOS_MAX: usize = 5;

/// Followers that are told by one commit; more are told by jobs.
pub const TOLD_AT_ONCE: i64 = 100;
/// Requests that are erased by one commit; more are erased by a job.
pub const ERASED_AT_ONCE: i64 = 50;
/// So many questions in a day whether its owner wants to be told go to one address of a market.
pub const ASKED_PER_DAY: i64 = 3;
/// How long the owner of an address has to say yes; what was given is forgotten then.
pub const UNCONFIRMED: SignedDuration = SignedDuration::from_hours(72);
/// Days that questions of the past are counted for.
pub const ASKED_KEPT_DAYS: i64 = 2;
/// Characters of public text that a message repeats.
pub const MESSAGE_TEXT_MAX: usize = 500;
/// Kinds of area that a market may have, and areas of one kind.
pub const AREA_KINDS_MAX: usize = 16;
pub const AREAS_PER_KIND_MAX: usize = 2_000;
pub const AREA_CODE_BYTES_MAX: usize = 64;
pub const AREA_NAME_BYTES_MAX: usize = 200;
/// Bytes of one document with boundaries.
pub const AREA_IMPORT_BYTES_MAX: usize = 8 << 20;
/// Faults of one document that are named.
pub const IMPORT_FAULTS_MAX: usize = 50;
/// Areas read by one query when an index is made.
pub const AREAS_READ_AT_ONCE: usize = 200;
/// How long the versions of a market's areas are believed; another process's import is seen after that.
pub const AREA_VERSIONS_FRESH_S: u32 = 2;
/// How long an index is kept that nobody asks for any more. A newer version makes another one.
pub const AREA_INDEX_FRESH_S: u32 = 24 * 3_600;
/// What the indexes of all markets may take in memory.
pub const AREA_INDEX_BYTES_MAX: u64 = 256 << 20;
/// What the versions of all markets may take in memory.
pub const AREA_VERSIONS_BYTES_MAX: u64 = 4 << 20;
/// How often an index is read again because somebody imported at the same time.
pub const AREA_READ_TRIES: u32 = 3;

/// Words of a question for an address that are looked for.
pub const ADDRESS_WORDS_MAX: usize = 10;
/// Streets that one word may stand for, streets that are looked at, and points read in each.
pub const STREETS_PER_WORD_MAX: i64 = 400;
pub const STREETS_COMPARED_MAX: usize = 60;
pub const STREETS_ANSWERED_MAX: usize = 8;
pub const POINTS_PER_STREET_MAX: i64 = 12;
/// Seconds after which somebody may ask again while no adapter answers.
pub const ADDRESSES_AWAY_S: u32 = 30;
/// Answers to one question.
pub const ADDRESSES_MAX: u16 = 20;
/// How far away a range of house numbers may begin.
pub const NUMBER_RANGE_MAX: i64 = 200;
/// The nearest address is looked for within these distances, one after the other.
pub const NEAREST_RADII_M: [f64; 4] = [40.0, 120.0, 400.0, 1_500.0];
pub const NEAREST_RANGES: usize = 6;
pub const NEAREST_ROWS_PER_RANGE: i64 = 60;
/// How long one adapter may take.
pub const ADAPTER_WAIT: std::time::Duration = std::time::Duration::from_secs(3);
/// How long answers are kept: those that found something, and those that did not.
pub const ADDRESS_KEPT_S: u32 = 24 * 3_600;
pub const NO_ADDRESS_KEPT_S: u32 = 600;
/// What kept answers may take in memory.
pub const ADDRESS_CACHE_BYTES_MAX: u64 = 32 << 20;
/// Bytes of an answer of another service that are read.
pub const FOREIGN_ANSWER_BYTES_MAX: usize = 1 << 20;
/// Address points that one commit imports, and bytes of one line and one field of a file.
pub const ADDRESS_BATCH: usize = 500;
pub const CSV_LINE_BYTES_MAX: usize = 16 << 10;
pub const CSV_FIELD_BYTES_MAX: usize = 400;

/// Spans of one day, holidays of one year.
pub const SPANS_PER_DAY_MAX: usize = 8;
pub const HOLIDAYS_PER_YEAR_MAX: usize = 100;
pub const HOLIDAY_NAME_MAX: usize = 120;
/// How far ahead a deadline may lie, in days; whoever never works has none.
pub const DEADLINE_DAYS_MAX: i64 = 10 * 366;
/// Times that one clock may have been stopped.
pub const PAUSES_MAX: usize = 1_000;
/// Years before and after now whose holidays are read.
pub const HOLIDAYS_READ_MAX: i64 = 2_000;
/// Bytes, lines and events of one calendar file, and days of one event.
pub const ICALENDAR_BYTES_MAX: usize = 512 << 10;
pub const ICALENDAR_EVENTS_MAX: usize = 2_000;
pub const HOLIDAY_DAYS_MAX: i64 = 31;

/// Characters of a description that are compared.
pub const COMPARED_CHARACTERS_MAX: usize = 500;
/// Duplicates are looked for within these distances, one after the other.
pub const NEARBY_RADII_M: [f64; 3] = [40.0, 110.0, 250.0];
/// Ranges of cells for each distance, rows of each range and status, and rows that are enough.
pub const NEARBY_RANGES: usize = 4;
pub const NEARBY_ROWS_PER_RANGE: i64 = 100;
pub const NEARBY_ROWS_ENOUGH: usize = 120;
/// Of these so many are read, the most hopeful first.
pub const NEARBY_READ_MAX: usize = 50;
/// Duplicates that are offered.
pub const NEARBY_MAX: u16 = 20;
pub const NEARBY_DEFAULT: u16 = 5;
/// Rules that give requests to agencies.
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
/// How often deadlines are looked at while one is near, and while all are farther ahead.
pub const ESCALATION_EVERY: SignedDuration = SignedDuration::from_mins(5);
pub const ESCALATION_AHEAD: SignedDuration = SignedDuration::from_mins(60);
/// Requests that one page of the look-out reads, and the pages of one run.
pub const ESCALATION_PAGE: i64 = 200;
pub const ESCALATION_PAGES_MAX: u32 = 500;
/// Entries of the audit log that are verified at once.
pub const AUDIT_PAGE: i64 = 1_000;
/// Requests that one commit of a load adds: many, because a page of an index is then written once for
/// several of them, and few enough for others to get their turn after less than a second.
pub const LOAD_BATCH: usize = 16_000;
/// Requests that one event of a load tells of. Followers get many events at once.
pub const LOAD_TOLD_MAX: usize = 250;
/// Batches of a load that are made ahead of the one that is being committed.
pub const LOAD_AHEAD: usize = 1;
/// How often a batch of a load is decided again after a conflict.
pub const LOAD_TRIES_MAX: u32 = 5;
/// Queries for keys that are asked in one snapshot.
pub const KEY_QUERIES_AT_ONCE: usize = 40;
/// Bytes that one line of a file may have.
pub const LINE_BYTES_MAX: usize = 64 << 10;
/// Columns that a file may have.
pub const COLUMNS_MAX: usize = 200;
/// Characters of a line that are written down when it is rejected.
pub const REJECTED_TEXT_MAX: usize = 2_000;
/// Characters of a text of a line.
pub const DESCRIPTION_LENGTH_MAX: usize = 4_000;
pub const KEY_LENGTH_MAX: usize = 120;
pub const LINE_TEXT_LENGTH_MAX: usize = 500;
/// Requests that a made-up city may have.
pub const SYNTHETIC_MAX: u32 = 100_000_000;
pub const SYNTHETIC_YEARS_MAX: u16 = 20;

/// Days after which a closed request is archived, and after which what is personal about it is erased,
/// unless the market says otherwise.
pub const ARCHIVE_AFTER_DAYS: u16 = 1_826;
pub const ERASE_AFTER_DAYS: u16 = 365;
/// Requests that are looked at for one object, those that one object holds, and its compressed bytes.
pub const ARCHIVE_BATCH: usize = 200;
pub const ARCHIVE_REQUESTS_MAX: usize = 400;
pub const ARCHIVE_BYTES_MAX: usize = 8 << 20;
/// Requests whose history is read by one query.
pub const GATHERED_AT_ONCE: usize = 50;
/// Entries of a history; a request that has more stays where it is.
pub const HISTORY_MAX: usize = 2_000;
/// Bytes of one archived request as JSON.
pub const ARCHIVED_LINE_BYTES_MAX: usize = 8 << 20;
/// What archived requests that were read may take in memory, and how many that may be, for sizing.
pub const ARCHIVED_CACHE_BYTES: u64 = 16 << 20;
pub const ARCHIVED_EXPECTED: usize = 4_096;
/// After how long somebody may ask again while the archive is out of reach.
pub const ARCHIVE_AWAY_S: u32 = 30;
/// Objects of the archive that are read or removed by one query.
pub const OBJECTS_AT_ONCE: i64 = 100;
/// After how long an object that is still being written was left behind.
pub const LEFT_BEHIND_H: i64 = 24;
/// Requests that are looked at for what is personal by one query, and followers of one that go in one commit.
pub const PERSONAL_AT_ONCE: usize = 100;
pub const ERASED_FOLLOWERS_MAX: usize = 200;
/// Steps of one nightly job before others have their turn.
pub const STEPS_PER_PIECE: usize = 20;
/// Pages that an Open311 client may turn, requests of one page, and ids in one question.
pub const OPEN311_PAGES_MAX: u32 = 10_000;
pub const OPEN311_REQUESTS_MAX: u32 = 1_000;
pub const OPEN311_IDS_MAX: usize = 100;
/// The span that one question may cover.
pub const OPEN311_SPAN: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Bytes of a form with pictures in it, of an address of a picture, and of the picture there.
pub const OPEN311_BODY_BYTES_MAX: usize = 12 << 20;
pub const OPEN311_URL_BYTES_MAX: usize = 1_000;
pub const OPEN311_PICTURE_BYTES_MAX: usize = 12 << 20;
pub const OPEN311_REDIRECTS_MAX: u32 = 3;
/// Characters of what somebody writes.
pub const TEXT_LETTERS_MAX: usize = 4_000;

/// Other systems that one market sends requests to.
pub const FORWARD_ENDPOINTS_MAX: usize = 50;
/// How long another system may take, and how much it may answer.
pub const FORWARD_TIME_MAX: Duration = Duration::from_secs(10);
pub const FORWARD_ANSWER_BYTES_MAX: usize = 4 << 20;
/// Elements of an answer, and records that are taken from it.
pub const FORWARD_NODES_MAX: u32 = 200_000;
pub const FORWARD_RECORDS_MAX: usize = 5_000;
/// Characters of a request's text there, and of what is kept of what went wrong.
pub const FORWARD_TEXT_LETTERS_MAX: usize = 4_000;
pub const FORWARD_LETTERS_MAX: usize = 300;
/// Tries one after the other, the first pause, and the rest after them.
pub const FORWARD_TRIES_IN_A_ROW: i64 = 5;
pub const FORWARD_FIRST_WAIT_S: i64 = 5;
pub const FORWARD_REST: SignedDuration = SignedDuration::from_hours(1);
/// After so long without an answer it is given up.
pub const FORWARD_GIVE_UP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Between questions for an id that was promised.
pub const FORWARD_TOKEN_WAIT: SignedDuration = SignedDuration::from_secs(10);
/// How far clocks may differ when a request is searched for.
pub const FORWARD_SEARCH_MARGIN: SignedDuration = SignedDuration::from_hours(2);
/// How often a request is looked at there, and how long after it was sent if it is closed.
pub const FORWARD_LOOK_MIN: SignedDuration = SignedDuration::from_mins(5);
pub const FORWARD_LOOK_MAX: SignedDuration = SignedDuration::from_hours(12);
pub const FORWARD_LOOK_AFTER_END: SignedDuration = SignedDuration::from_hours(90 * 24);
