//! Every limit of this crate, by name.

use std::time::Duration;

/// Decisions that may wait for one market's writer before callers are told to come back later.
pub const WAITING_DECISIONS_MAX: usize = 4_096;
/// Decisions that one SQLite transaction may carry.
pub const BATCH_DECISIONS_MAX: usize = 512;
/// How long a writer thread stays after its last decision.
pub const WRITER_LINGER: Duration = Duration::from_secs(5);
/// Reads that may wait for the reader threads.
pub const WAITING_READS_MAX: usize = 4_096;
/// Read connections of one open market file.
pub const READERS_PER_MARKET_MAX: usize = 4;
/// Prepared statements kept by one SQLite connection.
pub const STATEMENTS_PER_CONNECTION_MAX: usize = 64;
/// Page cache of one SQLite connection, in KiB.
pub const PAGE_CACHE_KIB: i64 = 2_048;
/// WAL pages after which the writer folds the log back into the file.
pub const WAL_PAGES_BEFORE_CHECKPOINT: u32 = 4_000;
/// How long a connection waits for another one's lock (a backup, an export).
pub const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How often a command is decided again after a conflict.
pub const RETRIES_MAX: u32 = 5;
/// Rows that a single read may return.
pub const ROWS_MAX: usize = 10_000;
