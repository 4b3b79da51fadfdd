//! How many there are. What a buyer wants is reserved in one decision, for a time; it is sold, or given
//! back, once.
//!
//! ```text
//! model.rs   a count of things, what is wanted of them, and a reservation
//! decide.rs  reserving, buying at once, selling, giving back: pure
//! repo.rs    guarded changes of the counts: nobody reads one to write it
//! jobs.rs    giving back what nobody paid for in time
//! ```

pub mod decide;
pub mod jobs;
pub mod model;
pub mod repo;

pub use model::{Reservation, ReservationId, Reserved, Stock, StockId, Want};

#[cfg(test)]
mod tests;
