//! Faults of files and folders.

use std::fs;
use std::os::unix::fs::FileExt;
use std::process::Command;

use kernel::{Decision, values};
use store::{CommitError, StoreConfig, StoreError};

use crate::world::*;
use testkit::Engine;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused() {
    let w = world(Engine::Sqlite).await.unwrap();
    let second = open(StoreConfig::embedded(w.folder.path())).await;
    assert!(matches!(second.err(), Some(StoreError::InUse(_))));
    w.changes(vec![add(1, 1)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_file_is_refused_and_the_others_serve() {
    let w = world(Engine::Sqlite).await.unwrap();
    w.store.create(&place(2)).await.unwrap();
    let folder = close(w);
    let file = rusqlite::Connection::open(folder.path().join("markets/acme/city2.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let store = open(StoreConfig::embedded(folder.path())).await.unwrap();
    let newer = store.market(&place(2)).one::<Thing>(GET, values![1]).await;
    assert!(matches!(newer, Err(StoreError::Newer(_))), "{newer:?}");
    assert!(store.market(&place(1)).one::<Thing>(GET, values![1]).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_harms_one_market() {
    let w = world(Engine::Sqlite).await.unwrap();
    let second = w.store.create(&place(2)).await.unwrap();
    for market in [&w.market, &second] {
        let filled = Decision::nothing().change(FILL.with(values![2_000]).any_rows());
        market.commit(stamp(), filled).await.unwrap();
    }
    let folder = close(w);
    let path = folder.path().join("markets/acme/city1.db");
    let checkpointed = rusqlite::Connection::open(&path).unwrap();
    checkpointed.pragma_update(None, "wal_checkpoint", "truncate").unwrap();
    drop(checkpointed);
    let size = fs::metadata(&path).unwrap().len();
    let file = fs::File::options().write(true).open(&path).unwrap();
    for page in 2..size / 4096 {
        file.write_all_at(&[0xAB; 4096], page * 4096).unwrap();
    }
    let store = open(StoreConfig::embedded(folder.path())).await.unwrap();
    let damaged = store.market(&place(1)).list::<Thing>(EVERY, values![]).await;
    assert!(matches!(damaged, Err(StoreError::Damaged { .. })), "{damaged:?}");
    let outcome = store.market(&place(1)).commit(stamp(), Decision::nothing().change(add(9_999, 1))).await;
    assert!(matches!(outcome, Err(CommitError::Failed(StoreError::Damaged { .. }))), "{outcome:?}");
    let well = store.market(&place(2));
    assert_eq!(sorted(&well).await.len(), 2_000);
    well.commit(stamp(), Decision::nothing().change(add(9_999, 1))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_down() {
    // Nobody, not even root, makes a folder there.
    let refused = open(StoreConfig::embedded("/proc/iroko")).await;
    assert!(matches!(refused.err(), Some(StoreError::Down(text)) if text.contains("/proc/iroko")));
    let neither = open(StoreConfig { folder: None, ..StoreConfig::embedded("unused") }).await;
    assert!(matches!(neither.err(), Some(StoreError::Bug(_))));
}

/// A small file system of our own; needs the right to mount.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = testkit::folder();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=600k", "none"])
            .arg(folder.path())
            .output()
            .is_ok_and(|answer| answer.status.success());
        if !mounted {
            eprintln!("skipped: no right to mount a small disk");
        }
        mounted.then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_recovers() {
    let Some(disk) = SmallDisk::mount() else { return };
    let ballast = disk.0.path().join("ballast");
    fs::write(&ballast, vec![0; 150_000]).unwrap();
    let store = open(StoreConfig::embedded(disk.0.path())).await.unwrap();
    let market = store.create(&place(1)).await.unwrap();
    let write = |id: i64| {
        let row = values![id, None::<String>, 0, "n".repeat(4_000), None::<Vec<u8>>];
        market.commit(stamp(), Decision::nothing().change(ADD_FULL.with(row)))
    };
    let mut kept = 0;
    let full = loop {
        match write(kept).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "the disk is small");
    };
    assert!(matches!(full, CommitError::Failed(StoreError::Full { .. })), "{full:?}");
    assert_eq!(sorted(&market).await.len() as i64, kept, "what was acknowledged is there");
    fs::remove_file(&ballast).unwrap();
    write(kept).await.unwrap();
    assert_eq!(sorted(&market).await.len() as i64, kept + 1);
    drop(market);
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_markets_than_may_be_open() {
    const MARKETS: i64 = 24;
    let w = world_with(Engine::Sqlite, |config| config.open_markets_max = 4).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..MARKETS {
        let market = w.store.create(&place(100 + number)).await.unwrap();
        for task in 0..3 {
            let market = market.clone();
            tasks.push(tokio::spawn(async move {
                for id in 0..15 {
                    let id = task * 100 + id;
                    let decision =
                        Decision::nothing().change(add(id, number)).event(event("thing.added", id, 0));
                    market.commit(stamp(), decision).await.unwrap();
                    let found: Thing = market.one(GET, values![id]).await.unwrap().unwrap();
                    assert_eq!(found.amount, number);
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    for number in 0..MARKETS {
        let market = w.store.market(&place(100 + number));
        assert_eq!(sorted(&market).await.len(), 45);
        assert_eq!(market.settle().await.unwrap(), 45);
    }
    assert!(w.store.stats().open_files <= 4, "{:?}", w.store.stats());
}

/// The folder, once nobody holds it.
fn close(w: World) -> tempfile::TempDir {
    let World { store, market, folder, .. } = w;
    drop(market);
    drop(store);
    let lock = fs::File::open(folder.path().join("iroko.lock")).unwrap();
    assert!(testkit::until(store::limits::REMOVAL_WAIT, || lock.try_lock().is_ok()), "the folder is let go");
    folder
}

/// Panics whenever it is told what was written, until it is calmed.
struct Nervous(std::sync::atomic::AtomicBool);

impl store::Listener for Nervous {
    fn committed(&self, _: &store::Market, _: store::News) {}

    fn wrote(&self, _: usize, _: std::time::Duration) {
        assert!(!self.0.load(std::sync::atomic::Ordering::Relaxed), "nervous");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_panics_leaves_nobody_waiting() {
    let w = world(Engine::Sqlite).await.unwrap();
    let nervous = std::sync::Arc::new(Nervous(true.into()));
    w.store.listen(nervous.clone());
    let write = |id| w.market.commit(stamp(), Decision::nothing().change(add(id, 1)));
    let told = write(1).await.unwrap_err();
    assert!(matches!(told, CommitError::Unknown(_)), "{told:?}");
    nervous.0.store(false, std::sync::atomic::Ordering::Relaxed);
    // Whoever comes while the writer is still falling is told so, and may come again.
    let again = match write(2).await {
        Err(CommitError::Failed(_)) => write(2).await,
        other => other,
    };
    again.unwrap();
    assert_eq!(sorted(&w.market).await.len(), 2, "the first was written before the panic");
}
