//! Every limit of this crate, by name.

use std::time::Duration;

/// Characters of a tenant's or market's slug.
pub const SLUG_LENGTH_MAX: usize = 40;
/// Characters of a name for people.
pub const NAME_LENGTH_MAX: usize = 120;
/// Characters of a host name, as DNS has it.
pub const HOST_LENGTH_MAX: usize = 253;
/// Languages of one tenant.
pub const LANGUAGES_MAX: usize = 20;
/// Feature switches of one market.
pub const FEATURES_MAX: usize = 100;
/// Rows read at once while the directory is loaded.
pub const ROWS_AT_ONCE: i64 = 2_000;
/// Hosts of one market read at once; of a market with more everything is read again.
pub const HOSTS_AT_ONCE: i64 = 1_000;
/// How often the directory asks whether another process changed something.
pub const FOLLOW_EVERY: Duration = Duration::from_secs(2);
/// How long anyone may keep the public facts of a market, in seconds.
pub const FACTS_MAX_AGE_S: u32 = 60;
/// How much longer while fetching the next, in seconds.
pub const FACTS_STALE_S: u32 = 600;
