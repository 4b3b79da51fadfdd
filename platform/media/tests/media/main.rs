//! Pictures as strangers send them, and all that may happen while they are sent and kept.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod allocations;
mod bucket;
mod corpus;
mod endpoints;
mod files;
mod hostile;
mod mutations;
mod objects;
mod pictures;
mod pool;
mod uploads;
mod world;
