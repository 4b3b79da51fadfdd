//! Every limit of this crate, by name.

use kernel::jiff::SignedDuration;

/// Bytes of the master secret, at least.
pub const MASTER_BYTES_MIN: usize = 32;

/// How long an access token is good for, where the settings do not say.
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// At most, whatever they say: processes may have been started with different ones.
pub const TOKEN_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Characters of an access token or key in a request; anything longer is not one of ours.
pub const TOKEN_LENGTH_MAX: usize = 1_024;
/// How far apart the clocks of two processes may be.
pub const CLOCK_LEEWAY_S: i64 = 5;
/// How long a refresh token, and a session that is not refreshed, is good for, where the settings do
/// not say.
pub const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a refresh token that was just used gives the same successor again.
pub const REFRESH_GRACE: SignedDuration = SignedDuration::from_secs(10);
/// Sessions of one person; the oldest ends when another one begins.
pub const SESSIONS_MAX: i64 = 50;

/// How long a signing key signs.
pub const SIGNING_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a signing key is published before it signs.
pub const SIGNING_NOTICE: SignedDuration = SignedDuration::from_hours(1);
/// How often the signing keys are read again.
pub const RING_AGE_MAX: SignedDuration = SignedDuration::from_secs(60);
/// How often, at most, an unknown key's name makes them be read again.
pub const RING_AGE_MIN: SignedDuration = SignedDuration::from_secs(5);

/// How long a one-time code is good for.
pub const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// How long somebody has to answer an invitation; later they ask for a code themselves.
pub const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Guesses at one code.
pub const CODE_TRIES_MAX: i64 = 5;

/// How long a verified token is believed without asking the database: what another process revoked
/// is refused here after that time at the latest.
pub const CACHE_LIFE: SignedDuration = SignedDuration::from_secs(30);
/// Verified tokens kept in memory; about half a kilobyte each.
pub const CACHE_ENTRIES_MAX: usize = 65_536;
/// Parts of that cache that are locked apart.
pub const CACHE_SHARDS: usize = 64;
/// Addresses and tenants whose attempts are counted in memory.
pub const COUNTED_MAX: usize = 65_536;

/// Password hashes at once; each takes 19 MiB and some 30 ms.
pub const PASSWORD_THREADS: usize = 2;
/// Passwords that may wait for their turn, which is then about a second away.
pub const PASSWORDS_WAITING_MAX: usize = 64;

/// API keys of one market.
pub const KEYS_MAX: i64 = 1_000;
/// Roles shown at once.
pub const ROLES_MAX: i64 = 500;
/// Roles of one person.
pub const ROLES_PER_PERSON_MAX: i64 = 200;
/// Codes that the demo's console remembers.
pub const PRINTED_MAX: usize = 100;
/// Rows of one kind that one commit of a chore removes, and such commits in one run.
pub const PRUNED_AT_ONCE: i64 = 1_000;
pub const PRUNING_COMMITS_MAX: u32 = 200;
/// How long ended sessions stay visible to nobody but the database's keeper.
pub const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(24);
