//! Markets into files and out of them, on both engines.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::{Decision, NewJob, Value, values};
use proptest::prelude::*;
use store::{Event, Market, Place, Report, Store, StoreConfig, StoreError, TransferError, Watch};
use testkit::Postgres;

use crate::world::*;

/// The embedded folder is the default; two servers' databases stand beside it, if there is a server.
pub struct Country {
    pub folder: tempfile::TempDir,
    pub databases: Vec<Postgres>,
    pub open_markets_max: usize,
}

impl Country {
    pub fn new(servers: usize) -> Option<Self> {
        let databases = (0..servers).map(|_| testkit::postgres()).collect::<Option<_>>()?;
        Some(Self { databases, ..Self::of_files() })
    }

    pub fn of_files() -> Self {
        Self { folder: testkit::folder(), databases: Vec::new(), open_markets_max: 100 }
    }

    pub async fn open(&self) -> Store {
        let mut config =
            StoreConfig { pool_connections: 4, ..StoreConfig::embedded(self.folder.path().join("a")) };
        config.open_markets_max = self.open_markets_max;
        for (number, database) in (1..).zip(&self.databases) {
            config.databases.push((format!("server{number}"), database.url()));
        }
        config.databases.push(("annex".into(), format!("folder:{}", self.folder.path().join("b").display())));
        // Threads of the store before may still be letting go of the folder.
        for _ in 0..400 {
            match open(config.clone()).await {
                Err(StoreError::InUse(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                store => return store.unwrap(),
            }
        }
        panic!("the folder stays in use");
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub fn quick() -> Watch {
    Watch::silent().grace(Duration::ZERO)
}

pub async fn fill(market: &Market, count: i64) {
    for number in 1..=count {
        let row = ADD_FULL.with(values![
            number,
            format!("name {number}"),
            number * 7,
            (number % 2 == 0).then_some("a note — ünï¢ödé 🌳"),
            vec![number as u8; (number * 13) as usize]
        ]);
        let job = NewJob::new("count", now(), &number);
        let decision = Decision::nothing().change(row).event(event("thing.added", number, number)).job(job);
        market.commit(stamp(), decision).await.unwrap();
    }
}

pub async fn events(market: &Market) -> Vec<Event> {
    market.settle().await.unwrap();
    market.list(store_events(), values![0i64, 5_000i64]).await.unwrap()
}

fn store_events() -> kernel::Sql {
    *store::STATEMENTS.iter().find(|sql| sql.name.ends_with("EVENTS_AFTER")).unwrap()
}

async fn copy(store: &Store, from: &Place, to: &Place, path: &Path) -> (Report, Report) {
    let out = store.export(from, path, now(), &quick()).await.unwrap();
    let back = store.import(path, to, &quick()).await.unwrap();
    (out, back)
}

fn same(one: &Report, other: &Report) {
    let of = |report: &Report| -> Vec<(String, u64, u128)> {
        report.tables.iter().map(|(name, tally)| (name.clone(), tally.rows, tally.checksum)).collect()
    };
    assert_eq!(of(one), of(other));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_goes_around_and_stays_the_same() {
    let Some(country) = Country::new(2) else { return };
    let store = country.open().await;
    let home = place(1);
    let market = store.create(&home).await.unwrap();
    fill(&market, 40).await;
    let (things, facts) =
        (market.list::<Vec<Value>>(GET_ALL, values![]).await.unwrap(), events(&market).await);
    let mut first = None;
    let mut here = home.clone();
    for (number, to) in ["server1", "server2", "embedded", "annex"].into_iter().enumerate() {
        let there = place(1).on(to);
        if to == "embedded" {
            store.drop_market(&home).await.unwrap();
        }
        let (out, back) = copy(&store, &here, &there, &country.file(&format!("{number}.market"))).await;
        same(&out, &back);
        same(first.get_or_insert_with(|| out.clone()), &back);
        assert_eq!(out.rows(), 40 * 3);
        let market = store.market(&there);
        assert_eq!(market.list::<Vec<Value>>(GET_ALL, values![]).await.unwrap(), things);
        assert_eq!(events(&market).await, facts);
        here = there;
    }
    let market = store.market(&here);
    market.commit(stamp(), Decision::nothing().event(event("later", 1, 1))).await.unwrap();
    assert_eq!(events(&market).await.last().unwrap().pos, 41, "positions go on where they were");
}

kernel::statements! {
    short GET_ALL = "select id, name, version, amount, note, data from thing order by id";
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_not_placed_yet_are_placed_in_the_file() {
    let Some(country) = Country::new(1) else { return };
    let store = country.open().await;
    let (server, file) = (place(1).on("server1"), country.file("m"));
    let market = store.create(&server).await.unwrap();
    fill(&market, 3).await;
    market.settle().await.unwrap();
    for number in 4..8 {
        market.commit(stamp(), Decision::nothing().event(event("late", number, 0))).await.unwrap();
    }
    copy(&store, &server, &place(1), &file).await;
    let facts = events(&store.market(&place(1))).await;
    assert_eq!(facts.iter().map(|fact| fact.pos).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    assert_eq!(facts, events(&market).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten() {
    let country = Country::of_files();
    let store = country.open().await;
    let market = store.create(&place(1)).await.unwrap();
    fill(&market, 2).await;
    let path = country.file("m");
    store.export(&place(1), &path, now(), &quick()).await.unwrap();
    let again = store.export(&place(1), &path, now(), &quick()).await;
    assert!(matches!(again, Err(TransferError::Exists(_))), "{again:?}");
    let onto = store.import(&path, &place(1), &quick()).await;
    assert!(matches!(onto, Err(TransferError::Exists(_))), "{onto:?}");
    let other = store.import(&path, &place(2), &quick()).await;
    assert!(matches!(other, Err(TransferError::AnotherMarket { .. })), "{other:?}");
    let absent = store.export(&place(3), &country.file("n"), now(), &quick()).await;
    assert!(matches!(absent, Err(TransferError::Store(StoreError::Missing(_)))), "{absent:?}");
    assert!(!country.file("n").exists() && !country.file("n.partial").exists());
    assert_eq!(sorted(&market).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_market_is_away_until_it_is_imported() {
    let Some(country) = Country::new(1) else { return };
    for (number, database) in [(1, "embedded"), (2, "server1")] {
        let store = country.open().await;
        let place = place(number).on(database);
        let market = store.create(&place).await.unwrap();
        fill(&market, 5).await;
        let path = country.file(database);
        store.archive(&place, &path, now(), &quick()).await.unwrap();
        let gone = market.commit(stamp(), Decision::nothing().change(add(9, 9))).await;
        assert!(matches!(gone, Err(store::CommitError::Failed(StoreError::Missing(_)))), "{gone:?}");
        let gone = market.list::<Thing>(EVERY, values![]).await;
        assert!(matches!(gone, Err(StoreError::Missing(_))), "{gone:?}");
        store.import(&path, &place, &quick()).await.unwrap();
        assert_eq!(sorted(&market).await.len(), 5);
        market.commit(stamp(), Decision::nothing().change(add(9, 9))).await.unwrap();
    }
}

#[derive(Debug, Clone)]
struct Full {
    id: i64,
    name: Option<String>,
    amount: i64,
    note: Option<String>,
    data: Option<Vec<u8>>,
}

fn full() -> impl Strategy<Value = Full> {
    let id = prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0)];
    let amount = prop_oneof![0..=i64::MAX, Just(i64::MAX)];
    let text = || proptest::option::of("[^\\x00]{0,40}");
    let data = prop_oneof![
        4 => proptest::option::of(prop::collection::vec(any::<u8>(), 0..60)),
        1 => (any::<u8>(), 200_000usize..1_500_000).prop_map(|(byte, length)| Some(vec![byte; length])),
    ];
    (id, text(), amount, text(), data).prop_map(|(id, name, amount, note, data)| Full {
        id,
        name,
        amount,
        note,
        data,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn any_rows_survive_both_engines(rows in prop::collection::vec(full(), 0..25), placed in 0usize..25) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let Some(country) = Country::new(1) else { return };
            let store = country.open().await;
            let (home, server) = (place(1), place(1).on("server1"));
            let market = store.create(&home).await.unwrap();
            for (number, row) in rows.iter().enumerate() {
                let change = ADD_FULL.with(values![row.id, row.name.clone(), row.amount, row.note.clone(), row.data.clone()]);
                let mut decision = Decision::nothing().change(change);
                if number < placed {
                    decision = decision.event(event("added", row.id, row.amount));
                }
                // Keys that are there already are refused, which is as good here.
                let _ = market.commit(stamp(), decision).await;
            }
            let before = market.list::<Vec<Value>>(GET_ALL, values![]).await.unwrap();
            let (one, two) = copy(&store, &home, &server, &country.file("1")).await;
            store.drop_market(&home).await.unwrap();
            let (three, four) = copy(&store, &server, &home, &country.file("2")).await;
            same(&one, &two);
            same(&one, &three);
            same(&one, &four);
            assert_eq!(market.list::<Vec<Value>>(GET_ALL, values![]).await.unwrap(), before);
        });
    }
}
