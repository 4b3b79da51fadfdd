//! Addresses that do not take messages, kept so that they cannot be read.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
