//! The areas of a market: its wards, its districts, and which of them a point lies in.

mod areas;
pub mod decide;
pub mod http;
pub mod model;
mod outline;
pub mod repo;
#[cfg(test)]
mod tests;

pub use areas::{Areas, Index};
pub use outline::Outline;
