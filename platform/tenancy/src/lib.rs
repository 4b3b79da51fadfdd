//! Which brands there are, where they serve, and how an address leads to them.
//!
//! ```text
//! operations.rs  what the command line does: add, bind, switch, place; all may be repeated
//! directory/     everything in memory: an address to its site in well under a microsecond
//! tenant/        a brand: model, decide, repo
//! market/        a tenant in one place: model, decide, repo, http
//! provider/      who serves in a market: model, decide, repo, http
//! words.rs       slugs, hosts, zones, currencies: pure checks that name each fault
//! country.rs     countries and how their telephones are dialled
//! ```
//!
//! Tenants, markets and hosts are rows of the system's market; providers are rows of their own.

pub mod country;
pub mod directory;
pub mod limits;
pub mod market;
mod operations;
pub mod provider;
pub mod tenant;
pub mod words;

use std::sync::Arc;

use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};

pub use country::Country;
pub use directory::{Directory, Resolved};
pub use market::NewMarket;
pub use operations::{Listed, Operations, Outcome};
pub use provider::Provider;
pub use tenant::{NewTenant, Tenant};

/// Every statement of this crate, with the kind of market whose tables it needs.
pub const STATEMENTS: &[(Kind, &[Sql])] = &[
    (Kind::System, directory::STATEMENTS),
    (Kind::System, tenant::repo::STATEMENTS),
    (Kind::System, market::repo::STATEMENTS),
    (Kind::Market, provider::repo::STATEMENTS),
];

/// The system's tables, and those of each market.
pub fn parts() -> [Part; 2] {
    const SYSTEM: &[Step] = &[store::step!("0001")];
    const MARKET: &[Step] = &[store::step!("market/0001")];
    [
        Part { name: "tenancy", kind: Some(Kind::System), steps: SYSTEM },
        Part { name: "tenancy_market", kind: Some(Kind::Market), steps: MARKET },
    ]
}

pub fn endpoints(directory: Arc<Directory>) -> Vec<web::Endpoint> {
    [market::http::endpoints(directory), provider::http::endpoints()].concat()
}
