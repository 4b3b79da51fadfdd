//! Someone who signs in with a tenant.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::PersonRow;
