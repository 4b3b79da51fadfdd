//! A brand on the platform.

pub(crate) mod decide;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{NewTenant, Tenant};
