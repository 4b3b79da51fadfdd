//! Who is where, how long it takes from there, and who gets what to do.
//!
//! ```text
//! position/    where workers are, in memory; samples of it as rows; who is on duty
//! road/        how far it is, how long it takes, which way it goes
//! assign/      who is to do what: a pure solver
//! offer/       jobs, offers to workers, and what becomes of both
//! mode.rs      how somebody gets about
//! dispatch.rs  what all of them share, market by market
//! ```
//!
//! An app asks for a worker in a decision of its own, and hears of what follows by events whose names begin
//! with `job.`, or commits its own part together with the two steps that this crate takes by itself
//! ([`offer::Companion`]):
//!
//! ```
//! # async fn decide(market: &store::Market, new: &dispatch::offer::NewJob, ctx: &kernel::Ctx<'_>)
//! # -> Result<kernel::Decision, kernel::Refusal> {
//! # let own = kernel::Decision::nothing();
//! let (wanted, _job) = dispatch::offer::request(market, new, ctx).await?;
//! Ok(own.and(wanted))
//! # }
//! ```

pub mod assign;
mod dispatch;
pub mod limits;
mod mode;
pub mod offer;
pub mod position;
pub mod road;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use bus::{Directory, Registry};
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use dispatch::{Builder, Dispatch, Settings, Watcher};
pub use mode::{Mode, Modes};

/// For an app to list among its own, under its own name.
pub fn endpoints(dispatch: &Arc<Dispatch>) -> Vec<Endpoint> {
    [position::http::endpoints(dispatch), offer::http::endpoints(dispatch)].concat()
}

/// The jobs in the background.
pub fn follow(registry: Registry, dispatch: &Arc<Dispatch>, directory: &Arc<dyn Directory>) -> Registry {
    let (its, places) = (dispatch.clone(), directory.clone());
    registry
        .handler(offer::jobs::Window { dispatch: its, directory: places })
        .handler(offer::jobs::Expire { dispatch: dispatch.clone(), directory: directory.clone() })
        .handler(position::jobs::Prune(dispatch.clone()))
}

/// The tables of a market.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001")];
    Part { name: "dispatch", kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [position::repo::STATEMENTS, offer::repo::STATEMENTS].concat()
}
