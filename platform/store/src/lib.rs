//! What is kept. A [`Market`] is the only seam between SQL text and two engines: `read` what a
//! command needs, `commit` what it decided. This crate alone knows `rusqlite` and `tokio-postgres`.
//!
//! ```text
//! market.rs    the handle an app gets: one, list, snapshot, commit
//! config.rs    which databases there are
//! place.rs     which market, of which kind, in which database
//! schema.rs    numbered steps that make the tables, per engine
//! base.rs      the store's own tables: events and jobs, written with every decision
//! row.rs       rows and values as both engines give them
//! basket.rs    what rows are put into on their way to the caller
//! sqlite/      one file per market: a writer that commits in groups, readers beside it
//! transfer/    markets into files and out of them, from one database to another
//! postgres/    many markets in the same tables, kept apart by row-level security
//! ```

mod base;
mod basket;
mod config;
mod error;
pub mod limits;
mod market;
mod place;
mod postgres;
mod row;
pub mod schema;
mod sqlite;
mod store;
mod transfer;

pub use base::STATEMENTS;
pub use base::{EVENTS_AFTER, Event, LAST_POSITION, part};
pub use config::{DEFAULT, EMBEDDED, FOLDER, StoreConfig};
pub use error::{CommitError, StoreError};
pub use market::{Market, Query, Rows, Stamp};
pub use place::{Kind, Place};
pub use row::{FromRow, FromValue, Row, ValueRef};
pub use store::{DatabaseStats, Listener, News, Stats, Store};
pub use transfer::{Label, Manifest, Progress, Recovered, Report, Stage, Tally, TransferError, Watch};
