//! How long things are kept. What is personal about a closed request goes first; long after that the
//! request itself leaves the tables for an object, from which it is read and may be brought back.
//!
//! ```text
//! model.rs    what is taken out of the tables, and where it lies then
//! line.rs     one request as a line of JSON
//! pack.rs     lines in one object, each compressed by itself
//! objects.rs  what is asked of whoever keeps objects
//! scrub.rs    addresses and numbers that somebody wrote into a text
//! decide.rs   pure: what is ready, what each step changes
//! repo.rs     statements
//! gather.rs   what is ready, read from the tables
//! run.rs      the steps of archiving and erasing, each of which may be the last
//! read.rs     one request out of its object
//! check.rs    whether objects are as they were written
//! jobs.rs     every night
//! http.rs     bringing one back
//! ```
//!
//! Pictures stay where they are: what an archived request shows is a part of the city's record like its
//! text, and their objects are out of the tables already.

pub mod check;
pub mod decide;
pub mod gather;
pub mod http;
pub mod jobs;
mod line;
pub mod model;
pub mod objects;
mod pack;
pub mod read;
pub mod repo;
pub mod run;
mod scrub;

use std::sync::Arc;

pub use objects::{NoObjects, Objects, Trouble};
pub use read::Cache;

/// What this part needs of others, and what it keeps in memory.
pub struct Keep {
    pub objects: Arc<dyn Objects>,
    pub cache: Cache,
}

impl Default for Keep {
    fn default() -> Self {
        Self { objects: Arc::new(NoObjects), cache: Cache::default() }
    }
}
