//! Coins as they came: each lot is gone after its time, and what is spent is taken from the oldest.
//!
//! Nothing is written down when coins are spent. What is in a purse are the coins that came last, so what is
//! left of a lot follows from the purse and from the lots after it.

pub mod decide;
pub mod http;
pub mod jobs;
pub mod model;
pub mod repo;

pub use model::Lot;
