//! Where workers are, in memory; samples of it as rows.
//!
//! ```text
//! ping.rs     what a device says, and which of two pings holds
//! grid.rs     points by cell, nearest first
//! fleet.rs    the workers of one market
//! sample.rs   pure: when a position is worth a row
//! shards.rs   which of several processes keeps a place
//! model.rs    rows
//! decide.rs   going on and off duty, samples, what is too old
//! repo.rs     their statements
//! jobs.rs     removes what is too old
//! http.rs     endpoints
//! ```

pub mod decide;
mod fleet;
mod grid;
pub mod http;
pub mod jobs;
pub mod model;
mod ping;
pub mod repo;
mod sample;
mod shards;
#[cfg(test)]
mod tests;

pub use fleet::{Counted, Fleet, Near, Wanted};
pub use grid::{Found, Grid};
pub use ping::{Duty, Heard, Ping, Seen, WorkerId};
pub use sample::SampleRule;
pub use shards::{Alone, Node, Rendezvous, SHARD_LEVEL, Shards, split};
