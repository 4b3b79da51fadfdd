//! A gateway's statement against what was kept here, every difference explained.
//!
//! ```text
//! statement.rs  the file, by the columns of its gateway; lines that cannot be read are said one by one
//! compare.rs    pure: what matches, and what differs how
//! model.rs      kinds of difference, each with its meaning and what to do
//! repo.rs       what was kept; runs and their rows
//! http.rs       comparing, reading
//! ```

pub mod compare;
pub mod http;
pub mod model;
pub mod repo;
pub mod statement;
