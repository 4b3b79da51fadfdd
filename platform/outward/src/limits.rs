//! Every limit of this crate, by name.

use std::time::Duration;

/// How long a call may take with all its tries, unless it says otherwise; and at most.
pub const TIME_MAX: Duration = Duration::from_secs(30);
pub const TIME_CEILING: Duration = Duration::from_secs(600);
/// How long it may take until a connection stands.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of an answer, unless the call says otherwise.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Bytes of an answer that are kept with an error, to say what the other side complained about.
pub const COMPLAINT_BYTES_MAX: usize = 2_048;
/// Letters of an error's detail.
pub const DETAIL_LETTERS_MAX: usize = 200;
/// Tries of a call that may be repeated, unless it says otherwise; and at most.
pub const TRIES: u32 = 3;
pub const TRIES_MAX: u32 = 10;
/// First and longest pause between two tries.
pub const WAIT_MIN: Duration = Duration::from_millis(250);
pub const WAIT_MAX: Duration = Duration::from_secs(5);
/// Redirects that a call may ask to have followed.
pub const REDIRECTS_MAX: u32 = 5;
/// Calls under way to one destination, and to all.
pub const CALLS_PER_DESTINATION_MAX: usize = 32;
pub const CALLS_MAX: usize = 256;
/// Names that are looked up at the same time: each takes a thread.
pub const LOOKUPS_MAX: usize = 32;
/// Addresses of one name that are tried.
pub const ADDRESSES_MAX: usize = 8;
/// Destinations whose breakers are remembered.
pub const DESTINATIONS_MAX: usize = 10_000;
/// Idle connections that are kept for one destination, and for how long.
pub const IDLE_PER_DESTINATION_MAX: usize = 4;
pub const IDLE_TIME_MAX: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that is believed.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Characters of an address.
pub const ADDRESS_LENGTH_MAX: usize = 4_096;
