//! A market's accounts at gateways: rows that its owner sets.

pub mod http;
pub mod model;
pub mod repo;

pub use model::Account;
