//! What somebody sends: piece by piece, in the time it takes, before or after the form it belongs to.

pub mod decide;
pub(crate) mod http;
pub(crate) mod jobs;
pub mod model;
mod receive;
pub mod repo;
pub mod ticket;

pub use decide::Outcome;
pub use model::{Chunk, MediaId, State, Upload};
pub use ticket::Ticket;
