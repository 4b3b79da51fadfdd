//! Markets that move while others write to them, and moves that are interrupted at every point.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use kernel::{Decision, values};
use std::sync::Mutex;
use store::{
    CommitError, Place, Progress, Recovered, Report, Stage, Store, StoreConfig, StoreError, TransferError,
    Watch,
};

use crate::transfer::{Country, events, fill, quick};
use crate::world::*;

const STAGES: [Stage; 9] = [
    Stage::Begun,
    Stage::Frozen,
    Stage::Copied,
    Stage::Verified,
    Stage::Arrived,
    Stage::Flipped,
    Stage::Admitted,
    Stage::Fenced,
    Stage::Retired,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interruption {
    /// The move notices and tidies up.
    Error,
    /// The process is gone in the middle: nothing after this runs.
    Crash,
}

/// What the system market would say.
#[derive(Clone)]
struct Placement(Arc<Mutex<Place>>);

impl Placement {
    fn now(&self) -> Place {
        self.0.lock().unwrap().clone()
    }

    async fn flip(self, place: Place) -> Result<(), CommitError> {
        *self.0.lock().unwrap() = place;
        Ok(())
    }
}

async fn recover(store: &Store, place: &Place) -> Result<Recovered, TransferError> {
    store.recover(place, || async { Ok(place.clone()) }, &quick()).await
}

fn interrupted(at: Stage, how: Interruption) -> Watch {
    let stop = move |progress: Progress<'_>| match (progress == Progress::Stage(at), how) {
        (false, _) => Ok(()),
        (true, Interruption::Error) => Err(TransferError::Stopped("as the test wants".into())),
        (true, Interruption::Crash) => panic!("interrupted on purpose"),
    };
    Watch::new(stop).grace(Duration::ZERO)
}

async fn interrupt_everywhere(servers: usize, from: &str, to: &str) {
    let Some(country) = Country::new(servers) else { return };
    let mut number = 0;
    for at in STAGES {
        for how in [Interruption::Error, Interruption::Crash] {
            number += 1;
            interrupt(&country, &place(number).on(from), to, at, how).await;
        }
    }
}

async fn interrupt(country: &Country, home: &Place, to: &str, at: Stage, how: Interruption) {
    let said = format!("{at:?} {how:?}");
    let store = country.open().await;
    fill(&store.create(home).await.unwrap(), 6).await;
    let placement = Placement(Arc::new(Mutex::new(home.clone())));
    let (its, flip, from, target) = (store.clone(), placement.clone(), home.clone(), to.to_owned());
    let moved = tokio::spawn(async move {
        its.move_market(&from, &target, |place| flip.flip(place), &interrupted(at, how)).await
    });
    match moved.await {
        Ok(outcome) => assert!(outcome.is_err(), "{said}: {outcome:?}"),
        Err(error) => assert!(error.is_panic() && how == Interruption::Crash, "{said}"),
    }
    let flipped = placement.now() != *home;
    if how == Interruption::Error && !flipped {
        store.market(home).commit(stamp(), Decision::nothing().change(add(50, 1))).await.expect(&said);
        store
            .market(home)
            .commit(stamp(), Decision::nothing().change(DELETE.with(values![50i64])))
            .await
            .unwrap();
    }
    drop(store);
    let store = country.open().await;
    recover(&store, &placement.now()).await.expect(&said);
    let away = if flipped { home.clone() } else { home.clone().on(to) };
    serves_all(&store, &placement.now(), &away, 6, &said).await;
    // Nothing is left to do a second time.
    let again = recover(&store, &placement.now()).await.expect(&said);
    assert_eq!(again, Recovered::default(), "{said}");
    let flip = placement.clone();
    store.move_market(&placement.now(), to, |place| flip.flip(place), &quick()).await.expect(&said);
    serves_all(&store, &home.clone().on(to), home, 7, &said).await;
}

