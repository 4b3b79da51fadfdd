//! Every limit of this crate, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Events that a consumer is handed at once.
pub const BATCH_EVENTS_MAX: usize = 500;
/// How long a market's followers rest after a turn that left nothing behind.
pub const RELAY_REST: Duration = Duration::from_millis(20);
/// Batches for one market before the next market has its turn.
pub const BATCHES_PER_VISIT_MAX: usize = 8;
/// Events a consumer may pass over before its cursor is written for their sake alone.
pub const PASSED_OVER_MAX: i64 = 500;
/// Cursors remembered to be further than they are written.
pub const REMEMBERED_CURSORS_MAX: usize = 200_000;
/// Tries of a batch before it is cut in half.
pub const BATCH_TRIES_MAX: i64 = 3;
/// Tries of a single event before it is parked.
pub const EVENT_TRIES_MAX: i64 = 5;
/// Parked events of one consumer in one market; with so many the fault is not in the events, and
/// the consumer stands still until somebody looks.
pub const PARKED_MAX: i64 = 1_000;
/// Parked events that are tried again in one visit after a replay.
pub const REPLAYED_PER_VISIT_MAX: u32 = 50;
/// How long a consumer may take over one batch.
pub const CONSUMER_TIME_MAX: Duration = Duration::from_secs(60);
/// First and longest pause of a consumer after a failure.
pub const CONSUMER_WAIT_MIN: SignedDuration = SignedDuration::from_millis(200);
pub const CONSUMER_WAIT_MAX: SignedDuration = SignedDuration::from_secs(60);
/// Pause when what a consumer or the bus needs is out of reach.
pub const OUT_OF_REACH_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// How long a claimed job belongs to its worker unless the lease is renewed.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How often the lease of a running job is renewed.
pub const LEASE_RENEWAL: Duration = Duration::from_secs(10);
/// How long a handler may run, unless it says otherwise.
pub const JOB_TIME_MAX: Duration = Duration::from_secs(300);
/// How often a job is tried, unless its handler says otherwise.
pub const JOB_ATTEMPTS_MAX: i64 = 10;
/// First and longest pause of a job after a failure.
pub const JOB_WAIT_MIN: SignedDuration = SignedDuration::from_secs(1);
pub const JOB_WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// Jobs of one market that one process runs at once.
pub const JOBS_PER_MARKET_MAX: usize = 16;
/// Due jobs looked at to find one that nobody here is running; more than run at once.
pub const JOBS_LISTED: u32 = 2 * JOBS_PER_MARKET_MAX as u32;
/// Different priorities that are looked at for a due job.
pub const PRIORITIES_MAX: usize = 16;
/// Dead jobs are kept this long, and no more than so many.
pub const DEAD_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
pub const DEAD_MAX: u32 = 10_000;

/// Markets that wait for a turn, or for a moment, in memory; the sweep finds the others.
pub const MARKETS_WAITING_MAX: usize = 100_000;
/// Markets whose consumers are behind, remembered for the metrics.
pub const MARKETS_BEHIND_MAX: usize = 10_000;
/// Rows that a listing for an operator returns.
pub const LISTED_MAX: u32 = 1_000;
/// Letters of an error that are kept.
pub const ERROR_LETTERS_MAX: usize = 1_000;
/// Pause of a worker that could not claim a job because nothing can be written.
pub const CLAIM_PAUSE: Duration = Duration::from_millis(200);
/// Markets with work that may wait before the sweep waits too.
pub const SWEPT_WAITING_MAX: usize = 256;
/// Markets that a shared database names at once as having something to do.
pub const RESTLESS_MAX: usize = 256;
