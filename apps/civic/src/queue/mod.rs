//! What waits for staff: lists by deadline or age, how many of each kind, the same as a table, and the
//! filters that staff keep.
//!
//! Each list is one index read from one place on. What a list leaves out (another category, another
//! area) is left out within that index, whose entries carry those columns: rows are only fetched for
//! what is shown.

pub mod csv;
pub mod filter;
pub mod http;
pub mod model;
pub mod repo;