/// All rows here, and neither rows nor commits there.
async fn serves_all(store: &Store, here: &Place, away: &Place, count: i64, said: &str) {
    let market = store.market(here);
    let things = sorted(&market).await;
    assert_eq!(things.len() as i64, count, "{said}");
    assert_eq!(events(&market).await.len() as i64, count.min(6), "{said}");
    market.commit(stamp(), Decision::nothing().change(add(100 + count, 1))).await.expect(said);
    let there = store.market(away);
    let commit = there.commit(stamp(), Decision::nothing().change(add(200, 1))).await;
    let refused = |error: &StoreError| matches!(error, StoreError::Frozen(_) | StoreError::Missing(_));
    assert!(matches!(&commit, Err(CommitError::Failed(error)) if refused(error)), "{said}: {commit:?}");
    let read = there.list::<Thing>(EVERY, values![]).await;
    assert!(matches!(&read, Err(error) if refused(error)), "{said}: {read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_from_file_to_server() {
    interrupt_everywhere(1, "embedded", "server1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_from_server_to_file() {
    interrupt_everywhere(1, "server1", "embedded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_from_file_to_file() {
    interrupt_everywhere(0, "embedded", "annex").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_from_server_to_server() {
    interrupt_everywhere(2, "server1", "server2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flip_that_fails_leaves_the_market_where_its_placement_says() {
    let Some(country) = Country::new(1) else { return };
    let store = country.open().await;
    let home = place(1);
    let market = store.create(&home).await.unwrap();
    fill(&market, 3).await;
    let lost = || async { Err(CommitError::Unknown("the line was cut".into())) };
    let outcome =
        store.move_market(&home, "server1", |_| async { Err(CommitError::Conflict) }, &quick()).await;
    assert!(matches!(outcome, Err(TransferError::NotFlipped(_))), "{outcome:?}");
    market.commit(stamp(), Decision::nothing().change(add(10, 1))).await.unwrap();
    // Nobody knows, and it was not.
    let outcome = store.move_market(&home, "server1", |_| lost(), &quick()).await;
    assert!(matches!(outcome, Err(TransferError::Unknown(_))), "{outcome:?}");
    let frozen = market.commit(stamp(), Decision::nothing().change(add(11, 1))).await;
    assert!(matches!(frozen, Err(CommitError::Failed(StoreError::Frozen(_)))), "{frozen:?}");
    assert_eq!(sorted(&market).await.len(), 4, "reads go on");
    assert!(recover(&store, &home).await.unwrap().thawed);
    market.commit(stamp(), Decision::nothing().change(add(11, 1))).await.unwrap();
    // Nobody knows, and it was.
    let outcome = store.move_market(&home, "server1", |_| lost(), &quick()).await;
    assert!(matches!(outcome, Err(TransferError::Unknown(_))), "{outcome:?}");
    assert!(recover(&store, &home.clone().on("server1")).await.unwrap().admitted);
    assert_eq!(sorted(&store.market(&home.clone().on("server1"))).await.len(), 5);
    let wrong = recover(&store, &home).await;
    assert!(misplaced(&wrong, "server1"), "{wrong:?}");
}

fn misplaced(outcome: &Result<Recovered, TransferError>, at: &str) -> bool {
    matches!(outcome, Err(TransferError::Misplaced { serving, .. }) if serving == at)
}

/// A placement that was changed although the mover was told that it was not.
#[tokio::test(flavor = "multi_thread")]
async fn a_placement_that_names_nothing_is_told_who_has_the_market() {
    for (servers, from, to) in
        [(1, "embedded", "server1"), (1, "server1", "embedded"), (0, "embedded", "annex")]
    {
        let Some(country) = Country::new(servers) else { return };
        let (store, home) = (country.open().await, place(1).on(from));
        let away = home.clone().on(to);
        let market = store.create(&home).await.unwrap();
        fill(&market, 3).await;
        let outcome = store.move_market(&home, to, |_| async { Err(CommitError::Conflict) }, &quick()).await;
        assert!(matches!(outcome, Err(TransferError::NotFlipped(_))), "{outcome:?}");
        let wrong = recover(&store, &away).await;
        assert!(misplaced(&wrong, from), "{wrong:?}");
        market.commit(stamp(), Decision::nothing().change(add(10, 1))).await.unwrap();
        assert_eq!(recover(&store, &home).await.unwrap(), Recovered::default());
        assert_eq!(sorted(&market).await.len(), 4);
    }
}

/// The placement is read when nobody else can change it any more: here it changes at the last moment.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_reads_the_placement_when_it_holds_the_market() {
    let Some(country) = Country::new(2) else { return };
    let (store, home) = (country.open().await, place(1).on("server1"));
    fill(&store.create(&home).await.unwrap(), 3).await;
    let (mover, from) = (store.clone(), home.clone());
    let placement = Placement(Arc::new(Mutex::new(home.clone())));
    let (flip, before) = (placement.clone(), placement.now());
    let moving = tokio::spawn(async move {
        let died = interrupted(Stage::Flipped, Interruption::Crash);
        mover.move_market(&from, "server2", |place| flip.flip(place), &died).await
    });
    assert!(moving.await.unwrap_err().is_panic());
    let holding =
        open(StoreConfig { databases: Vec::new(), ..StoreConfig::postgres(country.databases[0].url()) });
    let holding = holding.await.unwrap();
    let held = || async {
        let busy = recover(&holding, &place(1)).await;
        assert!(matches!(busy, Err(TransferError::Underway(_))), "{busy:?}");
        Ok(placement.now())
    };
    let recovered = store.recover(&before, held, &quick()).await.unwrap();
    assert!(recovered.admitted, "{recovered:?}");
    serves_all(&store, &home.clone().on("server2"), &home, 3, "read in time").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_transfer_at_a_time() {
    let Some(country) = Country::new(2) else { return };
    let (store, home) = (country.open().await, place(1).on("server1"));
    fill(&store.create(&home).await.unwrap(), 2).await;
    let other =
        open(StoreConfig { databases: Vec::new(), ..StoreConfig::postgres(country.databases[0].url()) });
    let other = other.await.unwrap();
    let (inside, same, elsewhere) = (store.clone(), home.clone(), place(1));
    let flip = |_| async move {
        for attempt in [recover(&inside, &same).await, recover(&other, &elsewhere).await] {
            assert!(matches!(attempt, Err(TransferError::Underway(_))), "{attempt:?}");
        }
        Ok(())
    };
    store.move_market(&home, "server2", flip, &quick()).await.unwrap();
}

/// Writers of this process and of another one keep on while the market moves: what was acknowledged
/// is there afterwards, once, and nothing else is.
async fn under_load(from: &'static str, to: &'static str) {
    let Some(country) = Country::new(2) else { return };
    moved_under_load(&country, country.open().await, from, to, 200).await;
}

async fn moved_under_load(
    country: &Country,
    store: Store,
    from: &'static str,
    to: &'static str,
    after_ms: u64,
) {
    let home = place(1).on(from);
    store.create(&home).await.unwrap();
    let mut writers = vec![store.clone(), store.clone()];
    let mut places = vec![home.clone(), home.clone()];
    if from == "server1" {
        writers.push(open(StoreConfig::postgres(country.databases[0].url())).await.unwrap());
        places.push(place(1));
    }
    let (stop, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let tasks: Vec<_> = writers
        .into_iter()
        .zip(places)
        .map(|(store, place)| {
            let (stop, last, market) = (stop.clone(), last.clone(), store.market(&place));
            tokio::spawn(async move {
                let (mut done, mut frozen) = (Vec::new(), 0);
                while !stop.load(Ordering::Relaxed) {
                    let id = last.fetch_add(1, Ordering::Relaxed);
                    let decision = Decision::nothing().change(add(id, 1)).event(event("added", id, id));
                    match market.commit(stamp(), decision).await {
                        Ok(()) => done.push(id),
                        Err(CommitError::Failed(StoreError::Frozen(_))) => {
                            frozen += 1;
                            tokio::time::sleep(Duration::from_millis(1)).await;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                (done, frozen)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    let moved: Report = store.move_market(&home, to, |_| async { Ok(()) }, &quick()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for task in tasks {
        let (done, frozen) = task.await.unwrap();
        assert!(frozen > 0, "every writer noticed");
        acknowledged.extend(done);
    }
    acknowledged.sort_unstable();
    assert_eq!(moved.rows(), acknowledged.len() as u64 * 2);
    let market = store.market(&home.on(to));
    let there: Vec<i64> = sorted(&market).await.iter().map(|thing| thing.id).collect();
    assert_eq!(there, acknowledged);
    let mut told: Vec<i64> = events(&market).await.iter().map(|fact| fact.subject).collect();
    told.sort_unstable();
    assert_eq!(told, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_lose_nothing_from_server_to_file() {
    under_load("server1", "embedded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_lose_nothing_from_server_to_server() {
    under_load("server1", "server2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_lose_nothing_from_file_to_server() {
    under_load("embedded", "server1").await;
}

/// Asks for other markets all the time, so that files are closed while their writers still have work.
async fn crowded() -> (Country, Store, impl AsyncFnOnce()) {
    let mut country = Country::of_files();
    country.open_markets_max = 2;
    let store = country.open().await;
    for number in 2..6 {
        store.create(&place(number)).await.unwrap();
    }
    let stop = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn({
        let (stop, store) = (stop.clone(), store.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                for number in 2..6 {
                    store.market(&place(number)).settle().await.unwrap();
                }
            }
        }
    });
    (country, store, async move || {
        stop.store(true, Ordering::Relaxed);
        asking.await.unwrap();
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_lose_nothing_while_files_are_closed_and_opened() {
    for round in 0..12 {
        let (country, store, calm) = crowded().await;
        moved_under_load(&country, store, "embedded", "annex", 20 + round).await;
        calm().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_market_that_did_not_move_takes_commits_again_whoever_opened_its_file() {
    let (_country, store, calm) = crowded().await;
    let home = place(1).on("embedded");
    let market = store.create(&home).await.unwrap();
    for round in 0..60 {
        let refuse = |_| async { Err(CommitError::Refused(kernel::Refusal::conflict("no", "Not now."))) };
        store.move_market(&home, "annex", refuse, &quick()).await.unwrap_err();
        let decision = Decision::nothing().change(add(round, 1)).event(event("added", round, round));
        market.commit(stamp(), decision).await.unwrap();
    }
    calm().await;
    assert_eq!(sorted(&market).await.len(), 60);
}
