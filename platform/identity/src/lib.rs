//! Who may: people, sessions, tokens, API keys and roles, kept in each tenant's home.
//!
//! ```text
//! identity.rs    the machinery that endpoints and jobs share
//! verifier/      who sends this request; found in memory when it was verified a moment ago
//! person/        someone who signs in: model, decide, repo, http
//! code/          one-time codes, signing up and asking for one; the job that sends them
//! session/       signing in, refreshing, ending
//! reach.rs       where people who work for a tenant read mail
//! role/          roles per tenant, market and provider
//! key/           API keys
//! ring/          the generations of a tenant's signing keys
//! throttle/      how often somebody may try
//! token.rs       access tokens: one algorithm, one header
//! master.rs      the one secret, and what is derived from it
//! password.rs    argon2id on threads of its own
//! contact/       telephone numbers and e-mail addresses in one form
//! sender.rs      how a code reaches a person
//! operations.rs  what the command line and the demo do
//! chores.rs      what has to be done now and then
//! ```
//!
//! Whether somebody has an account is told to nobody: signing up, asking for a code and signing in
//! answer alike and do alike in both cases. No event, job or log line holds a name, a contact or a
//! secret.

mod chores;
mod code;
mod contact;
mod identity;
mod key;
pub mod limits;
mod master;
mod operations;
mod password;
mod person;
mod reach;
mod ring;
mod role;
mod sender;
mod session;
pub mod throttle;
mod token;
mod verifier;

use std::sync::Arc;

use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};

pub use code::jobs::{SEND_CODE, SendTrouble};
pub use contact::{Channel, Contact};
pub use identity::{Identity, Settings};
pub use key::ApiKey;
pub use master::{Master, TooShort};
pub use operations::{KnownPerson, Sources};
pub use reach::{Mailbox, contact_of, held_at, is_address_of, mailbox_of, mailboxes_of_managers};
pub use role::{Held, grants_of};
pub use sender::{CodeMessage, CodeSender, NoChannel, NotSent, Printed};
pub use session::Session;
pub use verifier::Verifier;

/// Every statement of this crate; all need the tables of a home.
pub const STATEMENTS: &[&[Sql]] = &[
    person::repo::STATEMENTS,
    code::repo::STATEMENTS,
    session::repo::STATEMENTS,
    reach::STATEMENTS,
    role::repo::STATEMENTS,
    key::repo::STATEMENTS,
    ring::repo::STATEMENTS,
    throttle::repo::STATEMENTS,
];

/// The tables of a tenant's home.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001")];
    Part { name: "identity", kind: Some(Kind::Home), steps: STEPS }
}

pub fn endpoints(identity: &Arc<Identity>) -> Vec<web::Endpoint> {
    [
        code::http::endpoints(identity),
        session::http::endpoints(identity),
        person::http::endpoints(identity),
        role::http::endpoints(identity),
        key::http::endpoints(identity),
    ]
    .concat()
}
