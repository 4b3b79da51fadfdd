//! The writer of one file: takes all waiting decisions, commits once, then answers all.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, ErrorCode, ffi};

use super::checkpoint;
use super::engine::{Fault, apply, failure};
use super::file::{OpenFile, Waiting};
use super::mark::Mark;
use crate::error::{CommitError, StoreError};
use crate::limits;

type Outcome = Result<(), CommitError>;

/// One thread while there is work, and a little longer.
pub(super) fn start(file: Arc<OpenFile>, connection: Option<Connection>) {
    let its = file.clone();
    let work = move || {
        let _leave_nobody_waiting = GivesUp(its.clone());
        let mut connection = match connection.map_or_else(|| its.open_writer(), Ok) {
            Ok(connection) => connection,
            Err(error) => return its.give_up(&error),
        };
        let mut room = Room::small(&connection);
        while let Some((batch, given_back)) = its.next_batch(connection) {
            connection = given_back;
            room.make_for(&connection, batch.iter().map(|waiting| waiting.changes.len()).sum());
            if let Err(error) = carry_out(&its, &connection, batch) {
                tracing::error!(market = %its.place.name, %error, "the writer lost its file");
                its.give_up(&error);
                return;
            }
            checkpoint::after_commit(&its, &connection);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("writer".into()).spawn(work) {
        file.give_up(&StoreError::Down(format!("a writer thread does not start: {error}")));
    }
}

/// How many pages the writer keeps at hand. Loads go all over a file and gain from many. All others
/// would pay for them: as long as a file is smaller than a gigabyte, SQLite looks through all that it
/// keeps at each commit that split a page.
struct Room {
    /// Small batches until it is small again.
    left: u32,
}

impl Room {
    /// The connection may have rested since a load, which left it wide.
    fn small(connection: &Connection) -> Self {
        keep(connection, limits::WRITER_CACHE_KIB);
        Self { left: 0 }
    }

    fn make_for(&mut self, connection: &Connection, changes: usize) {
        let was_wide = self.left > 0;
        self.left = if changes >= limits::LOAD_CHANGES_MIN {
            limits::SMALL_BATCHES_AFTER_LOAD
        } else {
            self.left.saturating_sub(1)
        };
        if was_wide != (self.left > 0) {
            keep(connection, if self.left > 0 { limits::LOAD_CACHE_KIB } else { limits::WRITER_CACHE_KIB });
        }
    }
}

fn keep(connection: &Connection, kib: i64) {
    if let Err(error) = connection.pragma_update(None, "cache_size", -kib) {
        tracing::warn!(%error, "a writer keeps as many pages as before");
    }
}

/// Tells everyone when the thread ends by a panic; whoever comes later opens the file anew.
struct GivesUp(Arc<OpenFile>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up(&StoreError::Bug("the writer panicked".into()));
        }
    }
}

/// Answers everyone; an error means that the connection is of no more use.
fn carry_out(file: &OpenFile, connection: &Connection, batch: Vec<Waiting>) -> Result<(), StoreError> {
    let (market, since) = (&*file.place.name, Instant::now());
    let outcomes = match commit_together(market, connection, &batch) {
        Together::Done => None,
        Together::Guarded => Some(commit_one_by_one(market, connection, &batch)),
        Together::Failed(error) => Some(Err(error)),
    };
    file.shared.wrote(batch.len(), since);
    match outcomes {
        None => batch.into_iter().for_each(|waiting| drop(waiting.reply.send(Ok(())))),
        Some(Ok(outcomes)) => {
            for (waiting, outcome) in batch.into_iter().zip(outcomes) {
                let _ = waiting.reply.send(outcome);
            }
        }
        Some(Err(lost)) => {
            for waiting in batch {
                let _ = waiting.reply.send(Err(lost.for_caller()));
            }
            if lost.is_lasting() {
                return Err(lost.error);
            }
        }
    }
    Ok(())
}

enum Together {
    Done,
    /// Some guard did not hold: nothing was committed.
    Guarded,
    Failed(Lost),
}

/// Nothing more can be written now.
struct Lost {
    error: StoreError,
    /// It failed in the commit itself.
    in_commit: bool,
}

impl Lost {
    fn before_commit(error: StoreError) -> Self {
        Self { error, in_commit: false }
    }

    fn for_caller(&self) -> CommitError {
        match (&self.error, self.in_commit) {
            // A full disk is noticed while writing, so the commit record is not there.
            (StoreError::Full { .. } | StoreError::Busy, _) | (_, false) => {
                CommitError::Failed(self.error.clone())
            }
            (error, true) => CommitError::Unknown(error.to_string()),
        }
    }

    fn is_lasting(&self) -> bool {
        !matches!(self.error, StoreError::Busy | StoreError::Full { .. })
    }
}

