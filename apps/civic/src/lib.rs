//! Civic requests: what CityHelper needs. This page is the map of the app.
//!
//! ```text
//! civic.rs    what it keeps in memory
//! rules/      what a market has laid down, read as one
//! category/   what requests are about, what is asked about each, and how many there are of each kind
//! request/    something a citizen wants the city to see to
//! follower/   who reported or follows it, how they are told, and how they are forgotten
//! duplicate/  whether a report speaks of what was reported already
//! area/       wards and districts, and which of them a point lies in
//! address/    places by their address, and addresses by their place
//! photos.rs   what it asks of whoever keeps pictures
//! hours/      when the market works, and deadlines in working time
//! map/        tiles, clusters and heat, from counters that events keep
//! trend/      figures over time
//! ```

pub mod address;
pub mod area;
pub mod category;
mod civic;
pub mod duplicate;
pub mod follower;
pub mod hours;
mod limits;
pub mod map;
pub mod photos;
pub mod request;
pub mod rules;
#[cfg(test)]
mod testing;
pub mod trend;

use std::sync::Arc;

use bus::Registry;
use follower::follow::{Tell, TellMore};
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use civic::{Builder, Civic, Countries};
pub use follower::follow::Messages;

/// The name under which a market switches this app on.
pub const APP: &str = "civic";

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let endpoints = [
        request::http::endpoints(civic),
        follower::http::endpoints(civic),
        category::http::endpoints(civic),
        rules::http::endpoints(),
        address::http::endpoints(&civic.addresses),
        area::http::endpoints(&civic.areas),
        duplicate::http::endpoints(),
        hours::http::endpoints(),
        map::http::endpoints(),
        trend::http::endpoints(),
    ]
    .concat();
    endpoints.into_iter().map(|endpoint| endpoint.app(APP)).collect()
}

/// What follows this app's events.
pub fn follow(registry: Registry, civic: &Arc<Civic>) -> Registry {
    registry
        .consumer(Kind::Market, category::follow::CountByCategory)
        .handler(follower::jobs::GoOnErasing { civic: civic.clone() })
}

/// Tells people what happens to what they reported or follow.
pub fn tell(registry: Registry, civic: &Arc<Civic>, messages: Arc<dyn Messages>) -> Registry {
    let more = Tell { civic: civic.clone(), messages: messages.clone() };
    let tell = Tell { civic: civic.clone(), messages };
    registry.consumer(Kind::Market, tell).handler(TellMore(more))
}

pub fn part() -> Part {
    const STEPS: &[Step] =
        &[store::step!("0001"), store::step!("0002"), store::step!("0003"), store::step!("0005")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        request::repo::STATEMENTS,
        request::history::STATEMENTS,
        follower::repo::STATEMENTS,
        category::repo::STATEMENTS,
        rules::repo::STATEMENTS,
        address::repo::STATEMENTS,
        area::repo::STATEMENTS,
        duplicate::repo::STATEMENTS,
        hours::repo::STATEMENTS,
        map::names::STATEMENTS,
        map::repo::STATEMENTS,
        trend::repo::STATEMENTS,
    ]
    .concat()
}
