//! One market's place in memory, open or closed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use kernel::{Change, Reach, Sql, Value};
use parking_lot::Mutex;
use rusqlite::Connection;

use super::file::OpenFile;
use super::files::Files;
use super::mark::Mark;
use super::{connect, engine};
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::market::{Query, Rows};
use crate::place::Place;
use crate::row::FromRow;

/// How often a removal looks whether the file is free.
const REMOVAL_STEP: std::time::Duration = std::time::Duration::from_millis(5);

pub(crate) struct Slot {
    pub(super) place: Place,
    pub(super) path: PathBuf,
    files: Weak<Files>,
    file: Mutex<Option<Arc<OpenFile>>>,
    used: AtomicU64,
    /// Moved away while this process ran.
    pub(super) gone: AtomicBool,
}

impl Slot {
    pub(super) fn new(place: Place, path: PathBuf, files: Weak<Files>) -> Self {
        Self {
            place,
            path,
            files,
            file: Mutex::default(),
            used: AtomicU64::new(0),
            gone: AtomicBool::new(false),
        }
    }

    pub(super) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        if let Some(file) = self.file.lock().take() {
            file.retire();
        }
    }

    pub(crate) async fn one<T: FromRow>(
        self: &Arc<Self>,
        sql: Sql,
        params: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        self.read(sql.reach, move |market, connection| engine::one(market, connection, sql, &params)).await
    }

    pub(crate) async fn list<T: FromRow>(
        self: &Arc<Self>,
        sql: Sql,
        params: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(sql.reach, move |market, connection| engine::list(market, connection, sql, &params)).await
    }

    pub(crate) async fn snapshot(self: &Arc<Self>, queries: Vec<Query>) -> Result<Vec<Rows>, StoreError> {
        let short = queries.iter().all(|query| query.sql.reach == Reach::Short);
        let reach = if short { Reach::Short } else { Reach::Long };
        self.read(reach, move |market, connection| {
            let fail = |error| engine::failure(market, "a snapshot", error);
            let transaction = connection.unchecked_transaction().map_err(fail)?;
            let read = |query: &Query| engine::list(market, &transaction, query.sql, &query.params).map(Rows);
            queries.iter().map(read).collect()
        })
        .await
    }

    /// Short reads of an open file run where they are asked: a hop to another thread costs several
    /// times what they do. All else waits for a reader thread.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        reach: Reach,
        task: impl FnOnce(&str, &Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let files = self.files()?;
        self.used.store(files.openings(), Ordering::Relaxed);
        if reach == Reach::Short {
            let file = self.file.lock().clone();
            if let Some(file) = file {
                return file.read(|connection| task(&self.place.name, connection));
            }
        }
        let slot = self.clone();
        let open_and_read = move || {
            let file = slot.open(false)?;
            file.read(|connection| task(&slot.place.name, connection))
        };
        files.threads.run(open_and_read).await
    }

    pub(crate) async fn commit(self: &Arc<Self>, changes: Vec<Change>) -> Result<(), CommitError> {
        let files = self.files()?;
        self.used.store(files.openings(), Ordering::Relaxed);
        let mut changes = changes;
        loop {
            let file = self.file.lock().clone();
            let file = match file {
                Some(file) => file,
                None => {
                    let slot = self.clone();
                    files.threads.run(move || slot.open(false)).await?
                }
            };
            match file.submit(changes) {
                Ok(answer) => {
                    return answer
                        .await
                        .unwrap_or_else(|_| Err(CommitError::Unknown("the writer gave up".into())));
                }
                Err(super::file::Turned::Away) => return Err(StoreError::Busy.into()),
                Err(super::file::Turned::Frozen) => {
                    return Err(StoreError::Frozen(self.place.name.to_string()).into());
                }
                Err(super::file::Turned::Retired(again)) => {
                    changes = again;
                    self.forget(&file);
                }
            }
        }
    }

    pub(crate) async fn create(self: &Arc<Self>) -> Result<(), StoreError> {
        let slot = self.clone();
        self.files()?.threads.run(move || slot.open(true).map(drop)).await
    }

    pub(super) fn waiting(&self) -> usize {
        // While the file is being opened nothing waits for its writer yet.
        self.file.try_lock().and_then(|file| file.as_ref().map(|file| file.waiting())).unwrap_or(0)
    }

    pub(crate) async fn remove(self: &Arc<Self>) -> Result<(), StoreError> {
        let slot = self.clone();
        self.files()?.threads.run(move || slot.remove_file()).await
    }

    /// Blocks: only on reader threads. The slot's lock is held meanwhile, so that nobody opens the file.
    pub(crate) fn remove_file(self: &Arc<Self>) -> Result<(), StoreError> {
        let files = self.files()?;
        let mut file = self.file.lock();
        let mut waited = std::time::Duration::ZERO;
        if let Some(open) = file.take() {
            open.retire();
            let gone = Arc::downgrade(&open);
            drop(open);
            // The writer finishes what it was given, and readers what they read.
            while gone.strong_count() > 0 && waited < limits::REMOVAL_WAIT {
                std::thread::sleep(REMOVAL_STEP);
                waited += REMOVAL_STEP;
            }
        }
        files.closed(self);
        // The log goes before the file: left alone, it could be taken for the log of the next one.
        for ending in ["-wal", "-shm", ""] {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Down(format!("removing {}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn files(&self) -> Result<Arc<Files>, StoreError> {
        self.files.upgrade().ok_or_else(|| StoreError::Down("the store is closed".into()))
    }

    /// Blocks: only on reader threads. The slot's lock is held meanwhile, so that a file is opened once.
    pub(super) fn open(self: &Arc<Self>, may_create: bool) -> Result<Arc<OpenFile>, StoreError> {
        let files = self.files()?;
        let mut file = self.file.lock();
        if let Some(file) = &*file {
            return Ok(file.clone());
        }
        if may_create && let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StoreError::Down(format!("the folder {}: {error}", folder.display())))?;
        }
        if self.gone.load(Ordering::Relaxed) {
            return Err(StoreError::Frozen(self.place.name.to_string()));
        }
        let reader = connect::current(&self.place, &self.path, &files.schema, may_create)?;
        let mark = Mark::of(&reader).map_err(|error| engine::failure(&self.place.name, "opening", error))?;
        // A copy that waits for the placement to name it serves nobody yet.
        if matches!(mark, Mark::Arrived | Mark::Export) {
            return Err(StoreError::Frozen(self.place.name.to_string()));
        }
        let frozen = mark == Mark::Frozen;
        let opened = OpenFile::new(self.place.clone(), self.path.clone(), reader, frozen, &files);
        *file = Some(opened.clone());
        drop(file);
        files.opened(self.clone());
        Ok(opened)
    }

    pub(super) fn forget(&self, retired: &Arc<OpenFile>) {
        let mut file = self.file.lock();
        if file.as_ref().is_some_and(|file| Arc::ptr_eq(file, retired)) {
            *file = None;
        }
    }
}
