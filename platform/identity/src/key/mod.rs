//! API keys: programs that act for a person, a provider, a market or the tenant.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{ApiKey, KeyRow};

/// Of this crate's own endpoints. With these a key makes others powerful, so it must lose what its
/// owner loses: a lasting key never has them, lest somebody whose role was taken gives it back to
/// themselves.
pub(crate) const OWN_SCOPES: &[&str] = &["grants", "keys"];

/// Every key begins with it, so that a leaked one is recognised.
pub const PREFIX: &str = "irk_";
