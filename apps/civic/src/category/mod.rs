//! What requests are about, what is asked about each kind, and how many there are of it.

pub mod answers;
pub mod decide;
pub mod follow;
pub mod http;
pub mod model;
pub mod question;
pub mod repo;
