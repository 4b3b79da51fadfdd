//! Civic requests: what CityHelper needs. This page is the map of the app.
//!
//! ```text
//! civic.rs   what it keeps in memory
//! category/  what requests are about, and how many there are of each kind
//! map/       tiles, clusters and heat, from counters that events keep
//! request/   something a citizen wants the city to see to
//! trend/     figures over time
//! ```

pub mod category;
mod civic;
mod limits;
pub mod map;
pub mod request;
pub mod trend;

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
    let endpoints = [
        request::http::endpoints(),
        category::http::endpoints(),
        map::http::endpoints(),
        trend::http::endpoints(),
    ]
    .concat();
    endpoints.into_iter().map(|endpoint| endpoint.app(APP)).collect()
}

/// What follows this app's events.
pub fn follow(registry: Registry, _civic: &Arc<Civic>) -> Registry {
    registry.consumer(Kind::Market, category::follow::CountByCategory)
}

pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002"), store::step!("0005")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        request::repo::STATEMENTS,
        category::repo::STATEMENTS,
        map::names::STATEMENTS,
        map::repo::STATEMENTS,
        trend::repo::STATEMENTS,
    ]
    .concat()
}
