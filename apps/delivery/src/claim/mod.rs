//! What was wrong with an order, and what its buyer gets back for it.
//!
//! ```text
//! model.rs     a claim, what was decided of it, and all that claims gave back for one order
//! decide.rs    pure: asked for, answered, decided, disputed, paid
//! division.rs  pure: what goods paid back come to, for each of those who had a share of them
//! posts.rs     what that posts to the ledger, and what statements say of it
//! event.rs     what is told of a claim
//! repo.rs      its rows
//! step.rs      loads what a step needs and commits what was decided
//! jobs.rs      the next thing to be done for a claim
//! http/        the same for buyers, merchants and operators
//! trouble/     what a gateway did not do, or took back, for an order
//! ```

pub mod decide;
pub mod division;
pub mod event;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod posts;
pub mod repo;
pub mod step;
#[cfg(test)]
pub(crate) mod tests;
pub mod trouble;

pub use model::{Claim, ClaimId};
pub use step::Claims;

/// Pictures of what was wrong.
pub const PHOTOS: media::Purpose = media::Purpose { name: "claim", anyone: false };
