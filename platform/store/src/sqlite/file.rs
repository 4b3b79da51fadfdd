//! An open file: idle read connections, and the queue of its writer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use kernel::Change;
use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpoint::{Checkpointer, Log};
use super::mark::Mark;
use super::{connect, engine, writer};
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::place::Place;
use crate::store::Shared;

pub(super) struct OpenFile {
    pub(super) place: Place,
    pub(super) path: PathBuf,
    pub(super) log: Log,
    pub(super) checkpointer: Checkpointer,
    pub(super) shared: Arc<Shared>,
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
        mut writer: Connection,
        frozen: bool,
        checkpointer: Checkpointer,
        shared: Arc<Shared>,
    ) -> Result<Arc<Self>, StoreError> {
        let log = Log::of(&mut writer).map_err(|error| engine::failure(&place.name, "opening", error))?;
        let queue =
            Queue { waiting: VecDeque::new(), writer: Writer::Resting(writer), retired: false, frozen };
        Ok(Arc::new(Self {
            place,
            path,
            log,
            checkpointer,
            shared,
            readers: Mutex::default(),
            queue: Mutex::new(queue),
            arrived: Condvar::new(),
        }))
    }

    /// On an idle connection or a new one: as many run at once as threads ask, a few are kept.
    pub(super) fn read<T>(
        &self,
        task: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.readers.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect::reader(&self.place, &self.path)?,
        };
        let outcome = task(&connection);
        // A connection that failed is closed: what it remembers of the file may be the fault.
        if !matches!(outcome, Err(StoreError::Damaged { .. } | StoreError::Down(_))) {
            let mut readers = self.readers.lock();
            if readers.len() < limits::READERS_PER_MARKET_MAX {
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
        Ok(self.enqueue(queue, changes))
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
        Ok(self.enqueue(queue, vec![mark.change()]))
    }

    pub(super) fn set_frozen(&self, frozen: bool) {
        self.queue.lock().frozen = frozen;
    }

    fn enqueue(
        self: &Arc<Self>,
        mut queue: MutexGuard<'_, Queue>,
        changes: Vec<Change>,
    ) -> oneshot::Receiver<Result<(), CommitError>> {
        let (reply, answer) = oneshot::channel();
        queue.waiting.push_back(Waiting { changes, reply });
        match std::mem::replace(&mut queue.writer, Writer::Working) {
            Writer::Working => {}
            Writer::Waiting => {
                self.arrived.notify_one();
            }
            Writer::Resting(connection) => {
                drop(queue);
                writer::start(self.clone(), connection);
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
