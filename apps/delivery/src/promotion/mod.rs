//! What is given to buyers, and who gives it: promotions, coins, rewards for bringing others.

pub mod apply;
pub mod limits;
pub mod model;
