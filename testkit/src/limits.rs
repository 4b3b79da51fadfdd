//! How long the harness waits and how much it keeps.

use std::time::Duration;

/// A server that is not ready by then never will be; generous because tests share few cores.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(60);
/// A server asked to stop is killed after this.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(30);
pub(crate) const POLL_EVERY: Duration = Duration::from_millis(20);
/// For one question over HTTP to a server that may be going down.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
pub(crate) const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Lines of a server's output that are kept; the oldest go first.
pub(crate) const OUTPUT_LINES_MAX: usize = 10_000;
/// Lines of output shown when a server fails.
pub(crate) const OUTPUT_LINES_SHOWN: usize = 40;
/// Ports tried when another program takes one between our look and the server's start.
pub(crate) const PORTS_TRIED_MAX: u32 = 5;
/// Every test has a database and a pool of its own, and many run at once.
pub(crate) const POSTGRES_CONNECTIONS_MAX: u32 = 400;
