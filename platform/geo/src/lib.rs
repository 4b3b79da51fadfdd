//! Points, boxes, cells and shapes: where things are, how the databases find what lies in a box, and
//! which of many shapes a point lies in.
//!
//! A place is kept as two integers in ten-millionths of a degree (about a centimetre) and one
//! non-negative Morton code. A box on the map becomes a few ranges of codes, which any ordered
//! index answers; nothing here needs an extension of a database.

mod bbox;
mod cell;
mod cover;
pub mod geojson;
mod limits;
mod point;
mod shape;
mod tile;

pub use bbox::BoundingBox;
pub use cell::{Cell, LEVEL_MAX};
pub use cover::cover;
pub use limits::{COVER_RANGES_MAX, FEATURES_MAX, GEOJSON_BYTES_MAX, VERTICES_MAX};
pub use point::{OutOfRange, Point};
pub use shape::{Broken, Misshapen, Shape, ShapeIndex, Trouble};
pub use tile::{Spot, Tile, ZOOM_MAX};
