//! What a market has laid down for its deliveries: fees, shares, limits, alarms. Dated, so that what
//! holds from a day on is set before it; read as one, kept in memory, read again when the version
//! differs.

mod book;
mod claims;
pub mod decide;
pub mod http;
pub mod limits;
pub mod model;
mod parts;
pub mod repo;
#[cfg(test)]
mod tests;

pub use book::RuleBook;
pub use claims::{BearerRule, ClaimRule};
pub use model::{Dated, Rules, Settings};
pub use parts::{
    CancelRule, CoinRule, CommissionRule, DemandRule, FeeRule, ForecastRule, OfferRule, OrderRule,
    OutageRule, PayoutRule, ReferralTier, RiderRule, ServiceRule, StuckRule, TipRule, WHOLE_BP,
};
