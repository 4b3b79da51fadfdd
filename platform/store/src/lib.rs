//! What is kept. A [`Market`] is the only seam between SQL text and two engines: `read` what a
//! command needs, `commit` what it decided. This crate alone knows `rusqlite` and `tokio-postgres`.
//!
//! ```text
//! market.rs    the handle an app gets: one, list, snapshot, commit
//! place.rs     which market, of which kind, in which database
//! schema.rs    numbered steps that make the tables, per engine
//! base.rs      the store's own tables: events and jobs, written with every decision
//! row.rs       rows and values as both engines give them
//! sqlite/      one file per market: a writer that commits in groups, readers beside it
//! ```

mod base;
mod error;
pub mod limits;
mod market;
mod place;
mod row;
pub mod schema;
mod sqlite;
mod store;

pub use base::{Event, STATEMENTS, part};
pub use error::{CommitError, StoreError};
pub use market::{Market, Query, Rows, Stamp};
pub use place::{Kind, Place};
pub use row::{FromRow, FromValue, Row, ValueRef};
pub use store::{Listener, News, Store, StoreConfig};
