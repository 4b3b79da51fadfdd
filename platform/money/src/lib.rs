//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
//!
//! ```text
//! ledger/    double entry: accounts, postings, holds; the teller; statements and audits
//! payment/   from the intent to the last part given back
//! gateway/   who moves money outside, each by an adapter; which of them is chosen
//! settle/    what merchants and riders have earned: statements, and how they are paid out
//! wallet.rs  what one has in one's own wallet, and in coins
//! books.rs   what payments post, in the ledger
//! ```

mod books;
pub mod gateway;
pub mod ledger;
pub mod limits;
pub mod payment;
pub mod settle;
#[cfg(test)]
mod testing;
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
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002"), store::step!("0003")];
    Part { name: "money", kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    let payments =
        [payment::repo::STATEMENTS, gateway::account::repo::STATEMENTS, gateway::callback::repo::STATEMENTS];
    [ledger::STATEMENTS.concat(), payments.concat(), settle::STATEMENTS.concat()].concat()
}

pub fn endpoints(tellers: &Arc<ledger::Tellers>, payments: &Arc<payment::Payments>) -> Vec<Endpoint> {
    [ledger::http::endpoints(tellers), payment::endpoints(payments), wallet::endpoints()].concat()
}

/// What is done later: postings are filed under their accounts, holds that nobody took end, gateways are
/// asked.
pub fn follow(
    registry: Registry,
    clock: &Arc<dyn Clock>,
    payments: &Arc<payment::Payments>,
) -> Result<Registry, BadSchedule> {
    let registry = registry
        .handler(ledger::ExpireHolds { clock: clock.clone() })
        .handler(ledger::FilePostings { clock: clock.clone() });
    payment::follow(registry, payments)
}
