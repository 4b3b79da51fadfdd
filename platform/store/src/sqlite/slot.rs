//! One market's place in memory, open or closed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use kernel::{Change, Reach, Sql, Value};
use parking_lot::Mutex;
use rusqlite::Connection;

use super::engine;
use super::file::{OpenFile, Turned};
use super::files::Files;
use crate::basket::Basket;
use crate::error::{CommitError, StoreError};
use crate::market::{Query, Rows};
use crate::place::Place;

/// Whose it is to open or remove a file.
pub(super) type Turn = tokio::sync::Mutex<()>;

pub(crate) struct Slot {
    pub(super) place: Place,
    pub(super) path: PathBuf,
    files: Weak<Files>,
    pub(super) file: Mutex<Option<Arc<OpenFile>>>,
    /// Held by whoever opens or removes the file, so that it is opened once. Others wait for it without
    /// holding up a thread.
    pub(super) turn: Arc<Turn>,
    /// Closed ones that somebody still works on.
    pub(super) retired: Mutex<Vec<Weak<OpenFile>>>,
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
            turn: Arc::default(),
            retired: Mutex::default(),
            used: AtomicU64::new(0),
            gone: AtomicBool::new(false),
        }
    }

    pub(super) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) async fn fill(
        self: &Arc<Self>,
        sql: Sql,
        params: Vec<Value>,
        most: usize,
        mut basket: Box<dyn Basket>,
    ) -> Result<Box<dyn Basket>, StoreError> {
        self.read(sql.reach, move |market, connection| {
            engine::read(market, connection, sql, &params, most, &mut *basket)?;
            Ok(basket)
        })
        .await
    }

    pub(crate) async fn snapshot(self: &Arc<Self>, queries: Vec<Query>) -> Result<Vec<Rows>, StoreError> {
        let short = queries.iter().all(|query| query.sql.reach == Reach::Short);
        let reach = if short { Reach::Short } else { Reach::Long };
        self.read(reach, move |market, connection| {
            let fail = |error| engine::failure(market, "a snapshot", error);
            let transaction = connection.unchecked_transaction().map_err(fail)?;
            let read = |query: &Query| {
                let mut rows = Vec::new();
                engine::read(market, &transaction, query.sql, &query.params, usize::MAX, &mut rows)?;
                Ok(Rows(rows))
            };
            queries.iter().map(read).collect()
        })
        .await
    }

    /// Short reads run where they are asked: a hop to another thread costs several times what they do.
    /// The others wait for a reader thread.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        reach: Reach,
        task: impl FnOnce(&str, &Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let files = self.files()?;
        self.used.store(files.openings(), Ordering::Relaxed);
        let file = self.opened().await?;
        if reach == Reach::Short {
            return file.read(|connection| task(&self.place.name, connection));
        }
        files.threads.run(move || file.read(|connection| task(&file.place.name, connection))).await
    }

    pub(crate) async fn commit(self: &Arc<Self>, changes: Vec<Change>) -> Result<(), CommitError> {
        let files = self.files()?;
        self.used.store(files.openings(), Ordering::Relaxed);
        let mut changes = changes;
        loop {
            let file = self.opened().await?;
            match file.submit(changes) {
                Ok(answer) => {
                    return answer
                        .await
                        .unwrap_or_else(|_| Err(CommitError::Unknown("the writer gave up".into())));
                }
                Err(Turned::Away) => return Err(StoreError::Busy.into()),
                Err(Turned::Frozen) => {
                    return Err(StoreError::Frozen(self.place.name.to_string()).into());
                }
                Err(Turned::Retired(again)) => {
                    changes = again;
                    self.forget(&file);
                }
            }
        }
    }

    pub(super) fn waiting(&self) -> usize {
        // While the file is being opened nothing waits for its writer yet.
        self.file.try_lock().and_then(|file| file.as_ref().map(|file| file.waiting())).unwrap_or(0)
    }

    pub(super) fn files(&self) -> Result<Arc<Files>, StoreError> {
        self.files.upgrade().ok_or_else(|| StoreError::Down("the store is closed".into()))
    }
}
