//! Civic requests: what CityHelper needs. This page is the map of the app.
//!
//! ```text
//! civic.rs    what it keeps in memory
//! rules/      what a market has laid down, read as one
//! category/   what requests are about, what is asked about each, and how many there are of each kind
//! request/    something a citizen wants the city to see to
//! load/       many requests at once: from files, or of a made-up city
//! onboard/    what a city begins with
//! follower/   who reported or follows it, how they are told, and how they are forgotten
//! duplicate/  whether a report speaks of what was reported already
//! area/       wards and districts, and which of them a point lies in
//! address/    places by their address, and addresses by their place
//! photos.rs   the pictures of requests, which are kept elsewhere
//! hours/      when the market works, and deadlines in working time
//! agency/     who in the city sees to what, and the routes that lead there
//! desk/       what staff do to a request
//! queue/      what waits for staff
//! deadline/   who is told before a deadline and after it
//! map/        tiles, clusters and heat, from counters that events keep
//! trend/      figures over time
//! open311/    the same by a public protocol
//! forward/    requests that are another system's to see to
//! pages/      what people see
//! audit/      what staff did, in a log that shows when it was changed
//! keep/       how long things are kept: erasing, archiving, bringing back
//! ```

pub mod address;
pub mod agency;
pub mod area;
pub mod audit;
pub mod category;
mod civic;
pub mod deadline;
pub mod desk;
pub mod duplicate;
pub mod follower;
pub mod forward;
pub mod hours;
pub mod keep;
pub mod limits;
pub mod load;
pub mod map;
pub mod onboard;
pub mod open311;
pub mod pages;
pub mod photos;
pub mod queue;
pub mod request;
pub mod rules;
#[cfg(test)]
mod testing;
pub mod trend;

use std::sync::Arc;

use bus::{BadSchedule, Directory, Registry};
use follower::follow::{Tell, TellMore};
use kernel::{IdSource, Sql};
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use civic::{Builder, Civic, Countries, Zones};
pub use follower::follow::Messages;

/// The name under which a market switches this app on.
pub const APP: &str = "civic";

/// What messages of this app say, by language.
pub const TEXTS: &[(&str, &str)] = &[
    ("en", include_str!("../messages/en.ftl")),
    ("es", include_str!("../messages/es.ftl")),
    ("fr", include_str!("../messages/fr.ftl")),
];

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let desk = desk::Desk::new(civic.clone());
    let endpoints = [
        request::http::endpoints(civic),
        follower::http::endpoints(civic),
        category::http::endpoints(civic),
        load::http::endpoints(),
        rules::http::endpoints(),
        address::http::endpoints(&civic.addresses),
        area::http::endpoints(&civic.areas),
        duplicate::http::endpoints(),
        hours::http::endpoints(),
        map::http::endpoints(civic),
        trend::http::endpoints(),
        keep::http::endpoints(civic),
        staff_endpoints(&desk),
        open311::endpoints(civic),
        forward::http::endpoints(civic),
    ];
    endpoints.concat().into_iter().map(|endpoint| endpoint.app(APP)).collect()
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
pub fn follow(
    registry: Registry,
    civic: &Arc<Civic>,
    ids: &Arc<dyn IdSource>,
    directory: &Arc<dyn Directory>,
) -> Result<Registry, BadSchedule> {
    let (desk, clock) = (desk::Desk::new(civic.clone()), civic.clock.clone());
    Ok(registry
        .consumer(Kind::Market, category::follow::CountByCategory)
        .consumer(Kind::Market, audit::follow::Audit)
        .consumer(Kind::Market, forward::follow::Forwarder)
        .handler(forward::jobs::SendForward { civic: civic.clone(), ids: ids.clone() })
        .handler(open311::photo::FetchPicture { civic: civic.clone(), ids: ids.clone() })
        .consumer(Kind::Market, map::follow::CountOnMap { directory: directory.clone() })
        .consumer(Kind::Market, trend::follow::CountTrends { directory: directory.clone() })
        .handler(follower::jobs::GoOnErasing { civic: civic.clone() })
        .handler(follower::confirm::ForgetUnconfirmed { civic: civic.clone() })
        .handler(deadline::jobs::Escalate { desk, clock, ids: ids.clone() })
        .handler(keep::jobs::KeepNightly { civic: civic.clone(), ids: ids.clone() })
        .schedule(Kind::Market, keep::jobs::schedule()?))
}

/// Tells people what happens to what they reported or follow.
pub fn tell(registry: Registry, civic: &Arc<Civic>, messages: Arc<dyn Messages>) -> Registry {
    let more = Tell { civic: civic.clone(), messages: messages.clone() };
    let tell = Tell { civic: civic.clone(), messages };
    registry.consumer(Kind::Market, tell).handler(TellMore(more))
}

/// Tells staff of deadlines that are near or over.
pub fn tell_staff(
    registry: Registry,
    civic: &Arc<Civic>,
    staff: Arc<dyn deadline::follow::Staff>,
    mail: Arc<follower::mail::Mail>,
) -> Registry {
    registry.consumer(Kind::Market, deadline::follow::TellStaff { civic: civic.clone(), staff, mail })
}

pub fn part() -> Part {
    const STEPS: &[Step] = &[
        store::step!("0001"),
        store::step!("0002"),
        store::step!("0003"),
        store::step!("0004"),
        store::step!("0005"),
        store::step!("0006"),
        store::step!("0007"),
        store::step!("0008"),
        store::step!("0009"),
    ];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        request::repo::STATEMENTS,
        request::history::STATEMENTS,
        follower::repo::STATEMENTS,
        category::repo::STATEMENTS,
        load::repo::STATEMENTS,
        rules::repo::STATEMENTS,
        address::repo::STATEMENTS,
        area::repo::STATEMENTS,
        duplicate::repo::STATEMENTS,
        hours::repo::STATEMENTS,
        agency::repo::STATEMENTS,
        desk::repo::STATEMENTS,
        queue::repo::STATEMENTS,
        queue::filter::STATEMENTS,
        deadline::repo::STATEMENTS,
        audit::repo::STATEMENTS,
        map::names::STATEMENTS,
        map::repo::STATEMENTS,
        trend::repo::STATEMENTS,
        keep::repo::STATEMENTS,
        open311::repo::STATEMENTS,
        forward::repo::STATEMENTS,
    ]
    .concat()
}
