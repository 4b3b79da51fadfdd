//! Points, boxes and cells: where things are, and how the databases find what lies in a box.
//!
//! A place is kept as two integers in ten-millionths of a degree (about a centimetre) and one
//! non-negative Morton code. A box on the map becomes a few ranges of codes, which any ordered
//! index answers; nothing here needs an extension of a database.

mod bbox;
mod cell;
mod cover;
mod limits;
mod point;

pub use bbox::BoundingBox;
pub use cell::{Cell, LEVEL_MAX};
pub use cover::cover;
pub use limits::COVER_RANGES_MAX;
pub use point::{OutOfRange, Point};
