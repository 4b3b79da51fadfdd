//! A tenant in one place.

pub(crate) mod decide;
pub(crate) mod http;
pub mod model;
pub(crate) mod repo;

pub use model::{MarketRow, NewMarket, State};
