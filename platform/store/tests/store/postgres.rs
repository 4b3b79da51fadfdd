//! Isolation, the three traps of an outbox, and what happens to a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::{Decision, NewJob, values};
use store::schema::{Part, Schema, Step};
use store::{CommitError, Event, Kind, Store, StoreConfig, StoreError};
use tokio_postgres::{Client, NoTls};

use crate::world::*;
use testkit::Engine;

async fn raw(w: &World) -> Client {
    raw_at(&w.postgres.as_ref().unwrap().url()).await
}

async fn raw_at(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    client
}

/// As the app is, set to the market of the test.
async fn raw_app(w: &World) -> Client {
    let client = raw(w).await;
    let market = w.place.id.raw();
    client.batch_execute(&format!("set role iroko_app; set iroko.market = '{market}'")).await.unwrap();
    client
}

async fn count(client: &Client, text: &str) -> i64 {
    client.query_one(text, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_role_cannot_leave_its_market() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let second = w.store.create(&place(2)).await.unwrap();
    let filled = || {
        Decision::nothing().change(add(1, 1)).event(event("thing.added", 1, 0)).job(NewJob::new(
            "k",
            now(),
            &1,
        ))
    };
    w.commit(filled()).await.unwrap();
    second.commit(stamp(), filled()).await.unwrap();
    let client = raw(&w).await;
    assert_eq!(count(&client, "select count(*) from thing").await, 2, "the owner sees all");
    client.batch_execute("set role iroko_app").await.unwrap();
    for table in ["thing", "event", "job", "resident"] {
        let all = format!("select count(*) from {table}");
        client.batch_execute("reset iroko.market").await.unwrap();
        assert_eq!(count(&client, &all).await, 0, "{table} without a market");
        client.batch_execute("set iroko.market = '1001'").await.unwrap();
        assert_eq!(count(&client, &all).await, 1, "{table} of one market");
        assert_eq!(count(&client, &format!("select count(*) from {table} where market = 1002")).await, 0);
        for forbidden in [
            format!("alter table {table} disable row level security"),
            format!("alter table {table} no force row level security"),
            format!("drop policy own_market on {table}"),
            format!("create policy more on {table} using (true)"),
            format!("drop table {table}"),
            format!("set row_security = off; select * from {table}"),
            format!("update {table} set market = 1002"),
        ] {
            assert!(client.batch_execute(&forbidden).await.is_err(), "{forbidden}");
            client.batch_execute("set row_security = on").await.unwrap();
        }
        assert!(client.batch_execute(&format!("select * from {table}_default")).await.is_err());
    }
    assert!(client.batch_execute("insert into thing (market, id) values (1002, 7)").await.is_err());
    client.batch_execute("reset iroko.market").await.unwrap();
    assert!(client.batch_execute("insert into thing (id) values (7)").await.is_err());
    assert!(client.batch_execute("alter role iroko_app bypassrls").await.is_err());
    client.batch_execute("reset role; set role iroko_relay").await.unwrap();
    assert_eq!(count(&client, "select count(distinct market) from event").await, 2);
    for forbidden in ["select body from event", "select * from job", "select * from thing", "delete from job"]
    {
        assert!(client.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_one_a_slow_transaction_with_a_lower_sequence() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let slow = raw_app(&w).await;
    slow.batch_execute(
        "begin; insert into event (id, name, subject, at, actor, body) values (1, 'slow', 1, 0, 0, '0')",
    )
    .await
    .unwrap();
    w.commit(Decision::nothing().event(event("fast.one", 2, 0))).await.unwrap();
    assert_eq!(w.market.settle().await.unwrap(), 1, "nobody waits for the slow one");
    assert_eq!(names(&w, 0).await, [(1, "fast.one".to_owned())]);
    slow.batch_execute("commit").await.unwrap();
    w.commit(Decision::nothing().event(event("late.one", 2, 0))).await.unwrap();
    assert_eq!(w.market.settle().await.unwrap(), 3);
    assert_eq!(
        names(&w, 1).await,
        [(2, "slow".to_owned()), (3, "late.one".to_owned())],
        "and it is not missed"
    );
}

async fn names(w: &World, after: i64) -> Vec<(i64, String)> {
    let events: Vec<Event> = w.market.list(store::EVENTS_AFTER, values![after, 100]).await.unwrap();
    events.into_iter().map(|event| (event.pos, event.name)).collect()
}

/// The first transaction to begin is not the first to change the row: by transaction number its event
/// would come first.
#[tokio::test(flavor = "multi_thread")]
async fn trap_two_version_two_before_version_one() {
    let Some(w) = world(Engine::Postgres).await else { return };
    w.changes(vec![add(1, 0), add(2, 0)]).await.unwrap();
    let early = raw_app(&w).await;
    early.batch_execute("begin; update thing set version = version + 1 where id = 2").await.unwrap();
    let bump = |name| Decision::nothing().change(BUMP.with(values![1])).event(event(name, 1, 0));
    w.commit(bump("version.one")).await.unwrap();
    early
        .batch_execute(
            "update thing set version = version + 1 where id = 1;
             insert into event (id, name, subject, at, actor, body) values (1, 'version.two', 1, 0, 0, '0')",
        )
        .await
        .unwrap();
    // The store's own statement waits for the row; its event must get its sequence after that.
    let waiting = {
        let (market, decision) = (w.market.clone(), bump("version.three"));
        tokio::spawn(async move { market.commit(stamp(), decision).await })
    };
    let watcher = raw(&w).await;
    while count(&watcher, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()").await == 0 {
        tokio::task::yield_now().await;
    }
    early
        .batch_execute(
            "insert into event (id, name, subject, at, actor, body) values (2, 'version.two.b', 1, 0, 0, '0'); commit",
        )
        .await
        .unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(w.market.settle().await.unwrap(), 4);
    let order: Vec<String> = names(&w, 0).await.into_iter().map(|(_, name)| name).collect();
    assert_eq!(order, ["version.one", "version.two", "version.two.b", "version.three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_three_an_open_transaction_in_another_database() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let Some(other) = testkit::postgres() else { return };
    let open = raw_at(&other.url()).await;
    open.batch_execute("begin; create table held (id int); insert into held values (1)").await.unwrap();
    w.commit(Decision::nothing().event(event("not.stalled", 1, 0))).await.unwrap();
    assert_eq!(w.market.settle().await.unwrap(), 1);
    open.batch_execute("rollback").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sequencers_at_the_same_time_place_each_event_once() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let mut tasks = Vec::new();
    for task in 0..6 {
        let market = w.market.clone();
        tasks.push(tokio::spawn(async move {
            for number in 0..20 {
                market.commit(stamp(), Decision::nothing().event(event("a.b", task, number))).await.unwrap();
                let last = market.settle().await.unwrap();
                assert!(last > number, "one's own events are placed when it returns");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let positions: Vec<i64> = names(&w, 0).await.into_iter().map(|(pos, _)| pos).collect();
    assert_eq!(positions.len(), 100);
    assert_eq!(w.market.settle().await.unwrap(), 120);
    assert!(positions.is_sorted());
}

/// The database knows nothing of so many new rows, and takes them for a few.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_events_that_came_at_once_are_placed() {
    const DECISIONS: i64 = 150;
    const EVENTS_EACH: i64 = 80;
    let Some(w) = world(Engine::Postgres).await else { return };
    for decision in 0..DECISIONS {
        let events = (0..EVENTS_EACH).map(|number| event("a.b", decision * EVENTS_EACH + number, 0));
        let decision = events.fold(Decision::nothing(), |decision, event| decision.event(event));
        w.commit(decision).await.unwrap();
    }
    assert_eq!(w.market.settle().await.unwrap(), DECISIONS * EVENTS_EACH);
}

#[tokio::test(flavor = "multi_thread")]
async fn restless_markets_are_found_across_isolation() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let (second, third) =
        (w.store.create(&place(2)).await.unwrap(), w.store.create(&place(3)).await.unwrap());
    let later = now() + kernel::jiff::SignedDuration::from_secs(60);
    let ids = |when| {
        let store = w.store.clone();
        async move {
            let mut ids: Vec<i64> =
                store.restless(when, 10).await.unwrap().iter().map(|id| id.raw()).collect();
            ids.sort();
            ids
        }
    };
    assert!(ids(later).await.is_empty());
    w.commit(Decision::nothing().event(event("a.b", 1, 0))).await.unwrap();
    second.commit(stamp(), Decision::nothing().job(NewJob::new("k", later, &1))).await.unwrap();
    third.commit(stamp(), Decision::nothing().change(add(1, 1))).await.unwrap();
    assert_eq!(ids(now()).await, [1_001]);
    assert_eq!(ids(later).await, [1_001, 1_002]);
    w.market.settle().await.unwrap();
    assert_eq!(ids(later).await, [1_002]);
    assert_eq!(w.store.restless(later, 0).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_is_promoted_while_it_serves() {
    let Some(w) = world(Engine::Postgres).await else { return };
    let second = w.store.create(&place(2)).await.unwrap();
    second.commit(stamp(), Decision::nothing().change(add(1, 77))).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3i64)
        .map(|task| {
            let (market, stop) = (w.market.clone(), stop.clone());
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    let id = task * 1_000_000 + written;
                    let decision = Decision::nothing().change(add(id, 1)).event(event("thing.added", id, 0));
                    market.commit(stamp(), decision).await.unwrap();
                    assert!(market.one::<Thing>(GET, values![id]).await.unwrap().is_some());
                    written += 1;
                }
                written
            })
        })
        .collect();
    w.store.promote(&w.place).await.unwrap();
    w.store.promote(&w.place).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    let total: (i64, i64, bool) = w.market.one(TOTAL, values![]).await.unwrap().unwrap();
    assert_eq!((total.0, w.events().await), (written, written));
    let client = raw(&w).await;
    assert_eq!(count(&client, "select count(*) from thing_m1001").await, written);
    assert_eq!(count(&client, "select count(*) from thing_default").await, 1);
    assert_eq!(sorted(&second).await[0].amount, 77);
    client.batch_execute("set role iroko_app; set iroko.market = '1002'").await.unwrap();
    assert!(client.batch_execute("select * from thing_m1001").await.is_err(), "nor around the parent");
    w.store.drop_market(&w.place).await.unwrap();
    assert!(matches!(w.market.one::<Thing>(GET, values![1]).await, Err(StoreError::Missing(_))));
    assert_eq!(sorted(&second).await.len(), 1);
}

const BROKEN: &[Step] = &[
    Step { sqlite: "", postgres: "create table first (id bigint)" },
    Step { sqlite: "", postgres: "create table second (id bigint); create table nonsense (id what)" },
];
const MENDED: &[Step] = &[BROKEN[0], Step { sqlite: "", postgres: "create table second (id bigint)" }];

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_on_where_they_stopped_and_newer_data_is_refused() {
    let Some(database) = testkit::postgres() else { return };
    let open = |steps: &'static [Step]| {
        let schema = Schema::of([Part { name: "part", kind: Some(Kind::Market), steps }]);
        let ids = Arc::new(kernel::SequentialIds::starting_at(1));
        Store::open(StoreConfig::postgres(database.url()), schema, ids)
    };
    let failed = open(BROKEN).await.err();
    assert!(matches!(&failed, Some(StoreError::Bug(text)) if text.contains("step 2 of part")), "{failed:?}");
    assert_eq!(
        database.run("select to_regclass('first') is not null and to_regclass('second') is null"),
        ["t"]
    );
    let together = tokio::join!(open(MENDED), open(MENDED), open(MENDED));
    assert!(together.0.is_ok() && together.1.is_ok() && together.2.is_ok());
    let newer = open(&MENDED[..1]).await.err();
    assert!(matches!(&newer, Some(StoreError::Newer(_))), "{newer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_are_replaced() {
    let Some(w) = world(Engine::Postgres).await else { return };
    w.changes(vec![add(1, 1)]).await.unwrap();
    for round in 0..3 {
        w.postgres.as_ref().unwrap().cut_connections();
        assert_eq!(w.amount(1).await, Some(1), "a read is simply asked again");
        w.changes(vec![add(10 + round, 1)]).await.unwrap();
        w.store.restless(now(), 10).await.ok();
    }
    assert!(w.store.restless(now(), 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gone_is_down_and_back_is_back() {
    let Some(mut cluster) = testkit::postgres_cluster() else { return };
    let store = open(StoreConfig::postgres(cluster.url())).await.unwrap();
    let market = store.create(&place(1)).await.unwrap();
    let mut acknowledged = Vec::new();
    let mut id = 0;
    for round in 0..3 {
        for _ in 0..20 {
            id += 1;
            market.commit(stamp(), Decision::nothing().change(add(id, 1))).await.unwrap();
            acknowledged.push(id);
        }
        if round % 2 == 0 {
            cluster.kill()
        } else {
            cluster.stop()
        }
        let read = market.one::<Thing>(GET, values![1]).await;
        assert!(matches!(read, Err(StoreError::Down(_))), "{read:?}");
        let outcome = market.commit(stamp(), Decision::nothing().change(add(-1, 1))).await;
        let plain =
            matches!(outcome, Err(CommitError::Failed(StoreError::Down(_)) | CommitError::Unknown(_)));
        assert!(plain, "{outcome:?}");
        cluster.start().unwrap();
        // What was refused a moment ago is remembered for a moment.
        tokio::time::sleep(store::limits::DOWN_REMEMBERED).await;
    }
    let there: Vec<i64> = sorted(&market).await.into_iter().map(|thing| thing.id).collect();
    assert_eq!(there, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_and_a_dedicated_database_side_by_side() {
    let Some(own) = testkit::postgres() else { return };
    let folder = testkit::folder();
    let Some(w) = world_with(Engine::Postgres, |config| {
        config.folder = Some(folder.path().to_owned());
        config.databases = vec![("own".into(), own.url()), ("away".into(), "host=/nowhere user=x".into())];
    })
    .await
    else {
        return;
    };
    let places = [place(1), place(1).on("own"), place(1).on("embedded")];
    for (amount, place) in (1..).zip(&places) {
        let market = w.store.create(place).await.unwrap();
        market.commit(stamp(), Decision::nothing().change(add(1, amount))).await.unwrap();
    }
    for (amount, place) in (1..).zip(&places) {
        assert_eq!(sorted(&w.store.market(place)).await[0].amount, amount);
    }
    let away = w.store.market(&place(1).on("away")).one::<Thing>(GET, values![1]).await;
    assert!(matches!(away, Err(StoreError::Down(_))), "{away:?}");
    assert_eq!(w.store.stats().databases.len(), 3);
    let twice =
        StoreConfig { databases: vec![("default".into(), own.url())], ..StoreConfig::postgres(own.url()) };
    assert!(matches!(open(twice).await.err(), Some(StoreError::Bug(_))));
    let nonsense = open(StoreConfig::postgres("host=x passwort=secret")).await.err().unwrap().to_string();
    assert!(!nonsense.contains("secret"), "{nonsense}");
}
