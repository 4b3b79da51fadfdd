//! Signing in, staying signed in, and ending that.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod refresh;
pub(crate) mod repo;
pub(crate) mod sign_in;

pub use model::{Session, SessionRow};
