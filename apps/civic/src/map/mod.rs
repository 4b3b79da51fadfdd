//! The map: counters by cell and day, kept by events, and what is drawn from them.
//!
//! ```text
//! told.rs     what the counters hear: how a request stood before and stands after
//! period.rs   all time, months, days; any days as few of them
//! names.rs    short numbers for categories, areas, agencies
//! sums.rs     counts as bytes, and adding them up
//! ledger.rs   rows of counts: read, merged, written once a batch
//! count.rs    what a request adds to which rows
//! follow.rs   the consumer
//! repo.rs     statements
//! which.rs    filters
//! cells.rs    cells of a tile or a box, from the counters
//! points.rs   requests of a tile or a box
//! tile.rs     a tile as GeoJSON or vector tile (mvt.rs)
//! picture.rs  the map as a picture, with the edges of areas (outline.rs)
//! http.rs     endpoints
//! ```
//!
//! The map shows what is there: requests that are hidden, merged into another or archived are taken
//! off it. Each of the others is counted once in every block zoom and in every period it was reported
//! in, so that children sum to their parents and the world to the number of requests.

pub mod cells;
pub mod count;
pub mod follow;
pub mod http;
pub mod ledger;
pub mod limits;
mod mvt;
pub mod names;
mod outline;
pub mod period;
pub mod picture;
pub mod points;
pub mod repo;
pub mod sums;
pub mod tile;
pub mod told;
pub mod which;

#[cfg(test)]
mod tests;
