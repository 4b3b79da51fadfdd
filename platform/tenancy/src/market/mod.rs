//! A tenant in one place.

mod about;
pub(crate) mod decide;
pub(crate) mod http;
pub mod model;
pub(crate) mod repo;

pub use about::About;
pub use model::{MarketRow, NewMarket, State};
