//! Devices that take push messages, by the person who uses them.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
