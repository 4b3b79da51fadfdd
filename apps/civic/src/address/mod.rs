//! Places by their address, and addresses by their place.
//!
//! ```text
//! words.rs      an address as the words it is looked for by
//! gazetteer.rs  answers from the market's own address points
//! nominatim.rs  answers from a service that speaks as Nominatim does
//! over_http.rs  how its questions travel
//! chain.rs      one adapter after the other, each left alone while it fails; answers are kept
//! import.rs     address points from a file
//! ```

mod chain;
mod csv;
mod gazetteer;
pub mod http;
pub mod import;
pub mod model;
pub mod nominatim;
pub mod over_http;
pub mod repo;
#[cfg(test)]
mod tests;
mod words;

pub use chain::Addresses;
pub use gazetteer::Gazetteer;
pub use model::{Asked, Candidate, Precision, Resolver, Trouble};
pub use nominatim::{ByAreas, Nominatim};
pub use over_http::OverHttp;
