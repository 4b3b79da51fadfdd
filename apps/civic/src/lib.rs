//! Civic requests: what CityHelper needs. This page is the map of the app.
//!
//! ```text
//! civic.rs    what it keeps in memory
//! address/    places by their address, and addresses by their place
//! area/       wards and districts, and which of them a point lies in
//! category/   what requests are about, and how many there are of each kind
//! duplicate/  whether a report speaks of what was reported already
//! hours/      when the market works, and deadlines in working time
//! request/    something a citizen wants the city to see to
//! ```

pub mod address;
pub mod area;
pub mod category;
mod civic;
pub mod duplicate;
pub mod hours;
mod limits;
pub mod request;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use bus::Registry;
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use civic::Civic;

/// The name under which a market switches this app on.
pub const APP: &str = "civic";

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let endpoints = [
        request::http::endpoints(),
        category::http::endpoints(),
        address::http::endpoints(&civic.addresses),
        area::http::endpoints(&civic.areas),
        duplicate::http::endpoints(),
        hours::http::endpoints(),
    ]
    .concat();
    endpoints.into_iter().map(|endpoint| endpoint.app(APP)).collect()
}

/// What follows this app's events.
pub fn follow(registry: Registry, _civic: &Arc<Civic>) -> Registry {
    registry.consumer(Kind::Market, category::follow::CountByCategory)
}

pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002"), store::step!("0003")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        request::repo::STATEMENTS,
        category::repo::STATEMENTS,
        address::repo::STATEMENTS,
        area::repo::STATEMENTS,
        duplicate::repo::STATEMENTS,
        hours::repo::STATEMENTS,
    ]
    .concat()
}
