//! Every bound of this crate.

use std::time::Duration;

/// Lines waiting for the disk or the terminal; what comes on top is dropped and counted.
pub const LOG_BUFFER_BYTES_MAX: usize = 1 << 20;
/// How long lines are gathered before they are written together.
pub const LOG_GATHER: Duration = Duration::from_millis(20);
/// One value on a line; the rest of it is cut.
pub const LOG_VALUE_BYTES_MAX: usize = 8 << 10;
/// A request at or above this is logged under every policy but `off`.
pub const SLOW: Duration = Duration::from_secs(1);

/// Buckets of one histogram, the last for everything above.
pub const BUCKETS_MAX: usize = 23;
/// Copies of a histogram's counters, so that cores do not fight over one cache line.
pub const STRIPES_MAX: usize = 4;
/// Routes that are measured one by one.
pub const ROUTES_MAX: usize = 2_000;

/// Random bytes fetched at once for the ids of traces.
pub const RANDOM_BATCH_BYTES: usize = 4 << 10;

/// Spans waiting to be sent.
pub const SPAN_QUEUE_MAX: usize = 4_096;
pub const SPAN_BATCH_MAX: usize = 512;
/// How long spans are gathered before they are sent together.
pub const SPAN_GATHER: Duration = Duration::from_secs(2);
pub const SPAN_SEND_TIMEOUT: Duration = Duration::from_secs(5);
pub const SPAN_SEND_TRIES: u32 = 4;
pub const SPAN_BACK_OFF_MIN: Duration = Duration::from_millis(500);
pub const SPAN_BACK_OFF_MAX: Duration = Duration::from_secs(10);
/// What a collector may answer; more is cut off.
pub const SPAN_ANSWER_BYTES_MAX: usize = 64 << 10;
