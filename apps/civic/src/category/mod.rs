//! What requests are about, and how many there are of each kind.

pub mod decide;
pub mod follow;
pub mod http;
pub mod model;
pub mod repo;
