//! What follows: the relay from events to consumers, durable jobs and schedules.
//!
//! ```text
//! consumer.rs   what follows events: wants, handle
//! handler.rs    what runs jobs
//! schedule.rs   cron in a market's time zone
//! registry.rs   all of them, per kind of market
//! bus.rs        start and stop; nudges from the store
//! wake.rs       which markets wait for a turn, and which for a moment
//! relay/        events to consumers: cursor and effect in one commit
//! jobs/         claim, run, renew, finish or try again
//! sweep.rs      the slow round over all markets, so that no nudge is ever needed
//! lag.rs        how far consumers are behind
//! desk.rs       for operators: parked, replay, rewind, dead, revive
//! tables.rs     cursors, parked events and jobs as rows
//! ```
//!
//! A nudge tells the bus where something was committed. [`store::Listener`] is the seam for it: the
//! store calls [`Bus::listener`] for commits of this process, and whatever hears of commits of other
//! processes calls the same. A nudge may be lost, late or repeated.

mod backoff;
mod bus;
mod consumer;
mod counts;
mod desk;
mod directory;
mod handler;
mod jobs;
mod lag;
pub mod limits;
mod registry;
mod relay;
mod schedule;
mod sweep;
mod tables;
mod wake;

pub use bus::{Bus, Settings};
pub use consumer::{Consumer, Trouble};
pub use counts::Counts;
pub use desk::{Extent, cursors, dead, discard, parked, replay, replay_all, revive, rewind, verify};
pub use directory::Directory;
pub use handler::{Job, JobHandler, JobTrouble};
pub use lag::Lag;
pub use registry::{Registry, RegistryError};
pub use schedule::{BadSchedule, Schedule};
pub use tables::{Cursor, DeadJob, Parked, STATEMENTS, part};
