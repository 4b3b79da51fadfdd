//! What gateways report by themselves. A callback is a hint: it is checked, kept once, and answered; then
//! the gateway is asked, and only its answer counts.
//!
//! ```text
//! http.rs   taking one
//! jobs.rs   asking the gateway about what it named; letting old ones go
//! repo.rs   rows
//! ```

pub mod http;
pub mod jobs;
pub mod repo;
