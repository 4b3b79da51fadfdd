//! An open file: idle read connections, and the queue of its writer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use kernel::Change;
use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpoint::{Checkpointer, Log};
use super::files::Files;
use super::mark::Mark;
use super::{connect, engine, writer};
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::place::Place;
use crate::schema::Schema;
use crate::store::Shared;

pub(super) struct OpenFile {
    pub(super) place: Place,
    pub(super) path: PathBuf,
    pub(super) log: Log,
    pub(super) checkpointer: Checkpointer,
    schema: Arc<Schema>,
    pub(super) shared: Arc<Shared>,
    spares: Arc<Spares>,
    readers: Mutex<Vec<Connection>>,
    queue: Mutex<Queue>,
    arrived: Condvar,
}

struct Queue {
    waiting: VecDeque<Waiting>,
    writer: Writer,
    retired: bool,
    /// Only the mark that ends it is taken.
    frozen: bool,
}

/// Where the write connection is.
enum Writer {
    /// Nowhere: nothing was written since the file was opened, as in most of many markets.
    Absent,
    /// Here, no thread holds it.
    Resting(Connection),
    /// With the writer thread, which is at work.
    Working,
    /// With the writer thread, which waits for more.
    Waiting,
}

/// One decision and who waits for its outcome.
pub(super) struct Waiting {
    pub(super) changes: Vec<Change>,
    /// It freezes or thaws the market.
    pub(super) is_mark: bool,
    pub(super) reply: oneshot::Sender<Result<(), CommitError>>,
}

/// A decision that was not taken into the queue.
pub(super) enum Turned {
    /// Too many wait already.
    Away,
    /// The file is being closed: open it again and try there.
    Retired(Vec<Change>),
    /// The market is being moved.
    Frozen,
}

impl OpenFile {
    pub(super) fn new(
        place: Place,
        path: PathBuf,
        reader: Connection,
        frozen: bool,
        files: &Files,
    ) -> Arc<Self> {
        let queue = Queue { waiting: VecDeque::new(), writer: Writer::Absent, retired: false, frozen };
        Arc::new(Self {
            place,
            path,
            log: Log::default(),
            checkpointer: files.checkpointer.clone(),
            schema: files.schema.clone(),
            shared: files.shared.clone(),
            spares: files.spares.clone(),
            readers: Mutex::new(vec![reader]),
            queue: Mutex::new(queue),
            arrived: Condvar::new(),
        })
    }

    /// The connection of its writer.
    pub(super) fn open_writer(&self) -> Result<Connection, StoreError> {
        let mut connection = connect::writer(&self.place, &self.path, &self.schema, false)?;
        let watched = self.log.watch(&mut connection);
        watched.map_err(|error| engine::failure(&self.place.name, "opening", error))?;
        Ok(connection)
    }

    /// On an idle connection or a new one: as many run at once as threads ask. One is kept, and more
    /// as long as there are not too many of them in all.
    pub(super) fn read<T>(
        &self,
        task: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = {
            let mut readers = self.readers.lock();
            self.spares.release(usize::from(readers.len() > 1));
            readers.pop()
        };
        let connection = match idle {
            Some(connection) => connection,
            None => connect::reader(&self.place, &self.path)?,
        };
        let outcome = task(&connection);
        // A connection that failed is closed: what it remembers of the file may be the fault.
        if !matches!(outcome, Err(StoreError::Damaged { .. } | StoreError::Down(_))) {
            let mut readers = self.readers.lock();
            if readers.is_empty() || self.spares.take() {
                readers.push(connection);
            }
        }
        outcome
    }

    pub(super) fn submit(
        self: &Arc<Self>,
        changes: Vec<Change>,
    ) -> Result<oneshot::Receiver<Result<(), CommitError>>, Turned> {
        let queue = self.queue.lock();
        if queue.retired {
            return Err(Turned::Retired(changes));
        }
        if queue.frozen {
            return Err(Turned::Frozen);
        }
        if queue.waiting.len() >= limits::WAITING_DECISIONS_MAX {
            return Err(Turned::Away);
        }
        Ok(self.enqueue(queue, changes, false))
    }

