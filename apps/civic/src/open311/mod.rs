//! Open311 GeoReport v2 over the same requests, the same rules and the same rows: a protocol with its
//! own names, forms and errors, and nothing else of its own.
//!
//! ```text
//! form.rs      pure: one document as XML or JSON       errors.rs  refusals in its form
//! asked.rs     pure: which requests a client wants     view.rs    what it shows of ours
//! sent.rs      pure: a report from a client's fields
//! discovery.rs where everything is                     service.rs what can be reported
//! report.rs    reporting, and asking for its id        read.rs    lists, single requests, updates
//! pair.rs      both endpoints of one handler        site.rs    what every call has in common
//! photo.rs     the job that fetches a picture by its address
//! ```

mod asked;
mod discovery;
mod errors;
mod form;
mod pair;
pub mod photo;
mod read;
pub mod repo;
mod report;
mod sent;
mod service;
mod site;
mod view;

use std::sync::Arc;

use kernel::RefusalKind;
use web::Endpoint;

use crate::civic::Civic;

/// All that the protocol offers under a market.
pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let all = [
        discovery::endpoints(civic),
        service::endpoints(civic),
        report::endpoints(civic),
        read::endpoints(civic),
    ];
    // A key or token that is not good is 403 here, also where none is needed.
    let own =
        |endpoint: Endpoint| endpoint.outside().refusals_as(errors::turned).refuses([RefusalKind::Forbidden]);
    all.concat().into_iter().map(own).collect()
}
