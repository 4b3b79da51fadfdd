//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
//!
//! ```text
//! payment/     what an app asks to be paid, from the intent to the last part given back
//! gateway/     who moves money outside: adapters, health, routing, callbacks
//! reconcile/   a gateway's statement against what was kept here
//! ```

pub mod gateway;
pub mod payment;
pub mod reconcile;

use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};

/// The tables of a market.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0002")];
    Part { name: "money", kind: Some(Kind::Market), steps: STEPS }
}

/// Every statement of this crate.
pub const STATEMENTS: &[&[Sql]] = &[
    payment::repo::STATEMENTS,
    gateway::account::repo::STATEMENTS,
    gateway::callback::repo::STATEMENTS,
    reconcile::repo::STATEMENTS,
];
