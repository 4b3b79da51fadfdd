//! What is given to buyers, and who gives it: promotions, coins, rewards for bringing others.

pub mod apply;
pub mod clawback;
pub mod coins;
pub mod decide;
pub mod http;
pub mod limits;
pub mod lot;
pub mod model;
pub mod referral;
pub mod repo;
pub mod reward;
#[cfg(test)]
mod tests;
