//! What citizens do, on both storage engines.

mod citizens;
mod lists;
mod owning;
mod telling;
mod world;
