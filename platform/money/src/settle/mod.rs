//! What merchants and riders have earned, put together into statements once a period, and paid out.
//!
//! ```text
//! model.rs      who is paid, what was earned, a market's policy, a run, a statement
//! period.rs     pure: when a period ends, in the market's time zone
//! decide.rs     pure: what is earned; owners into statements, and what each posts to the ledger
//! repo.rs       rows
//! run.rs        a run, commit by commit
//! verify.rs     whether statements and the ledger say the same
//! jobs.rs       when runs happen
//! desk.rs       what endpoints and jobs share
//! http.rs       policies, runs and checks, for managers
//! statement/    reading statements: JSON, CSV, pages to print
//! payout/       bank accounts, files for the bank, and what became of them
//! ```
//!
//! An item is what one cause, such as an order, added to what an owner is owed; it is written together
//! with the posting that says so, and bears the same amount. A run takes the items of each owner into one
//! statement by one guarded change, so an item is in one statement at most, whatever runs beside it.
//! Whoever is owed less than the minimum is passed by: those items stay where they are, and the next run
//! finds them. That is also how less than nothing is carried over.

mod decide;
mod desk;
mod http;
mod jobs;
pub mod limits;
pub(crate) mod model;
pub(crate) mod payout;
mod period;
pub(crate) mod repo;
mod run;
mod statement;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

use bus::Registry;
use web::Endpoint;

pub use decide::item;
pub use desk::Desk;
pub use jobs::{RUN, Run};
pub use model::{NewItem, Owner, Payee, Sums};
pub use run::{Progress, advance};
pub use verify::{Check, Difference, verify};

/// Every statement of settlement.
pub(crate) const STATEMENTS: &[&[kernel::Sql]] =
    &[repo::STATEMENTS, verify::STATEMENTS, statement::repo::STATEMENTS, payout::repo::STATEMENTS];

pub fn endpoints(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [http::endpoints(), statement::endpoints(), payout::endpoints(desk)].concat()
}

/// The job that makes statements.
pub fn follow(registry: Registry, desk: &Arc<Desk>) -> Registry {
    registry.handler(Run(desk.clone()))
}
