//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
//!
//! ```text
//! ledger/     double entry: accounts, postings, holds; the teller; statements and audits
//! payment/    from the intent to the last part given back
//! gateway/    who moves money outside, each by an adapter; which of them is chosen
//! reconcile/  a gateway's statement against what was kept here
//! settle/     what merchants and riders have earned: statements, and how they are paid out
//! wallet.rs   what one has in one's own wallet, and in coins
//! books.rs    what payments post, in the ledger
//! ```

mod books;
pub mod gateway;
pub mod ledger;
pub mod limits;
pub mod payment;
pub mod reconcile;
pub mod settle;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod wallet;

use std::sync::Arc;

use bus::{BadSchedule, Registry};
use kernel::{Clock, Sql};
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use books::Books;

/// The tables of a market.
pub fn part() -> Part {
    const STEPS: &[Step] =
        &[store::step!("0001"), store::step!("0002"), store::step!("0003"), store::step!("0004")];
    Part { name: "money", kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    let others = [
        payment::repo::STATEMENTS,
        gateway::account::repo::STATEMENTS,
        gateway::callback::repo::STATEMENTS,
        reconcile::repo::STATEMENTS,
    ];
    [ledger::STATEMENTS.concat(), others.concat(), settle::STATEMENTS.concat()].concat()
}

/// What endpoints and jobs share, one for the process.
pub struct Money {
    pub tellers: Arc<ledger::Tellers>,
    pub payments: Arc<payment::Payments>,
    pub settlement: Arc<settle::Desk>,
}

pub fn endpoints(money: &Money) -> Vec<Endpoint> {
    [
        ledger::http::endpoints(&money.tellers),
        payment::endpoints(&money.payments),
        settle::endpoints(&money.settlement),
        wallet::endpoints(),
    ]
    .concat()
}

/// What is done later: postings are filed under their accounts, holds that nobody took end, gateways are
/// asked, what was earned is settled.
pub fn follow(registry: Registry, clock: &Arc<dyn Clock>, money: &Money) -> Result<Registry, BadSchedule> {
    let registry = registry
        .handler(ledger::ExpireHolds { clock: clock.clone() })
        .handler(ledger::FilePostings { clock: clock.clone() });
    payment::follow(settle::follow(registry, &money.settlement), &money.payments)
}
