//! What people want to get, by topic and channel, and in which language; of a person who is signed in,
//! or of a bare address by the link in a message.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
