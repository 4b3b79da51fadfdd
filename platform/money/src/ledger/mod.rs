//! Double entry. A posting moves an amount from one account to another; what is posted is never changed.
//!
//! ```text
//! model.rs    accounts, postings and their ids, which whoever asks makes
//! chart.rs    which kinds of account a market has, and what each may hold
//! result.rs   what becomes of a posting: the closed list, and which comes first
//! book.rs     pure: a few accounts in memory, and what a posting does to them
//! decide.rs   pure: postings and a book into a decision of guarded deltas
//! repo.rs     its statements
//! teller.rs   takes the postings of many callers and commits them together
//! read.rs     balances at a time, statements of account
//! audit.rs    the trial balance, and every balance reckoned anew from its postings
//! filing.rs   postings under their accounts, some seconds later
//! jobs.rs     holds that nobody took in time
//! http.rs     the same for people and programs
//! ```
//!
//! No balance is ever read, changed in memory and written back. A decision adds to it, and the addition
//! itself says what must hold afterwards: that an account which may not be overdrawn is not, and that one
//! with a cap stays below. So two decisions at once need not know of each other. Accounts without bounds,
//! which are those that everything passes through, are kept in several lanes that add up, so that decisions
//! which run side by side do not wait for one row; and what many callers post at once is decided together
//! and reaches each row as one addition.

mod audit;
mod book;
pub mod chart;
pub mod decide;
mod filing;
pub mod http;
mod jobs;
mod model;
mod read;
pub mod repo;
mod result;
mod teller;
#[cfg(test)]
mod tests;

pub use audit::{Difference, Trial, TrialLine, rebuild, trial};
pub use book::{Book, State};
pub use chart::{Chart, Class, Kind, Owned};
pub use decide::{Chain, post};
pub use filing::{FILE, FilePostings};
pub use jobs::{EXPIRE, ExpireHolds};
pub use model::{Account, AccountId, Posting, PostingId, What};
pub use read::{Balance, Entry, balance_at, balances, entries};
pub use repo::load;
pub use result::{Denied, Done};
pub use teller::{Tellers, Told};

/// Every statement of the ledger.
pub(crate) const STATEMENTS: &[&[kernel::Sql]] =
    &[repo::STATEMENTS, read::STATEMENTS, filing::STATEMENTS, audit::STATEMENTS];
