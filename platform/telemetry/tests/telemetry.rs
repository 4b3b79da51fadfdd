//! The crate from outside: what ends up in the log, in `/metrics` and at a collector.

#![allow(clippy::unwrap_used)]

mod logs;
mod metrics;
mod traces;
