//! How a market's file is opened once, closed while others still work on it, and removed when nobody does.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::file::OpenFile;
use super::mark::Mark;
use super::slot::Slot;
use super::{connect, engine};
use crate::error::StoreError;
use crate::limits;

/// How often a removal looks whether the file is free.
const REMOVAL_STEP: Duration = Duration::from_millis(5);

impl Slot {
    /// The open file. Where it is not open yet, a reader thread opens it.
    pub(super) async fn opened(self: &Arc<Self>) -> Result<Arc<OpenFile>, StoreError> {
        match self.current() {
            Some(file) => Ok(file),
            None => self.open(false).await,
        }
    }

    fn current(&self) -> Option<Arc<OpenFile>> {
        self.file.lock().clone()
    }

    pub(crate) async fn create(self: &Arc<Self>) -> Result<(), StoreError> {
        self.open(true).await.map(drop)
    }

    async fn open(self: &Arc<Self>, may_create: bool) -> Result<Arc<OpenFile>, StoreError> {
        // It goes with the work: whoever asked may go away in the middle of it.
        let turn = self.turn.clone().lock_owned().await;
        if let Some(file) = self.current() {
            return Ok(file);
        }
        let slot = self.clone();
        self.files()?.threads.run(move || slot.open_in_turn(may_create, &turn)).await
    }

    /// Blocks: only on reader threads.
    fn open_in_turn(
        self: &Arc<Self>,
        may_create: bool,
        _turn: &OwnedMutexGuard<()>,
    ) -> Result<Arc<OpenFile>, StoreError> {
        let files = self.files()?;
        if may_create && let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StoreError::Down(format!("the folder {}: {error}", folder.display())))?;
        }
        if self.gone.load(Ordering::Relaxed) {
            return Err(StoreError::Frozen(self.place.name.to_string()));
        }
        let reader = connect::current(&self.place, &self.path, &files.schema, may_create)?;
        // Whoever sets the mark looks here afterwards for the open file: under one lock, neither can miss
        // the other.
        let mut current = self.file.lock();
        let mark = Mark::of(&reader).map_err(|error| engine::failure(&self.place.name, "opening", error))?;
        // A copy that waits for the placement to name it serves nobody yet.
        if matches!(mark, Mark::Arrived | Mark::Export) {
            return Err(StoreError::Frozen(self.place.name.to_string()));
        }
        let frozen = mark == Mark::Frozen;
        let opened = OpenFile::new(self.place.clone(), self.path.clone(), reader, frozen, &files);
        *current = Some(opened.clone());
        drop(current);
        files.opened(self.clone());
        Ok(opened)
    }

    /// The next caller opens it anew; what its writer was given is still carried out.
    pub(super) fn close(&self) {
        let file = self.file.lock().take();
        if let Some(file) = file {
            self.put_aside(&file);
        }
    }

    /// The same, unless somebody has opened it anew already.
    pub(super) fn forget(&self, retired: &Arc<OpenFile>) {
        let mut file = self.file.lock();
        if file.as_ref().is_some_and(|file| Arc::ptr_eq(file, retired)) {
            *file = None;
        }
        drop(file);
        self.put_aside(retired);
    }

    fn put_aside(&self, file: &Arc<OpenFile>) {
        let mut retired = self.retired.lock();
        retired.retain(|other| other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(file)));
        retired.push(Arc::downgrade(file));
        drop(retired);
        file.retire();
    }

    pub(crate) async fn remove(self: &Arc<Self>) -> Result<(), StoreError> {
        let turn = self.turn.clone().lock_owned().await;
        let slot = self.clone();
        self.files()?.threads.run(move || slot.remove_in_turn(&turn)).await
    }

    /// Blocks: never on reader threads, which whoever has the turn may wait for.
    pub(crate) fn remove_file(self: &Arc<Self>) -> Result<(), StoreError> {
        let turn = self.turn.clone().blocking_lock_owned();
        self.remove_in_turn(&turn)
    }

    fn remove_in_turn(self: &Arc<Self>, _turn: &OwnedMutexGuard<()>) -> Result<(), StoreError> {
        let files = self.files()?;
        self.close();
        // The writers finish what they were given, and readers what they read. A connection that were
        // closed later would take the log of the next file of this name with it.
        let is_free = || self.retired.lock().iter().all(|file| file.strong_count() == 0);
        let mut waited = Duration::ZERO;
        while !is_free() {
            if waited >= limits::REMOVAL_WAIT {
                return Err(StoreError::Busy);
            }
            std::thread::sleep(REMOVAL_STEP);
            waited += REMOVAL_STEP;
        }
        files.closed(self);
        // The log goes before the file: left alone, it could be taken for the log of the next one.
        for ending in ["-wal", "-shm", ""] {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::Down(format!("removing {}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
