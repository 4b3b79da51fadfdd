//! Loads on a real store: repeated, interrupted, at once.

use std::path::Path;
use std::sync::{Arc, Mutex};

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, ManualClock, SequentialIds, values};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};

use super::file::{Lines, Source};
use super::line::Known;
use super::model::{Batch, Import};
use super::rejects::Rejects;
use super::run::{self, LoadError, Loader};
use crate::limits;

kernel::statements! {
    long COUNT = "select count(*), count(distinct id), coalesce(sum(case when closed is null then 0 else 1 end), 0) from request";
}

struct World {
    folder: tempfile::TempDir,
    market: Market,
    clock: ManualClock,
    _store: Store,
}

async fn world() -> World {
    let folder = testkit::folder();
    let ids = Arc::new(SequentialIds::starting_at(1));
    let config = StoreConfig::embedded(folder.path().join("data"));
    let store = Store::open(config, Schema::of([crate::part()]), ids).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(5), "ten", "mkt")).await.unwrap();
    World { folder, market, clock: testkit::clock(), _store: store }
}

impl World {
    fn known(&self) -> Known {
        let categories = ["tree".to_owned()].into();
        Known {
            categories,
            areas: Default::default(),
            sorting: Default::default(),
            zone: TimeZone::UTC,
            now: self.clock.now(),
        }
    }

    async fn begin(&self, source: &Source) -> Import {
        let ids = SequentialIds::starting_at(1_000 + i64::from(source.hash[0]));
        let ctx = Ctx { now: self.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        run::begin(&self.market, &ctx, &source.hash, &source.name(), source.bytes).await.unwrap()
    }

    async fn load(&self, path: &Path) -> Result<Import, LoadError> {
        let source = Source::open(path, &[])?;
        let import = self.begin(&source).await;
        let lines = Lines::of(&source, &import, self.known())?;
        let mut rejects = Rejects::open(&path.with_extension("rejects"), import.done)?;
        let loader = Loader { market: &self.market, clock: &self.clock, watch: &|_| {} };
        loader.run(import, lines, Some(&mut rejects)).await
    }

    async fn count(&self) -> (i64, i64, i64) {
        self.market.one(COUNT, values![]).await.unwrap().unwrap()
    }

    fn file(&self, name: &str, rows: impl IntoIterator<Item = String>) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        let rows: String = rows.into_iter().map(|row| row + "\n").collect();
        std::fs::write(&path, format!("key,category,lat,long,at,status\n{rows}")).unwrap();
        path
    }
}

fn row(number: u32) -> String {
    let (day, status) = (1 + number % 28, if number.is_multiple_of(3) { "closed" } else { "open" });
    format!("K{number},tree,42.{number:06},-71,2025-02-{day:02},{status}")
}

#[tokio::test]
async fn a_file_is_added_once_however_often_it_is_loaded() {
    let world = world().await;
    let rows = (0..9_000)
        .map(row)
        .chain(["K9,tree,1,1,2025-01-01,open".into(), "x,dragon,1,1,2025-01-01,open".into()]);
    let path = world.file("one.csv", rows);
    let import = world.load(&path).await.unwrap();
    assert_eq!((import.added, import.known, import.rejected, import.is_complete()), (9_000, 1, 1, true));
    assert_eq!(world.count().await, (9_000, 9_000, 3_000));
    assert_eq!(world.load(&path).await.unwrap(), import, "the same file");
    let other = world.file("two.csv", (8_000..10_000).map(row));
    let import = world.load(&other).await.unwrap();
    assert_eq!((import.added, import.known), (1_000, 1_000), "another file with some of the same keys");
    assert_eq!(world.count().await.0, 10_000);
    assert_eq!(csv::Reader::from_path(path.with_extension("rejects")).unwrap().records().count(), 1);
}

/// Everything that was committed stays, and the rest follows.
#[tokio::test]
async fn an_interrupted_load_goes_on_where_it_stopped() {
    let world = world().await;
    let (first, all) = (limits::LOAD_BATCH as i64, limits::LOAD_BATCH as i64 + 2_000);
    let path = world.file("one.csv", (0..all as u32).map(row).chain(["bad".into()]));
    let source = Source::open(&path, &[]).unwrap();
    let import = world.begin(&source).await;
    let lines = Lines::of(&source, &import, world.known()).unwrap();
    let broken = lines.take(1).chain([Err(std::io::Error::other("the disk is gone"))]);
    let loader = Loader { market: &world.market, clock: &world.clock, watch: &|_| {} };
    let error = loader.run(import, broken, None).await.unwrap_err();
    assert!(matches!(error, LoadError::File(_)));
    let stands = world.begin(&source).await;
    assert_eq!((stands.added, world.count().await.0), (first, first));
    let import = world.load(&path).await.unwrap();
    assert_eq!((import.added, import.known, import.rejected), (all, 0, 1));
    assert_eq!(world.count().await.0, all);
}

#[tokio::test]
async fn what_meets_a_taken_id_gets_another_one() {
    let world = world().await;
    let path = world.file("one.csv", (0..100).map(row));
    let source = Source::open(&path, &[]).unwrap();
    let import = world.begin(&source).await;
    let mut batch = Lines::of(&source, &import, world.known()).unwrap().next().unwrap().unwrap();
    let _ = super::decide::load(&import, &mut batch, &Default::default(), 0, world.clock.now());
    let taken = crate::request::repo::add(&batch.drafts[50].request);
    let stamp = Stamp { at: world.clock.now(), actor: Actor::System };
    world.market.commit(stamp, Decision::nothing().change(taken)).await.unwrap();
    let import = world.load(&path).await.unwrap();
    assert_eq!((import.added, world.count().await.0), (100, 101));
}

#[tokio::test]
async fn of_two_who_load_the_same_at_once_one_ends_and_nothing_is_twice() {
    let world = world().await;
    let all = limits::LOAD_BATCH as i64 * 2 + 1_000;
    let path = world.file("one.csv", (0..all as u32).map(row));
    let outcomes = tokio::join!(world.load(&path), world.load(&path));
    let done = [&outcomes.0, &outcomes.1].iter().filter(|it| it.is_ok()).count();
    if done == 0 {
        world.load(&path).await.unwrap();
    }
    assert_eq!(world.count().await.0, all);
}

#[tokio::test]
async fn whoever_watches_sees_it_grow_to_its_end() {
    let world = world().await;
    let path = world.file("one.csv", (0..limits::LOAD_BATCH as u32 + 1_000).map(row));
    let source = Source::open(&path, &[]).unwrap();
    let import = world.begin(&source).await;
    let seen: Mutex<Vec<i64>> = Mutex::default();
    let watch = |import: &Import| seen.lock().unwrap().push(import.done);
    let batches: Vec<std::io::Result<Batch>> = Lines::of(&source, &import, world.known()).unwrap().collect();
    let loader = Loader { market: &world.market, clock: &world.clock, watch: &watch };
    loader.run(import, batches.into_iter(), None).await.unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() == 2 && seen.is_sorted() && seen.last() == Some(&source.bytes), "{seen:?}");
}
