//! A brand on the platform.

pub(crate) mod decide;
pub mod model;
pub(crate) mod repo;

pub use model::{NewTenant, Tenant};
