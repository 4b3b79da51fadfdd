//! Civic requests: what CityHelper needs. This page is the map of the app.
//!
//! ```text
//! civic.rs   what it keeps in memory
//! category/  what requests are about, and how many there are of each kind
//! request/   something a citizen wants the city to see to
//! agency/    who in the city sees to what, and the routes that lead there
//! desk/      what staff do to a request
//! queue/     what waits for staff
//! deadline/  who is told before a deadline and after it
//! audit/     what staff did, in a log that shows when it was changed
//! ```

pub mod agency;
pub mod audit;
pub mod category;
mod civic;
pub mod deadline;
pub mod desk;
pub mod limits;
pub mod queue;
pub mod request;

use std::sync::Arc;

use bus::Registry;
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use civic::Civic;

/// The name under which a market switches this app on.
pub const APP: &str = "civic";

pub fn endpoints(_civic: &Arc<Civic>) -> Vec<Endpoint> {
    let desk = desk::Desk::new(Arc::new(request::state::RoundTheClock));
    let endpoints =
        [request::http::endpoints(), category::http::endpoints(), staff_endpoints(&desk)].concat();
    endpoints.into_iter().map(|endpoint| endpoint.app(APP)).collect()
}

/// What staff, managers and owners may call.
pub fn staff_endpoints(desk: &Arc<desk::Desk>) -> Vec<Endpoint> {
    [
        agency::http::endpoints(),
        desk::http::endpoints(desk),
        queue::http::endpoints(),
        deadline::http::endpoints(),
        audit::http::endpoints(),
    ]
    .concat()
}

/// What follows this app's events.
pub fn follow(registry: Registry, _civic: &Arc<Civic>) -> Registry {
    registry
        .consumer(Kind::Market, category::follow::CountByCategory)
        .consumer(Kind::Market, audit::follow::Audit)
}

pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002"), store::step!("0004")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        request::repo::STATEMENTS,
        category::repo::STATEMENTS,
        agency::repo::STATEMENTS,
        desk::repo::STATEMENTS,
        queue::repo::STATEMENTS,
        queue::filter::STATEMENTS,
        deadline::repo::STATEMENTS,
        audit::repo::STATEMENTS,
    ]
    .concat()
}
