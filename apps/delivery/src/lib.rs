//! From the shelf to the door: what iHhashi needs. This page is the map of the app.
//!
//! ```text
//! settings/   what a market has laid down for its deliveries, dated
//! fee/        what an order costs: one rule, quoted and charged alike
//! demand/     what is asked for, where, and what that makes of the fee
//! forecast/   how many orders each cell will have in each hour
//! outage/     power cuts by area and hour, and which stores they close
//! promotion/  what is given to buyers, and who gives it: promotions, coins, referrals
//! ```

pub mod demand;
pub mod fee;
pub mod forecast;
pub mod outage;
pub mod promotion;
pub mod settings;
#[cfg(test)]
mod testing;

use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};

/// The name under which a market switches this app on.
pub const APP: &str = "delivery";

pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0002")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        settings::repo::STATEMENTS,
        fee::repo::STATEMENTS,
        demand::repo::STATEMENTS,
        forecast::repo::STATEMENTS,
        outage::repo::STATEMENTS,
        promotion::repo::STATEMENTS,
        promotion::referral::repo::STATEMENTS,
    ]
    .concat()
}
