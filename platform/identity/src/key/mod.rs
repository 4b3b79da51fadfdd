//! API keys: programs that act for a person, a provider, a market or the tenant.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{ApiKey, KeyRow};

/// Every key begins with it, so that a leaked one is recognised.
pub const PREFIX: &str = "irk_";