/// Without savepoints: most batches hold, and then the savepoints would have been for nothing.
fn commit_together(market: &str, connection: &Connection, batch: &[Waiting]) -> Together {
    let is_frozen = match begin(market, connection) {
        Ok(is_frozen) => is_frozen,
        Err(lost) => return Together::Failed(lost),
    };
    if is_frozen && batch.iter().any(|waiting| !waiting.is_mark) {
        return guarded(market, connection);
    }
    for change in batch.iter().flat_map(|waiting| &waiting.changes) {
        match apply(market, connection, change) {
            Ok(()) => {}
            Err(Fault::Decision(_)) => return guarded(market, connection),
            Err(Fault::File(error)) => {
                let _ = roll_back(market, connection);
                return Together::Failed(Lost::before_commit(error));
            }
        }
    }
    match commit(market, connection) {
        Ok(()) => Together::Done,
        Err(lost) => Together::Failed(lost),
    }
}

fn guarded(market: &str, connection: &Connection) -> Together {
    match roll_back(market, connection) {
        Ok(()) => Together::Guarded,
        Err(lost) => Together::Failed(lost),
    }
}

/// Each decision in a savepoint of its own: the ones that hold are committed, the others are not.
fn commit_one_by_one(market: &str, connection: &Connection, batch: &[Waiting]) -> Result<Vec<Outcome>, Lost> {
    let mut is_frozen = begin(market, connection)?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for waiting in batch {
        if is_frozen && !waiting.is_mark {
            outcomes.push(Err(StoreError::Frozen(market.to_owned()).into()));
            continue;
        }
        execute(market, connection, "savepoint decision").map_err(Lost::before_commit)?;
        let outcome = waiting.changes.iter().try_for_each(|change| apply(market, connection, change));
        match outcome {
            Ok(()) => outcomes.push(Ok(())),
            Err(Fault::Decision(error)) => {
                execute(market, connection, "rollback to decision").map_err(Lost::before_commit)?;
                outcomes.push(Err(error));
            }
            Err(Fault::File(error)) => {
                let _ = roll_back(market, connection);
                return Err(Lost::before_commit(error));
            }
        }
        execute(market, connection, "release decision").map_err(Lost::before_commit)?;
        if waiting.is_mark {
            is_frozen = reads_frozen(market, connection)?;
        }
    }
    commit(market, connection)?;
    Ok(outcomes)
}

/// Says whether the market is frozen: a file that was closed may still have decisions to carry out when
/// the same file, opened anew, is given the mark. What is in the file decides.
fn begin(market: &str, connection: &Connection) -> Result<bool, Lost> {
    execute(market, connection, "begin immediate").map_err(Lost::before_commit)?;
    reads_frozen(market, connection)
}

fn reads_frozen(market: &str, connection: &Connection) -> Result<bool, Lost> {
    let mark = Mark::of(connection).map_err(|error| failure(market, "reading its mark", error));
    mark.map(|mark| mark == Mark::Frozen).map_err(|error| {
        let _ = roll_back(market, connection);
        Lost::before_commit(error)
    })
}

fn commit(market: &str, connection: &Connection) -> Result<(), Lost> {
    execute(market, connection, "commit").map_err(|error| {
        let _ = roll_back(market, connection);
        Lost { error, in_commit: true }
    })
}

/// Some errors roll back by themselves; then there is nothing left to do.
fn roll_back(market: &str, connection: &Connection) -> Result<(), Lost> {
    if connection.is_autocommit() {
        return Ok(());
    }
    execute(market, connection, "rollback").map_err(Lost::before_commit)
}

fn execute(market: &str, connection: &Connection, text: &'static str) -> Result<(), StoreError> {
    let run = || connection.prepare_cached(text)?.raw_execute();
    match run() {
        Ok(_) => Ok(()),
        Err(rusqlite::Error::SqliteFailure(ffi::Error { code: ErrorCode::DatabaseBusy, .. }, _)) => {
            Err(StoreError::Busy)
        }
        Err(error) => Err(failure(market, text, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_is_wide_only_while_it_loads() {
        let connection = Connection::open_in_memory().unwrap();
        let kept = || -connection.pragma_query_value(None, "cache_size", |row| row.get::<_, i64>(0)).unwrap();
        let mut room = Room::small(&connection);
        assert_eq!(kept(), limits::WRITER_CACHE_KIB);
        room.make_for(&connection, limits::LOAD_CHANGES_MIN - 1);
        assert_eq!(kept(), limits::WRITER_CACHE_KIB);
        room.make_for(&connection, limits::LOAD_CHANGES_MIN);
        for _ in 1..limits::SMALL_BATCHES_AFTER_LOAD {
            room.make_for(&connection, 1);
            assert_eq!(kept(), limits::LOAD_CACHE_KIB);
        }
        room.make_for(&connection, 1);
        assert_eq!(kept(), limits::WRITER_CACHE_KIB);
        room.make_for(&connection, limits::LOAD_CHANGES_MIN);
        // The next thread that writes with it after it has rested.
        let _ = Room::small(&connection);
        assert_eq!(kept(), limits::WRITER_CACHE_KIB);
    }
}
