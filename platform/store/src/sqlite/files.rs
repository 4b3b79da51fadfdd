//! The folder: its lock, the slots of all markets, how many are open at once.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::checkpoint::Checkpointer;
use super::file::Spares;
use super::slot::Slot;
use super::threads::Threads;
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::place::{Kind, Place};
use crate::schema::Schema;
use crate::store::Shared;

pub(crate) struct Files {
    folder: PathBuf,
    pub(super) schema: Arc<Schema>,
    pub(super) threads: Threads,
    pub(super) checkpointer: Checkpointer,
    pub(super) shared: Arc<Shared>,
    pub(super) spares: Arc<Spares>,
    slots: Mutex<HashMap<i64, Arc<Slot>>>,
    open: Mutex<Vec<Arc<Slot>>>,
    open_max: usize,
    /// Counts openings: a cheap measure of how long ago a slot was used.
    openings: AtomicU64,
    /// Held as long as the process lives; the operating system frees it when the process dies.
    _lock: File,
}

impl Files {
    pub(crate) fn open(
        folder: &Path,
        config: &StoreConfig,
        schema: Arc<Schema>,
        shared: Arc<Shared>,
    ) -> Result<Arc<Self>, StoreError> {
        let lock = lock(folder)?;
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            schema,
            threads: Threads::start(config.reader_threads)?,
            checkpointer: Checkpointer::start()?,
            shared,
            spares: Arc::default(),
            slots: Mutex::default(),
            open: Mutex::default(),
            open_max: config.open_markets_max.max(2),
            openings: AtomicU64::new(1),
            _lock: lock,
        }))
    }

    pub(crate) fn slot(self: &Arc<Self>, place: &Place) -> Arc<Slot> {
        let mut slots = self.slots.lock();
        let fresh = || Arc::new(Slot::new(place.clone(), self.path(place), Arc::downgrade(self)));
        slots.entry(place.id.raw()).or_insert_with(fresh).clone()
    }

    fn path(&self, place: &Place) -> PathBuf {
        let name = format!("{}.db", place.name);
        match place.kind {
            Kind::System => self.folder.join(name),
            Kind::Home => self.folder.join("tenants").join(name),
            Kind::Market => self.folder.join("markets").join(name),
        }
    }

    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.schema.clone()
    }

    pub(super) fn openings(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }

    /// Open files, and decisions that wait for their writers.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let open = self.open.lock().clone();
        (open.len(), open.iter().map(|slot| slot.waiting()).sum())
    }

    pub(super) fn closed(&self, slot: &Arc<Slot>) {
        self.open.lock().retain(|open| !Arc::ptr_eq(open, slot));
    }

    /// Prepares each statement over the tables of all kinds of market; names all that fail.
    pub(crate) fn prepare_all(&self, statements: &[kernel::Sql]) -> Result<(), StoreError> {
        super::connect::rehearse(&self.schema, statements)
    }

    /// Notes that a slot is open, and closes the least recently used one if there are too many.
    pub(super) fn opened(&self, slot: Arc<Slot>) {
        self.openings.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.lock();
        // One that gave up is opened again without having been closed here.
        if open.iter().any(|other| Arc::ptr_eq(other, &slot)) {
            return;
        }
        open.push(slot);
        if open.len() <= self.open_max {
            return;
        }
        let newest = open.len() - 1;
        if let Some(oldest) = (0..newest).min_by_key(|&place| open[place].last_used()) {
            let oldest = open.swap_remove(oldest);
            drop(open);
            oldest.close();
        }
    }
}

/// Two processes on one folder would each think they are the only writer.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let say = |error: std::io::Error| StoreError::Down(format!("the folder {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(say)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("iroko.lock"))
        .map_err(say)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(format!("the folder {}", folder.display()))),
        Err(TryLockError::Error(error)) => Err(say(error)),
    }
}
