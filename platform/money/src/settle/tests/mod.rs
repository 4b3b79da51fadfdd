//! Settlement on rows of both engines.

mod desk;
mod page;
mod runs;
mod stories;
mod world;
