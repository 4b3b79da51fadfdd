//! When a store is open, by the clock on its wall.
//!
//! ```text
//! model.rs    spans of a day, a week of them, and days unlike others
//! text.rs     hours as people write them, with everything that is wrong
//! opening.rs  whether it is open, until when, and when it opens next: pure
//! ```

pub mod model;
mod opening;
pub mod text;

pub use model::{Hours, Span, Spans, SpecialDay, Week};
pub use text::{HoursText, SpanText, WeekText};

#[cfg(test)]
mod tests;
