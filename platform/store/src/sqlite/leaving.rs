//! How a market's file stops taking commits, starts again, and goes away for good.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::connect;
use super::engine::failure;
use super::file::{OpenFile, Turned};
use super::mark::Mark;
use super::slot::Slot;
use crate::error::{CommitError, StoreError};
use crate::schema::Schema;

impl Slot {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn schema(&self) -> Result<Arc<Schema>, StoreError> {
        Ok(self.files()?.schema.clone())
    }

    /// What the file is marked as; `None` when there is no file. Blocks.
    pub(crate) fn mark(&self) -> Result<Option<Mark>, StoreError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let connection = self.reader()?;
        Mark::of(&connection).map(Some).map_err(|error| failure(&self.place.name, "reading its mark", error))
    }

    /// A connection of the caller's own, for a read that takes long. Blocks.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        connect::reader(&self.place, &self.path)
    }

    /// Opens the file where it is not open yet, which brings its tables up to date.
    pub(crate) async fn prepare(self: &Arc<Self>) -> Result<(), StoreError> {
        self.opened().await.map(drop)
    }

    /// From here on commits are refused; those before it are done when this returns.
    pub(crate) async fn freeze(self: &Arc<Self>) -> Result<(), StoreError> {
        self.write_mark(Mark::Frozen).await
    }

    pub(crate) async fn thaw(self: &Arc<Self>) -> Result<(), StoreError> {
        self.write_mark(Mark::Serving).await
    }

    async fn write_mark(self: &Arc<Self>, mark: Mark) -> Result<(), StoreError> {
        loop {
            let file = self.opened().await?;
            match file.submit_mark(mark) {
                Ok(answer) => {
                    let outcome = answer.await.unwrap_or(Err(CommitError::Failed(StoreError::Busy)));
                    file.marked(mark, outcome)?;
                    // It may have been closed and opened anew meanwhile.
                    if let Some(current) = &*self.file.lock() {
                        current.set_frozen(mark == Mark::Frozen);
                    }
                    return Ok(());
                }
                Err(Turned::Retired(_)) => self.forget(&file),
                Err(Turned::Away | Turned::Frozen) => return Err(StoreError::Busy),
            }
        }
    }

    /// A copy that waits for its turn becomes the market. Nobody has the file open: it refuses that.
    pub(crate) fn admit(&self) -> Result<(), StoreError> {
        let fail = |error| failure(&self.place.name, "admitting", error);
        let connection = Connection::open(&self.path).map_err(fail)?;
        connection.execute_batch("pragma synchronous = full").map_err(fail)?;
        connection.pragma_update(None, "application_id", Mark::Serving.number()).map_err(fail)?;
        self.gone.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whoever still has this handle is told that the market is moving, not that it never was.
    pub(crate) fn say_gone(&self, gone: bool) {
        self.gone.store(gone, Ordering::Relaxed);
    }

    /// All that was committed goes from the log into the file, so that removing the two is one act.
    pub(crate) fn fold_log(&self) -> Result<(), StoreError> {
        let fail = |error| failure(&self.place.name, "folding its log", error);
        let connection = Connection::open(&self.path).map_err(fail)?;
        connection.busy_timeout(crate::limits::LOCK_WAIT).map_err(fail)?;
        let busy: i64 =
            connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0)).map_err(fail)?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
    }

    /// Where a copy is written before it is complete.
    pub(crate) fn arriving(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".arriving");
        name.into()
    }
}

impl OpenFile {
    /// The outcome of the commit that carries the mark decides what is taken from now on.
    fn marked(&self, mark: Mark, outcome: Result<(), CommitError>) -> Result<(), StoreError> {
        match outcome {
            Ok(()) => {
                self.set_frozen(mark == Mark::Frozen);
                Ok(())
            }
            Err(error) => {
                // It may or may not be in the file: whoever opens it again will see.
                self.retire();
                Err(match error {
                    CommitError::Failed(error) => error,
                    other => StoreError::Down(other.to_string()),
                })
            }
        }
    }
}
