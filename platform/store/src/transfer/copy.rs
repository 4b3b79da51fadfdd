//! Rows from a source into a sink.

use std::sync::Arc;

use rusqlite::Connection;
use tokio_postgres::Client;

use super::batch::{self, Receiver, Sender};
use super::error::{Outcome, TransferError};
use super::file::Draft;
use super::layout::Table;
use super::rows_sqlite::Bounds;
use super::tally::Tally;
use super::watch::Watch;
use super::{rows_postgres, rows_sqlite};
use crate::error::StoreError;

pub(super) type Tables = Arc<[Table]>;

pub(super) enum Source {
    File {
        connection: Connection,
        shown: String,
        bounds: Option<Bounds>,
    },
    /// In a transaction that sees one moment.
    Server(Client),
}

pub(super) enum Sink {
    File(Draft),
    /// In a transaction.
    Server(Client),
}

/// Long work with files has threads of its own, so that readers keep theirs.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError::Bug("a thread of a transfer gave up".into()).into()))
}

pub(super) async fn copy(
    source: Source,
    sink: Sink,
    tables: &Tables,
    watch: &Watch,
) -> Outcome<(Vec<Tally>, Sink)> {
    let (sender, receiver) = batch::queue();
    let (read, written) =
        tokio::join!(source.read(tables, Some(sender), watch), sink.take_all(tables, receiver));
    // A sink that fails makes its source stop, and has the better reason.
    let sink = written?;
    Ok((read?, sink))
}

impl Source {
    pub(super) async fn read(
        self,
        tables: &Tables,
        sender: Option<Sender>,
        watch: &Watch,
    ) -> Outcome<Vec<Tally>> {
        match self {
            Source::Server(client) => rows_postgres::read(&client, tables, sender.as_ref(), watch).await,
            Source::File { connection, shown, bounds } => {
                let (tables, watch) = (tables.clone(), watch.clone());
                apart(move || {
                    rows_sqlite::read(&connection, &shown, &tables, bounds.as_ref(), &watch, |batch| {
                        let Some(sender) = &sender else { return Ok(()) };
                        sender
                            .blocking_send(batch)
                            .map_err(|_| TransferError::Stopped("the other end is gone".into()))
                    })
                })
                .await
            }
        }
    }
}

impl Sink {
    async fn take_all(self, tables: &Tables, mut receiver: Receiver) -> Outcome<Self> {
        match self {
            Sink::Server(client) => {
                while let Some(batch) = receiver.recv().await {
                    rows_postgres::write(&client, tables, &batch).await?;
                }
                Ok(Sink::Server(client))
            }
            Sink::File(draft) => {
                let tables = tables.clone();
                apart(move || {
                    while let Some(batch) = receiver.blocking_recv() {
                        rows_sqlite::write(&draft.connection, &draft.shown, &tables, &batch)?;
                    }
                    Ok(Sink::File(draft))
                })
                .await
            }
        }
    }
}

/// The first table in which the two differ.
pub(super) fn compare(tables: &Tables, one: &[Tally], other: &[Tally]) -> Outcome<()> {
    let mut all = tables.iter().zip(one.iter().zip(other));
    match all.find(|(_, (one, other))| !one.agrees(other)) {
        None if one.len() == other.len() => Ok(()),
        None => Err(TransferError::Differs("the number of its tables".into())),
        Some((table, (one, other))) => {
            Err(TransferError::Differs(format!("table {}: {} and {} rows", table.name, one.rows, other.rows)))
        }
    }
}
