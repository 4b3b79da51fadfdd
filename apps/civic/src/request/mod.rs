//! Something a citizen wants the city to see to.

pub mod decide;
pub mod event;
pub mod history;
pub mod http;
mod list;
pub mod model;
pub mod number;
mod reopen;
pub mod repo;
pub mod report;
pub mod state;
pub mod view;
pub mod within;
