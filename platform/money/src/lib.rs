//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
//!
//! ```text
//! ledger/    double entry: accounts, postings, holds; the teller; statements and audits
//! ```

pub mod ledger;
pub mod limits;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use bus::Registry;
use kernel::{Clock, Sql};
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

/// The tables of a market.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001")];
    Part { name: "money", kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    ledger::STATEMENTS.concat()
}

pub fn endpoints(tellers: &Arc<ledger::Tellers>) -> Vec<Endpoint> {
    ledger::http::endpoints(tellers)
}

/// What is done later: postings are filed under their accounts, holds that nobody took end.
pub fn follow(registry: Registry, clock: &Arc<dyn Clock>) -> Registry {
    registry
        .handler(ledger::ExpireHolds { clock: clock.clone() })
        .handler(ledger::FilePostings { clock: clock.clone() })
}
