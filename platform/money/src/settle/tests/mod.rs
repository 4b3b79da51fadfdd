//! Settlement on rows of both engines.

mod page;
mod runs;
mod stories;
mod world;
