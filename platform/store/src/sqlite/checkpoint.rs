//! Checkpoints: the log of a file goes back into the file, mostly beside its writer, which would keep
//! everyone waiting if it did all of that. What came meanwhile is little; the writer adds it between
//! two batches, and then the log begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

use crossbeam_channel::{Sender, bounded};
use rusqlite::Connection;

use super::connect;
use super::file::OpenFile;
use crate::error::StoreError;
use crate::limits;

/// The thread that does this, one file after another.
#[derive(Clone)]
pub(super) struct Checkpointer(Sender<Arc<OpenFile>>);

impl Checkpointer {
    pub(super) fn start() -> Result<Self, StoreError> {
        let (sender, receiver) = bounded::<Arc<OpenFile>>(limits::WAITING_CHECKPOINTS_MAX);
        let work = move || receiver.iter().for_each(|file| checkpoint_aside(&file));
        std::thread::Builder::new()
            .name("checkpointer".into())
            .spawn(work)
            .map_err(|error| StoreError::Down(format!("a thread does not start: {error}")))?;
        Ok(Self(sender))
    }
}

fn checkpoint_aside(file: &OpenFile) {
    let done =
        connect::checkpointer(&file.place, &file.path).and_then(|connection| checkpoint(file, &connection));
    if let Err(error) = done {
        tracing::warn!(market = %file.place.name, %error, "the log of a file stays as it is for now");
    }
    file.log.state.store(DONE, Relaxed);
}

fn checkpoint(file: &OpenFile, connection: &Connection) -> Result<(), StoreError> {
    let fail = |error| super::engine::failure(&file.place.name, "a checkpoint", error);
    let mut statement = connection.prepare_cached("pragma wal_checkpoint(passive)").map_err(fail)?;
    statement.query_row([], |_| Ok(())).map_err(fail)
}

const IDLE: u8 = 0;
const ASKED: u8 = 1;
const DONE: u8 = 2;

/// How long the log of one file is, and what is being done about it.
pub(super) struct Log {
    pages: Arc<AtomicU32>,
    state: AtomicU8,
    /// Asked again at so many pages: readers may keep a log from beginning anew.
    next: AtomicU32,
}

impl Default for Log {
    fn default() -> Self {
        Self { pages: Arc::default(), state: AtomicU8::new(IDLE), next: AtomicU32::new(limits::LOG_PAGES) }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Aside,
    Now,
}

impl Log {
    pub(super) fn watch(&self, writer: &mut Connection) -> rusqlite::Result<()> {
        let seen = self.pages.clone();
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            seen.store(u32::try_from(pages).unwrap_or(0), Relaxed);
            Ok(())
        }))
    }

    fn due(&self) -> Due {
        let pages = self.pages.load(Relaxed);
        if pages < limits::LOG_PAGES {
            self.next.store(limits::LOG_PAGES, Relaxed);
        }
        match self.state.load(Relaxed) {
            DONE => {
                self.state.store(IDLE, Relaxed);
                Due::Now
            }
            IDLE if pages >= self.next.load(Relaxed) => {
                self.state.store(ASKED, Relaxed);
                self.next.store(pages.saturating_add(limits::LOG_PAGES / 2), Relaxed);
                Due::Aside
            }
            _ => Due::Nothing,
        }
    }
}

/// Between two batches.
pub(super) fn after_commit(file: &Arc<OpenFile>, writer: &Connection) {
    let due = file.log.due();
    let is_now = match due {
        Due::Nothing => false,
        Due::Now => true,
        // So many files wait that this one's log would grow without end.
        Due::Aside => match file.checkpointer.0.try_send(file.clone()) {
            Ok(()) => false,
            Err(_) => {
                file.log.state.store(IDLE, Relaxed);
                true
            }
        },
    };
    if is_now && let Err(error) = checkpoint(file, writer) {
        tracing::warn!(market = %file.place.name, %error, "the log of a file stays as it is for now");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_dealt_with_aside_then_finished_and_asked_again_only_when_it_grew() {
        let log = Log::default();
        let at = |pages: u32| {
            log.pages.store(pages, Relaxed);
            log.due()
        };
        let full = limits::LOG_PAGES;
        assert_eq!(at(full - 1), Due::Nothing);
        assert_eq!(at(full), Due::Aside);
        assert_eq!(at(full + 10), Due::Nothing, "it is being done");
        log.state.store(DONE, Relaxed);
        assert_eq!(at(full + 20), Due::Now);
        assert_eq!(at(full + 30), Due::Nothing, "a reader keeps it, and it has hardly grown");
        assert_eq!(at(full + full / 2), Due::Aside);
        log.state.store(DONE, Relaxed);
        assert_eq!(at(2 * full), Due::Now);
        assert_eq!(at(5), Due::Nothing, "it began anew");
        assert_eq!(at(full), Due::Aside);
    }
}
