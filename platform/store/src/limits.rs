//! Every limit of this crate, by name.

use std::time::Duration;

/// Decisions that may wait for one market's writer before callers are told to come back later.
pub const WAITING_DECISIONS_MAX: usize = 4_096;
/// Decisions that one SQLite transaction may carry.
pub const BATCH_DECISIONS_MAX: usize = 512;
/// How often a writer lets others run before it takes what waits. More of them make batches larger and
/// the slowest answers slower.
pub const GATHERING_YIELDS: usize = 2;
/// How long a writer thread stays after its last decision.
pub const WRITER_LINGER: Duration = Duration::from_secs(5);
/// Reads that may wait for the reader threads.
pub const WAITING_READS_MAX: usize = 4_096;
/// Market files open at once, unless configured.
pub const OPEN_MARKETS: usize = 256;
/// Threads for reads that are not short, unless configured.
pub const READER_THREADS: usize = 2;
/// Idle read connections of all open files, beyond the first of each.
pub const SPARE_READERS_MAX: usize = 256;
/// What an open market takes of the system's files: two of its reader, two of its writer, and the one
/// that their log's index is in.
pub const FILES_PER_OPEN_MARKET: u64 = 5;
/// What readers that are at work or spare, and checkpoints, take besides.
pub const FILES_BESIDE_MARKETS: u64 = 4 * SPARE_READERS_MAX as u64;
/// Prepared statements kept by one SQLite connection.
pub const STATEMENTS_PER_CONNECTION_MAX: usize = 64;
/// Page cache of one SQLite connection, in KiB.
pub const PAGE_CACHE_KIB: i64 = 2_048;
/// The same of the connection that writes. Filled only as far as it is needed, and given back soon after
/// the last decision.
pub const WRITER_CACHE_KIB: i64 = 8_192;
/// While it loads: less than a large decision touches would send its pages to the log several times.
pub const LOAD_CACHE_KIB: i64 = 65_536;
/// Changes of a batch that make it a load, and how many smaller ones follow before that is over.
pub const LOAD_CHANGES_MIN: usize = 4_000;
pub const SMALL_BATCHES_AFTER_LOAD: u32 = 64;
/// Pages of a file's log after which they go back into the file.
pub const LOG_PAGES: u32 = 4_000;
/// Files that wait for their checkpoint.
pub const WAITING_CHECKPOINTS_MAX: usize = 64;
/// How long a connection waits for another one's lock (a backup, an export).
pub const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How often a command is decided again after a conflict.
pub const RETRIES_MAX: u32 = 5;
/// How long removing a market waits for those who still work on its file.
pub const REMOVAL_WAIT: Duration = Duration::from_secs(10);
/// Rows that a single read may return.
pub const ROWS_MAX: usize = 10_000;
/// Bytes that a single value may have.
pub const VALUE_BYTES_MAX: usize = 16 << 20;

/// Connections to one PostgreSQL database, unless configured.
pub const POOL_CONNECTIONS: usize = 16;
/// Callers that may wait for a connection.
pub const WAITING_FOR_POOL_MAX: usize = 4_096;
/// How long a caller waits for a connection.
pub const POOL_WAIT: Duration = Duration::from_secs(3);
/// How long a server may take to let us in.
pub const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// For how long a failed connection attempt answers for the next ones.
pub const DOWN_REMEMBERED: Duration = Duration::from_millis(250);
/// How long the server works on one statement.
pub const STATEMENT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long an answer of the server is waited for: it gives up before that, unless it is gone.
pub const ANSWER_WAIT: Duration = Duration::from_secs(15);
/// How long another process's migration, or a chore's own locks, are waited for.
pub const MIGRATION_WAIT: Duration = Duration::from_secs(60);
/// Prepared statements kept by one PostgreSQL connection.
pub const STATEMENTS_PER_SERVER_CONNECTION_MAX: usize = 256;
/// Translated and composed texts kept per database.
pub const TEXTS_MAX: usize = 4_096;
/// Changes that are put into one statement; a longer decision is sent statement by statement.
pub const CHANGES_IN_ONE_STATEMENT_MAX: usize = 24;
pub const PARAMS_IN_ONE_STATEMENT_MAX: usize = 1_000;
/// Events that get their positions in one transaction.
pub const PLACED_AT_ONCE_MAX: i64 = 10_000;
/// How long a promotion waits for the tables, holding up those who come after it.
pub const PROMOTION_LOCK_WAIT: Duration = Duration::from_secs(2);
/// How often a chore is tried again when it met a lock.
pub const CHORE_TRIES_MAX: u32 = 5;

/// For how long a market seen in a server's database is taken to be there still, by readers.
pub const PRESENCE_TRUSTED: Duration = Duration::from_secs(5);
/// How long the rows of a market that has left a server stay: longer than readers trust, by what a read
/// may take. One that takes longer asks again whether the market is still there.
pub const RETIREMENT_GRACE: Duration = Duration::from_secs(6);
/// How long a freeze waits for transactions that began before it, and how often it looks. A statement
/// has less time than that.
pub const FREEZE_WAIT: Duration = Duration::from_secs(30);
pub const FREEZE_STEP: Duration = Duration::from_millis(5);
/// How long a transfer waits for the one before it to let go.
pub const HOLD_WAIT: Duration = Duration::from_secs(1);
/// Rows that are copied together, and the bytes of their texts and blobs.
pub const BATCH_ROWS_MAX: usize = 1_000;
pub const BATCH_BYTES_MAX: u64 = 2 << 20;
/// Batches that wait between the reader and the writer of a copy.
pub const BATCHES_UNDERWAY_MAX: usize = 4;
/// How long a server works on one statement of a copy.
pub const TRANSFER_STATEMENT_TIME_MAX: Duration = Duration::from_secs(4 * 3_600);
/// Page cache of a file that is being written whole.
pub const TRANSFER_CACHE_KIB: i64 = 16_384;
/// Bytes that a row of a market file may have.
pub const ROW_BYTES_MAX: i32 = 64 << 20;
/// Tables and indexes that a market file may have.
pub const SCHEMA_OBJECTS_MAX: i64 = 4_096;
/// Entries of a market file's lists of tables and steps that are read.
pub const MANIFEST_ENTRIES_MAX: i64 = 10_000;
