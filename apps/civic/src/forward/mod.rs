//! Requests that are another system's to see to: sent there by GeoReport, and followed there.
//!
//! ```text
//! model.rs   endpoints, which category goes where, where a request stands on its way
//! wire.rs    pure: what other servers answer, read leniently
//! pace.rs    pure: when to try and to look again
//! decide.rs  pure: what follows from what came back
//! client.rs  asking another server
//! follow.rs  a report becomes a forward       jobs.rs  sending, asking for ids, looking
//! ```
//!
//! A try is written down before anything is sent. After a crash, or silence, the other side is searched
//! for the request's reference before it is sent again.

mod client;
pub mod decide;
pub mod follow;
pub mod http;
pub mod jobs;
pub mod model;
pub mod pace;
pub mod repo;
pub mod wire;

pub use client::Client;
