//! Power cuts that are announced by area and hour. A store without power of its own takes no orders
//! while there is none; riders and buyers hear of the beginning and the end of each cut.

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

pub use model::{Area, Cut};
pub use plan::{Outages, Plan};
