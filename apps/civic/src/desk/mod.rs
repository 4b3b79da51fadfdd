//! What the city's staff do to a request: move it, give it to somebody, answer, write down, put right,
//! hide, tie it to the one it repeats. Staff of an agency reach what is routed to their agency and
//! nothing else; the market's own staff reach all of it.
//!
//! ```text
//! wish.rs     what a call asks for, as it is written
//! model.rs    an act, who does it, and what staff see
//! decide.rs   acts on one request
//! merge.rs    duplicates: one tie, one root, and the way back
//! record.rs   what every act leaves: the row, an entry of the history, an event
//! bulk.rs     one act on many requests, in one commit
//! load.rs     what a decision must know
//! seams.rs    what is asked of others: working hours, who works where
//! ```

pub mod bulk;
pub mod bulk_http;
pub mod decide;
pub mod edit;
pub mod http;
pub mod load;
pub mod merge;
pub mod model;
pub mod record;
pub mod repo;
pub mod seams;
pub mod wish;

pub use seams::{City, Desk, Hours};
