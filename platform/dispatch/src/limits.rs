//! Every limit of this crate, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Markets whose workers are in memory at once; the one that was asked for least lately makes room.
pub const MARKETS_MAX: usize = 4_096;
/// Workers of one market that are in memory: more are refused until others go off duty.
pub const WORKERS_MAX: usize = 250_000;
/// Pings of one call.
pub const PINGS_PER_CALL_MAX: usize = 100;
/// Pings that are taken before others get their turn at the same market.
pub const PINGS_PER_TURN: usize = 512;
/// Bytes of one call with pings.
pub const PINGS_BYTES_MAX: usize = 32 << 10;
/// How far ahead the clock of a device may be.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(30);
/// How often the silent are looked for, at most.
pub const SWEEP_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// Workers that one answer shows on a map.
pub const SHOWN_MAX: usize = 1_000;

/// Samples of one commit, how long one waits for others, and how many may wait: newer ones are then dropped.
pub const SAMPLES_PER_COMMIT: usize = 128;
pub const SAMPLE_WAIT: SignedDuration = SignedDuration::from_secs(5);
pub const SAMPLES_WAITING_MAX: usize = 4_096;
/// Old samples that one commit removes.
pub const PRUNED_AT_ONCE: i64 = 5_000;
/// Rows that are read at once where many are.
pub const READ_AT_ONCE: i64 = 2_000;

/// Areas with a factor of their own.
pub const AREAS_MAX: usize = 1_000;
/// Points of one line.
pub const LINE_POINTS_MAX: usize = 100_000;
/// Bytes of one block of a map, packed and unpacked, as the format itself bounds them.
pub const MAP_HEAD_BYTES_MAX: usize = 64 << 10;
pub const MAP_BLOCK_BYTES_MAX: usize = 32 << 20;
/// Junctions of one network.
pub const ROAD_NODES_MAX: usize = 40_000_000;
/// How far from a road a place may lie.
pub const SNAP_M_MAX: f64 = 1_000.0;
/// Searches over roads that keep their memory for the next one.
pub const CALCULATORS_KEPT: usize = 16;

/// Jobs that one window looks at, and workers.
pub const WINDOW_JOBS_MAX: i64 = 1_000;
pub const WINDOW_WORKERS_MAX: usize = 20_000;
/// Workers that are compared for one job.
pub const CANDIDATES_MAX: usize = 24;
/// Stops that one worker may have ahead.
pub const STOPS_MAX: usize = 12;
/// Stops of which every order is tried out.
pub const STOPS_TRIED_OUT_MAX: usize = 6;
/// Steps of one window's solver before it takes the nearest for the rest.
pub const OPERATIONS_MAX: u64 = 20_000_000;
/// Times that what was left over is offered to those who got something already.
pub const ROUNDS_MAX: usize = 3;
/// Offers of one window that are committed at the same time.
pub const COMMITS_AT_ONCE: usize = 32;
/// How long one window may take.
pub const WINDOW_TIME_MAX: Duration = Duration::from_secs(60);

/// Offers of one job that are read: more than were ever made.
pub const OFFERS_PER_JOB_MAX: i64 = 500;
/// Offers that one worker is shown.
pub const OFFERS_SHOWN_MAX: i64 = 50;
/// Jobs of which offers have expired, for one look.
pub const EXPIRED_AT_ONCE: i64 = 200;
/// Jobs that one worker has at hand.
pub const JOBS_PER_WORKER_MAX: i64 = 50;
/// What one worker can carry, in units that the app gives a meaning.
pub const CAPACITY_MAX: u16 = 1_000;
/// Rings that a search for a worker widens through.
pub const RINGS_MAX: usize = 8;
/// Characters of the name of a kind of job.
pub const KIND_LENGTH_MAX: usize = 64;
