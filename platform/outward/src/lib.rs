//! The one way in which the program calls others over HTTP.
//!
//! Whoever speaks to a provider, a city's own system or a person's webhook goes through [`Outward`],
//! so that every call has an end, a bounded answer, a breaker for its destination, and never reaches
//! the machine's own neighbourhood because somebody outside wrote down an address that leads there.
//!
//! ```text
//! client.rs    send: destination, breaker, time, tries, redirects
//! request.rs   what is asked, and under which limits
//! response.rs  what came back, whole and bounded
//! error.rs     why nothing useful came back, and whether it may have arrived all the same
//! retry.rs     pure: what may be tried again, and when
//! address.rs   pure: which addresses are public, which inner ones are allowed
//! names.rs     names to addresses; those that are not allowed are never connected to
//! breakers.rs  one breaker and one queue for each destination
//! seal.rs      how secrets are kept that are sent to others
//! ```
//!
//! Nothing here logs an address: a path or a query may be a secret. Errors name scheme, host and port.

mod address;
mod breakers;
mod client;
mod error;
pub mod limits;
mod names;
mod request;
mod response;
pub mod retry;
pub mod seal;
mod tls;

pub use address::{BadDestination, Destination, is_public};
pub use client::{Outward, Settings, Unusable};
pub use error::Error;
pub use names::{Names, SystemNames};
pub use request::Request;
pub use response::Response;
