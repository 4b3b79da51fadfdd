//! One suite for both engines, and what is particular to each.

mod conformance;
mod hostile;
mod model;
mod moving;
mod postgres;
mod sqlite;
mod transfer;
mod world;
