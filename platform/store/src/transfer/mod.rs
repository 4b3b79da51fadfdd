//! Markets into files and out of them, from one database to another.
//!
//! ```text
//! export.rs         a market into a file
//! import.rs         a file into a market that is not there yet
//! moving.rs         a market from one database to another
//! archive.rs        a market into a file, and out of its database
//! recover.rs        what is done about an interrupted transfer
//! end.rs            a market at one of its places: freeze, thaw, admit, retire
//! hold.rs           one transfer of a market at a time
//! copy.rs           rows from a source into a sink, read back and compared
//! rows_sqlite.rs    reading and writing rows of a file
//! rows_postgres.rs  reading and writing rows of a server
//! batch.rs          rows on their way
//! file.rs           files that are written whole; files that came from anywhere
//! manifest.rs       what a file says about itself
//! layout.rs         the tables of a kind of market
//! tally.rs          what a table holds, as a number
//! watch.rs          how the caller follows, and stops
//! ```
//!
//! A move changes states in this order; whoever reads the placement finds one place that serves:
//!
//! | interrupted after        | source        | target  | placement | [`Store::recover`](crate::Store::recover) at the placement |
//! |--------------------------|---------------|---------|-----------|-----------------------------------------------|
//! | freezing                 | frozen        | –       | source    | thaws the source                              |
//! | copying, in the middle   | frozen        | a draft | source    | thaws the source; the next copy clears it     |
//! | arrival                  | frozen        | arrived | source    | clears the target, thaws the source           |
//! | the flip                 | frozen        | arrived | target    | admits the target, retires the source         |
//! | admission                | frozen        | serving | target    | retires the source                            |
//! | fencing                  | moved, rows   | serving | target    | removes the rows of the source                |
//! | retirement               | moved or gone | serving | target    | nothing                                       |
//!
//! Should a placement name a place where nothing is, while one other place alone has the market, then
//! recovery says so ([`TransferError::Misplaced`]) and the placement is what has to be mended.
//!
//! A server keeps `resident.state`; a draft is a transaction there, and a file of its own name on
//! disk. A file keeps its state in its header; when it has left, it is gone.

mod archive;
mod batch;
mod copy;
mod end;
mod error;
mod export;
mod file;
mod hold;
mod import;
mod layout;
mod manifest;
mod moving;
mod recover;
mod rows_postgres;
mod rows_sqlite;
mod tally;
mod watch;

pub use error::TransferError;
pub use export::Report;
pub(crate) use hold::Underway;
pub use manifest::{Label, Manifest};
pub use recover::Recovered;
pub use tally::Tally;
pub use watch::{Progress, Stage, Watch};
