//! How many orders each cell will have in each hour, and how many riders that wants.
//!
//! ```text
//! calendar.rs  what kind of hour it is: day of the week, hour, pay-day, holiday
//! fit.rs       the model: a base, times a factor for each of these
//! score.rs     how far off it was in a week that it had not seen, beside the naive guess
//! feed.rs      orders as they come, counted by cell and hour
//! jobs.rs      every night it is fitted anew
//! ```

pub mod calendar;
pub mod feed;
pub mod fit;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod repo;
pub mod score;
#[cfg(test)]
mod tests;
