//! Jobs, and who is offered them.
//!
//! ```text
//! model.rs      a job, an offer, their states
//! decide.rs     pure: request, offer, accept, refuse, expire, reassign, cancel, done
//! repo.rs       their statements
//! change.rs     the same with their load, for apps and for this crate's own endpoints
//! companion.rs  what an app commits together with each step of its jobs
//! window.rs     who is offered what, every few seconds while jobs wait
//! plan.rs       pure: from rows to a problem for the solver, and back to offers
//! jobs.rs       the work in the background: windows, and offers that have expired
//! http.rs       a worker's own offers
//! ```
//!
//! A job is `waiting` until somebody is offered it, then `offered` until somebody takes it, then
//! `assigned` until it is `done`; it may be `cancelled` before that. All that happens to a job or to its
//! offers changes the job's row at the version that was read. So of fifty people who accept at once one
//! finds the job as it was read, and the others read it again, and hear that it is gone.

mod change;
pub mod companion;
pub mod decide;
pub mod http;
pub(crate) mod jobs;
mod model;
mod plan;
pub mod repo;
#[cfg(test)]
mod tests;
mod window;

pub use change::{accept, cancel, done, expire, offer, picked_up, reassign, refuse, request, retime};
pub use companion::{Barred, Companion, Step};
pub use decide::{ASSIGNED, CANCELLED, DONE, JobTold, OFFERED, PICKED_UP, REQUESTED, UNSERVED};
pub use model::{
    Job, JobId, JobState, JobView, NewJob, Offer, OfferId, OfferState, OfferView, Proposal, Rings, Timing,
};
pub use window::Looked;