    /// Freezing holds from this moment for all who come later, and takes its turn behind the others.
    pub(super) fn submit_mark(
        self: &Arc<Self>,
        mark: Mark,
    ) -> Result<oneshot::Receiver<Result<(), CommitError>>, Turned> {
        let mut queue = self.queue.lock();
        if queue.retired {
            return Err(Turned::Retired(Vec::new()));
        }
        queue.frozen = queue.frozen || mark == Mark::Frozen;
        Ok(self.enqueue(queue, vec![mark.change()], true))
    }

    pub(super) fn set_frozen(&self, frozen: bool) {
        self.queue.lock().frozen = frozen;
    }

    fn enqueue(
        self: &Arc<Self>,
        mut queue: MutexGuard<'_, Queue>,
        changes: Vec<Change>,
        is_mark: bool,
    ) -> oneshot::Receiver<Result<(), CommitError>> {
        let (reply, answer) = oneshot::channel();
        queue.waiting.push_back(Waiting { changes, is_mark, reply });
        match std::mem::replace(&mut queue.writer, Writer::Working) {
            Writer::Working => {}
            Writer::Waiting => {
                self.arrived.notify_one();
            }
            Writer::Absent => {
                drop(queue);
                writer::start(self.clone(), None);
            }
            Writer::Resting(connection) => {
                drop(queue);
                writer::start(self.clone(), Some(connection));
            }
        }
        answer
    }

    /// The writer takes what waits; `None` when nothing came for a while, and the thread ends.
    pub(super) fn next_batch(&self, connection: Connection) -> Option<(Vec<Waiting>, Connection)> {
        let mut queue = self.queue.lock();
        if queue.waiting.is_empty() && !queue.retired {
            queue.writer = Writer::Waiting;
            let _ = self.arrived.wait_while_for(
                &mut queue,
                |queue| queue.waiting.is_empty() && !queue.retired,
                limits::WRITER_LINGER,
            );
        }
        if queue.waiting.is_empty() {
            queue.writer = Writer::Resting(connection);
            return None;
        }
        queue.writer = Writer::Working;
        drop(queue);
        // A sync costs the same for many as for one, so whoever is about to ask may still come along.
        // Where nobody waits for a processor this takes no time.
        for _ in 0..limits::GATHERING_YIELDS {
            std::thread::yield_now();
        }
        let mut queue = self.queue.lock();
        let many = queue.waiting.len().min(limits::BATCH_DECISIONS_MAX);
        Some((queue.waiting.drain(..many).collect(), connection))
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    /// No decision is taken from now on; those that wait are still carried out.
    pub(super) fn retire(&self) {
        self.queue.lock().retired = true;
        self.arrived.notify_one();
    }

    /// The writer lost its connection: everyone still waiting is told, and the next caller opens anew.
    pub(super) fn give_up(&self, error: &StoreError) {
        let waiting = {
            let mut queue = self.queue.lock();
            queue.retired = true;
            std::mem::take(&mut queue.waiting)
        };
        for waiting in waiting {
            let _ = waiting.reply.send(Err(CommitError::Failed(error.clone())));
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.spares.release(self.readers.get_mut().len().saturating_sub(1));
    }
}

/// How many idle read connections all files have beyond their first.
#[derive(Default)]
pub(super) struct Spares(AtomicUsize);

impl Spares {
    fn take(&self) -> bool {
        let one_more = |taken: usize| (taken < limits::SPARE_READERS_MAX).then_some(taken + 1);
        self.0.fetch_update(Relaxed, Relaxed, one_more).is_ok()
    }

    fn release(&self, count: usize) {
        if count > 0 {
            self.0.fetch_sub(count, Relaxed);
        }
    }
}
