//! PostgreSQL: many markets in the same tables, kept apart by row-level security under a plain role.
//!
//! ```text
//! database.rs    one configured database: its pool, its texts, whether its tables are current
//! slot.rs        one market of it
//! pool.rs        bounded connections, each remembering the market it is set to
//! connection.rs  one connection and its prepared statements; sending several requests at once
//! dialect.rs     `?1` to `$1`, the market into conflict targets
//! compose.rs     a decision as one statement
//! texts.rs       texts made once and kept
//! commit.rs      a decision in one round trip: as one statement, or statement by statement
//! read.rs        queries, one or several over one snapshot
//! sequencer.rs   positions for committed events; which markets have something waiting
//! leaving.rs     how a market stops taking commits here, starts, and goes away for good
//! migrate.rs     roles, functions, numbered steps, under a lock
//! promote.rs     partitions of its own for a market; removing one
//! values.rs      values and rows in the driver's terms
//! errors.rs      the server's errors in our words
//! ```

mod commit;
mod compose;
mod connection;
mod database;
mod dialect;
mod errors;
mod leaving;
mod migrate;
mod pool;
mod promote;
mod read;
mod sequencer;
mod slot;
mod texts;
mod values;

pub(crate) use database::Database;
pub(crate) use leaving::{failure, state};
pub(crate) use slot::Slot;
pub(crate) use values::value;

/// Reads and writes one market at a time: the one its connection is set to.
const APP_ROLE: &str = "iroko_app";
/// Sees, and only sees, which markets have events or jobs waiting.
const RELAY_ROLE: &str = "iroko_relay";
