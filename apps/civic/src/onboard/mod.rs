//! What a city begins with, as data: a template of ours, a file of its own, or what an Open311 endpoint
//! says of itself.
//!
//! ```text
//! city.rs       what can be said of a city, and what is wrong with it
//! holidays.rs   rules become the dates of a year
//! templates.rs  the cities that come with the program
//! open311.rs    services and their definitions become categories
//! agencies.rs   agencies, teams and routes that a market lacks
//! areas.rs      the areas that a market lacks
//! hours.rs      working hours and holidays that a market lacks
//! categories.rs  the categories that a market lacks
//! rehearse.rs   whether a report would be taken
//! tale.rs       what was reported and what came of it, for platforms to try
//! ```

pub mod agencies;
pub mod areas;
pub mod categories;
pub mod city;
pub mod holidays;
pub mod hours;
pub mod open311;
pub mod rehearse;
pub mod tale;
pub mod templates;
