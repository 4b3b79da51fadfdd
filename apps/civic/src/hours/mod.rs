//! When a market works, and by when something is due that is promised in working time.

pub mod calendar;
pub mod decide;
pub mod http;
pub mod icalendar;
pub mod model;
pub mod repo;
#[cfg(test)]
mod tests;

pub use calendar::{Allowance, Calendar, Due, Pause};
