//! Figures over time: what was reported and closed, how fast, whether in time, and what is left.
//!
//! ```text
//! count.rs    what a request's steps add to which rows
//! follow.rs   the consumer
//! repo.rs     statements
//! read.rs     figures over any days
//! http.rs     the endpoint
//! ```

pub mod count;
pub mod follow;
pub mod http;
pub mod read;
pub mod repo;
