//! Where events of a market go by webhook: addresses, their secrets, and those that stopped answering.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
