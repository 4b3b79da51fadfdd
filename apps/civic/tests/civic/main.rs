//! What citizens do, on both storage engines.

mod citizens;
mod lists;
mod world;
