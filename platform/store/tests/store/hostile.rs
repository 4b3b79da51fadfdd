//! Files that are damaged, foreign, or made to do harm; and files of other versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Decision, SnowIds, SystemClock, Value, values};
use rusqlite::Connection;
use store::schema::{Part, Schema, Step};
use store::{Kind, Place, Store, StoreConfig, StoreError, TransferError};

use crate::transfer::{Country, fill, quick};
use crate::world::*;

async fn exported(store: &Store, path: &Path) {
    let home = place(1);
    fill(&store.create(&home).await.unwrap(), 30).await;
    store.export(&home, path, now(), &quick()).await.unwrap();
    store.drop_market(&home).await.unwrap();
}

/// Refused, nothing there afterwards, the file as it was.
async fn refused_at(store: &Store, path: &Path, place: &Place, said: &str) -> TransferError {
    let before = std::fs::read(path).unwrap();
    let outcome = store.import(path, place, &quick()).await;
    let error = match outcome {
        Err(error) => error,
        Ok(report) => panic!("{said}: {report:?}"),
    };
    let read = store.market(place).list::<Thing>(EVERY, values![]).await;
    assert!(matches!(read, Err(StoreError::Missing(_))), "{said}: {read:?}");
    assert_eq!(std::fs::read(path).unwrap(), before, "{said}");
    error
}

async fn refuse(store: &Store, path: &Path, said: &str) {
    let mut places = vec![place(1)];
    if !store.stats().databases.is_empty() {
        places.push(place(1).on("server1"));
    }
    for place in places {
        let error = refused_at(store, path, &place, said).await;
        let clear = matches!(
            error,
            TransferError::Foreign { .. } | TransferError::Damaged { .. } | TransferError::Newer { .. }
        );
        assert!(clear, "{said}: {error}");
    }
}

