//! Something a citizen wants the city to see to.

pub mod decide;
pub mod event;
pub mod http;
pub mod model;
pub mod repo;
pub mod state;
