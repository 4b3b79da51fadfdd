//! Payments: what an app asks to be paid, from the intent to the last part given back.
//!
//! ```text
//! model.rs    a payment, its attempts and its refunds
//! states.rs   where each stands, and which steps there are
//! decide.rs   what apps and managers do to it: begin, capture, cancel, refund; when its time is over
//! hear.rs     what follows from what a gateway says, or does not say
//! pen.rs      what a step writes, posts, tells and leaves to be done
//! posts.rs    what each step posts to the ledger, and the seam to it
//! pace.rs     when a gateway is tried or asked again
//! limits.rs   every bound, of gateways and reconciliation too
//! repo.rs     rows, as rows.rs reads them
//! payments.rs what endpoints and jobs share; the same commands with loading and posting
//! jobs.rs     sending, asking, ending
//! http.rs     reading payments, giving back
//! ```

pub mod decide;
pub mod hear;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod pace;
pub mod payments;
pub mod pen;
pub mod posts;
pub mod repo;
pub mod rows;
pub mod states;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use bus::{BadSchedule, Registry};
use store::Kind;
use web::Endpoint;

use crate::{gateway, reconcile};

pub use decide::{begin, cancel, capture, refund};
pub use payments::{Parts, Payments, Places};

pub fn endpoints(payments: &Arc<Payments>) -> Vec<Endpoint> {
    [
        http::endpoints(payments),
        gateway::account::http::endpoints(payments),
        gateway::callback::http::endpoints(payments),
        reconcile::http::endpoints(payments),
    ]
    .concat()
}

/// The jobs that send and ask, and the chores.
pub fn follow(registry: Registry, payments: &Arc<Payments>) -> Result<Registry, BadSchedule> {
    Ok(registry
        .handler(jobs::Work(payments.clone()))
        .handler(jobs::Expire(payments.clone()))
        .handler(gateway::callback::jobs::Follow(payments.clone()))
        .handler(gateway::callback::jobs::Tidy(payments.clone()))
        .schedule(Kind::Market, gateway::callback::jobs::schedule()?))
}
