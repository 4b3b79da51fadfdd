//! Power cuts that are announced by area and hour. A store without power of its own takes no orders
//! while there is none; riders and buyers are told of each cut before it begins. Its beginning and its end are
//! events.

pub mod decide;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
mod plan;
mod read;
pub mod repo;
#[cfg(test)]
mod tests;
pub mod warn;
#[cfg(test)]
mod warn_tests;
pub mod warning;

pub use model::{Area, Cut};
pub use plan::{Outages, Plan};
