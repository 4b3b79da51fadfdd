//! One suite for both engines, and what is particular to each.

#![expect(clippy::unwrap_used, reason = "a failure of a test says where")]

mod conformance;
mod hostile;
mod model;
mod moving;
mod postgres;
mod reading;
mod sqlite;
mod transfer;
mod world;
