//! Where stores deliver to: within a radius, or in a shape of their own.
//!
//! ```text
//! model.rs  an area as a merchant writes it
//! repo.rs   the shapes of those that have one
//! reach.rs  which of many areas a place lies in: pure
//! ```

pub mod model;
pub mod reach;
pub mod repo;

pub use model::{AreaText, NewArea};
pub use reach::{Reach, Reaches};

#[cfg(test)]
mod tests;
