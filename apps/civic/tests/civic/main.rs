//! What citizens and staff do, on both storage engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]

mod citizens;
mod confirming;
mod keep;
mod lists;
mod owning;
mod staff;
mod staff_deadline;
mod staff_log;
mod staff_queue;
mod staff_world;
mod telling;
mod together;
mod world;
