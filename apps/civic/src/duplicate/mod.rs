//! Whether a report speaks of what was reported already.
//!
//! ```text
//! score.rs     how likely two reports are one, as a pure function with named weights
//! trigrams.rs  how alike two texts are, in any language
//! find.rs      what a report may repeat
//! repo.rs      the open reports around a point, from the index alone
//! labelled.rs  made-up reports of which it is known, for choosing the thresholds (tests only)
//! ```

pub mod find;
pub mod http;
#[cfg(test)]
mod labelled;
pub mod repo;
pub mod score;
#[cfg(test)]
mod tests;
mod trigrams;

pub use score::{Known, LIKELY_MIN, Parts, Report, SUGGEST_MIN, Scored, Weights, score};
pub use trigrams::Trigrams;