fn altered(good: &Path, path: PathBuf, change: &str) -> PathBuf {
    std::fs::copy(good, &path).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(change).unwrap_or_else(|error| panic!("{change}: {error}"));
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_are_refused() {
    const CHANGES: [&str; 22] = [
        "create trigger harm after insert on thing begin delete from other; end",
        "create view harm as select 1",
        "create virtual table harm using fts5(x)",
        "create table more (x integer) strict",
        "drop table other",
        "drop table iroko_manifest",
        "drop table iroko_table",
        "drop table step",
        "drop table thing; create view thing as select 1 as id",
        "alter table thing add column more text",
        "alter table thing drop column note",
        "drop table other; create table other (id integer primary key, amount text) strict",
        "pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'strict', '') where name = 'thing'",
        "update thing set amount = amount + 1 where id = 3",
        "delete from thing where id = 3",
        "insert into thing (id) values (99)",
        "update iroko_table set rows = 9000000000000000000 where name = 'thing'",
        "update iroko_table set rows = -1 where name = 'thing'",
        "update iroko_manifest set value = '2' where item = 'format'",
        "update iroko_manifest set value = 'castle' where item = 'kind'",
        "insert into step (part, number) values ('test', 2)",
        "pragma application_id = 0",
    ];
    let country = Country::new(1).unwrap_or(Country::of_files());
    let store = country.open().await;
    let good = country.file("good");
    exported(&store, &good).await;
    for (number, change) in CHANGES.into_iter().enumerate() {
        let path = altered(&good, country.file(&number.to_string()), change);
        if change.contains("writable_schema") {
            // Without the word the table takes anything.
            let connection = Connection::open(&path).unwrap();
            connection.execute("update thing set amount = 'much' where id = 3", []).unwrap();
        }
        refuse(&store, &path, change).await;
    }
    let huge =
        altered(&good, country.file("huge"), "update thing set data = zeroblob(70000000) where id = 3");
    refuse(&store, &huge, "a huge value").await;
    let odd = country.file("odd % name?#.market");
    std::fs::copy(&good, &odd).unwrap();
    store.import(&odd, &place(1), &quick()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_refused_or_harmless() {
    let country = Country::of_files();
    let store = country.open().await;
    let (good, path) = (country.file("good"), country.file("bad"));
    exported(&store, &good).await;
    store.import(&good, &place(1), &quick()).await.unwrap();
    let things = sorted(&store.market(&place(1))).await;
    store.drop_market(&place(1)).await.unwrap();
    let whole = std::fs::read(&good).unwrap();
    std::fs::write(&path, []).unwrap();
    refuse(&store, &path, "an empty file").await;
    std::fs::write(&path, "id,name\n1,a\n".repeat(1_000)).unwrap();
    refuse(&store, &path, "not SQLite").await;
    for keep in [100, 4_096, whole.len() / 2, whole.len() - 4_096] {
        std::fs::write(&path, &whole[..keep]).unwrap();
        refuse(&store, &path, &format!("cut at {keep}")).await;
    }
    let mut taken = 0;
    for number in 0..120usize {
        let at = (number * 7_919 + 24) % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (number % 8);
        std::fs::write(&path, &bytes).unwrap();
        match store.import(&path, &place(1), &quick()).await {
            Err(_) => {}
            // The bit was in no row: all of them are as they were, or it would not be here.
            Ok(report) => {
                taken += 1;
                assert_eq!((report.rows(), sorted(&store.market(&place(1))).await), (90, things.clone()));
                store.drop_market(&place(1)).await.unwrap();
            }
        }
    }
    assert!(taken < 120, "some bits matter");
    let absent = store.import(&country.file("absent"), &place(1), &quick()).await;
    assert!(matches!(absent, Err(TransferError::Disk { .. })), "{absent:?}");
}

const LATER: &[Step] = &[
    STEPS[0],
    Step {
        sqlite: "alter table thing add column colour text not null default 'green';
                 create table extra (id integer primary key, body text not null) strict;
                 insert into extra (id, body) select id, name from thing where name is not null;",
        postgres: "alter table thing add column colour text not null default 'green';
                   create table extra (market bigint not null default iroko_market(), id bigint not null,
                     body text not null, primary key (market, id)) partition by list (market);
                   select iroko_isolate('extra');
                   insert into extra (market, id, body) select market, id, name from thing where name is not null;",
    },
];

async fn store_of(config: StoreConfig, steps: &'static [Step]) -> Store {
    let schema = Schema::of([Part { name: "test", kind: Some(Kind::Market), steps }]);
    Store::open(config, schema, Arc::new(SnowIds::new(Arc::new(SystemClock), 1))).await.unwrap()
}

kernel::statements! {
    short COLOURS = "select colour, body from thing join extra on extra.id = thing.id order by thing.id";
}

#[tokio::test(flavor = "multi_thread")]
async fn older_files_are_brought_up_to_date_and_newer_ones_refused() {
    let Some(country) = Country::new(1) else { return };
    let folder = |name| StoreConfig::embedded(country.folder.path().join(name));
    let (old, new) = (country.file("old"), country.file("new"));
    let before = store_of(folder("before"), STEPS).await;
    exported(&before, &old).await;
    let mut config = folder("after");
    config.databases.push(("server1".into(), country.databases[0].url()));
    let after = store_of(config, LATER).await;
    for place in [place(1), place(1).on("server1")] {
        after.import(&old, &place, &quick()).await.unwrap();
        let market = after.market(&place);
        let rows = market.list::<Vec<Value>>(COLOURS, values![]).await.unwrap();
        assert_eq!(rows.len(), 30);
        assert_eq!(rows[0], values!["green", "name 1"]);
        market.commit(stamp(), Decision::nothing().change(add(77, 1))).await.unwrap();
    }
    assert!(!country.file("old.upgrading").exists());
    after.export(&place(1).on("server1"), &new, now(), &quick()).await.unwrap();
    let error = refused_at(&before, &new, &place(1), "newer").await;
    assert!(matches!(error, TransferError::Newer { .. }), "{error}");
    assert_eq!(after.verify(&new, &quick()).await.unwrap().engine, "postgres");
}
