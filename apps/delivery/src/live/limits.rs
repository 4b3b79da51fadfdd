//! Bounds of what is told while it happens, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Followers of one process, of one market in it, and streams of one person or key.
pub const FOLLOWERS_MAX: usize = 20_000;
pub const FOLLOWERS_PER_MARKET_MAX: usize = 15_000;
pub const FOLLOWERS_PER_PERSON_MAX: usize = 10;
/// Who finds no place may ask again after this.
pub const FULL_RETRY_S: u32 = 15;
/// Steps that wait for one follower. Whoever has more to read comes back and reads them from the rows.
pub const WAITING_MAX: usize = 64;
/// The longest that one stream goes on. Whoever comes back shows again who they are and what they may.
pub const STREAM_TIME: Duration = Duration::from_secs(5 * 60);
/// A sign of life where there is nothing else to say.
pub const QUIET_TIME: Duration = Duration::from_secs(20);
/// How soon a client comes back.
pub const RETRY_MS: u32 = 2_000;
/// How often it is looked for events of other processes, and how close two readings may follow each other.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
pub const LOOK_REST: Duration = Duration::from_millis(25);
/// Events read at once.
pub const EVENTS_READ: i64 = 500;
/// Whoever has missed more events of a market, or more steps that are theirs, is told to read anew.
pub const MISSED_EVENTS_MAX: i64 = 10_000;
pub const MISSED_STEPS_MAX: usize = 300;
/// A buyer is told no oftener where the rider is.
pub const RIDER_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// How often operators are told where riders are, and how many of them.
pub const RIDERS_EVERY: Duration = Duration::from_secs(2);
pub const RIDERS_SHOWN_MAX: usize = 1_000;
/// Orders listed that do not move on.
pub const STUCK_SHOWN_MAX: u16 = 200;
/// The time that figures may be about, and the lines of one answer.
pub const FIGURES_DAYS_MAX: i64 = 92;
pub const FIGURES_MAX: usize = 2_500;
