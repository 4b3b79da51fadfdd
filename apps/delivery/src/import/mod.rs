//! Many products at once, from a file of comma-separated values. A line is a product, found by the
//! merchant's own number; what a file has no column for stays as it is. Lines that cannot be taken are named
//! with their columns, and hold up no other.
//!
//! ```text
//! model.rs    what came of a file, and what is wrong with its lines
//! columns.rs  which column holds what
//! csv.rs      the lines of a file, one at a time within bounds
//! line.rs     a line's cells become a draft of a product: pure
//! batch.rs    what some drafts change: pure
//! run.rs      one batch after another
//! http.rs     a file that a merchant sends
//! ```

mod batch;
mod columns;
mod csv;
pub mod http;
mod line;
pub mod model;
pub mod run;

pub use columns::Mapping;
pub use model::{LineFault, Summary};
pub use run::{Import, import};

#[cfg(test)]
mod tests;
