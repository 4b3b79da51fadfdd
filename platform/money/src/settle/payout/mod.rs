//! From statements to money in a bank account.
//!
//! ```text
//! model.rs    a pay-out, its transfers, the account that an owner is paid to
//! decide.rs   pure: made, approved by somebody else, sent, paid; a transfer that came back
//! repo.rs     rows
//! account.rs  setting and reading the account that one is paid to
//! file.rs     the file for the bank
//! http.rs     the steps, for managers
//! ```
//!
//! What a pay-out posts to the ledger: with `send`, each transfer from `payouts` to `bank`; when one comes
//! back, the reversal of that. Its statement is owed again then, and the next pay-out has it once more,
//! under another reference.

mod account;
pub(crate) mod decide;
mod file;
mod http;
pub(crate) mod model;
pub(crate) mod repo;

use std::sync::Arc;

use web::Endpoint;

use super::desk::Desk;

pub(crate) fn endpoints(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [account::endpoints(desk), http::endpoints(desk)].concat()
}
