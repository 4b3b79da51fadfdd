//! How fast one market's events reach a consumer that counts, and how fast empty jobs run:
//! `cargo run --release -p bus --example relay_pace`.
#![expect(clippy::print_stdout, reason = "this is command-line output")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::{Bus, Consumer, Directory, Job, JobHandler, JobTrouble, Registry, Settings, Trouble};
use kernel::jiff::{Timestamp, tz::TimeZone};
use kernel::{Actor, Decision, Id, NewEvent, NewJob, SnowIds, SystemClock, SystemRandom, values};
use store::schema::{Part, Schema, Step};
use store::{Event, Kind, Market, Place, Stamp, Store, StoreConfig};

const EVENTS: i64 = 500_000;
const JOBS: i64 = 20_000;
const AT_ONCE: i64 = 1_000;

const STEPS: &[Step] = &[Step {
    sqlite: "create table tally (subject integer primary key, count integer not null) strict;",
    postgres: "",
}];

kernel::statements! {
    short COUNT = "insert into tally (subject, count) values (?1, ?2) \
         on conflict (subject) do update set count = tally.count + excluded.count";
    long TOTAL = "select cast(coalesce(sum(count), 0) as bigint) from tally";
    long DUE_NOW = "update job set due = ?1";
}

struct Counter;

impl Consumer for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn wants(&self, event: &str) -> bool {
        event == "thing.made"
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
        for event in events {
            *counts.entry(event.subject % 10).or_default() += 1;
        }
        let changes = counts.into_iter().map(|(subject, count)| COUNT.with(values![subject, count]));
        Ok(Decision::nothing().changes(changes))
    }
}

struct Idler;

impl JobHandler for Idler {
    fn kind(&self) -> &'static str {
        "pace.idle"
    }

    async fn run(&self, _: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        Ok(Decision::nothing())
    }
}

struct One(Market);

impl Directory for One {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        vec![(self.0.clone(), TimeZone::UTC)]
    }
}

async fn open(folder: &Path) -> (Store, Market) {
    let ids = Arc::new(SnowIds::new(Arc::new(SystemClock), 1));
    let config = StoreConfig::embedded(folder);
    let pace = Part { name: "pace", kind: Some(Kind::Market), steps: STEPS };
    let store = Store::open(config, Schema::of([bus::part(), pace]), ids).await.expect("the folder opens");
    let place = Place::market(Id::from_raw(100), "pace", "one");
    let market = store.create(&place).await.expect("the market is made");
    (store, market)
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("pace-bus-{}", std::process::id()));
    let (store, market) = open(&folder).await;
    let stamp = Stamp { at: Timestamp::UNIX_EPOCH, actor: Actor::System };
    for batch in 0..EVENTS / AT_ONCE {
        let subjects = batch * AT_ONCE..(batch + 1) * AT_ONCE;
        let events =
            subjects.map(|subject| NewEvent::new("thing.made", subject, &"a pothole near the school"));
        market.commit(stamp, events.fold(Decision::nothing(), Decision::event)).await.expect("it commits");
    }
    for batch in 0..JOBS / AT_ONCE {
        let jobs = (0..AT_ONCE).map(|_| NewJob::new("pace.idle", Timestamp::MAX, &batch));
        market.commit(stamp, jobs.fold(Decision::nothing(), Decision::job)).await.expect("it commits");
    }
    relay(&store, &market).await;
    jobs(&store, &market, stamp).await;
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

fn start(store: &Store, market: &Market, registry: Registry) -> Bus {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Bus::start(store, Arc::new(One(market.clone())), registry, clock, random, Settings::default())
        .expect("the registry is in order")
}

async fn relay(store: &Store, market: &Market) {
    let start_of_run = Instant::now();
    let bus = start(store, market, Registry::default().consumer(Kind::Market, Counter));
    while bus.counts().events < EVENTS as u64 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let pace = EVENTS as f64 / start_of_run.elapsed().as_secs_f64();
    let total: Option<(i64,)> = market.one(TOTAL, values![]).await.expect("it reads");
    assert_eq!(total, Some((EVENTS,)));
    println!("{pace:.0} events/s to one consumer, {} batches", bus.counts().batches);
    bus.stop().await;
}

async fn jobs(store: &Store, market: &Market, stamp: Stamp) {
    market
        .commit(stamp, Decision::nothing().change(DUE_NOW.with(values![0]).any_rows()))
        .await
        .expect("it commits");
    let start_of_run = Instant::now();
    let bus = start(store, market, Registry::default().handler(Idler));
    while bus.counts().jobs_done < JOBS as u64 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let pace = JOBS as f64 / start_of_run.elapsed().as_secs_f64();
    println!("{pace:.0} jobs/s, each claimed and finished durably");
    bus.stop().await;
}
