//! What would have been sent, where no provider is configured.

pub mod http;
pub mod model;
pub mod repo;
