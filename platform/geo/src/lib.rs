//! Points, boxes and cells.
