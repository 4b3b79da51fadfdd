//! The bus over real files and a real PostgreSQL, with a clock that stands still until told otherwise.
#![expect(clippy::unwrap_used, reason = "what fails in a test's world fails the test")]

mod chaos;
mod jobs;
mod relay;
mod world;
