//! A folder with a few markets, consumers and handlers with moods, and crashes.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bus::{Bus, Consumer, Directory, Registry, Settings, Trouble};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Decision, Id, ManualClock, NewEvent, Random, SnowIds, values};
use parking_lot::Mutex;
use store::schema::{Part, Schema, Step};
use store::{Event, Kind, Market, Place, Stamp, Store, StoreConfig, StoreError};
use tempfile::TempDir;
use testkit::Postgres;

const STEPS: &[Step] = &[Step {
    sqlite: "create table log (id integer primary key, who text not null, what integer not null, subject integer not null) strict;",
    postgres: "create sequence log_id;
        create table log (market bigint not null default iroko_market(), id bigint not null default nextval('log_id'),
          who text not null, what bigint not null, subject bigint not null, primary key (market, id)) partition by list (market);
        select iroko_isolate('log');
        grant usage on sequence log_id to iroko_app;",
}];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Each test on both engines; on PostgreSQL only where there is one.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
            async fn $test() {
                Box::pin(super::$test($crate::world::Engine::Sqlite)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
            async fn $test() {
                Box::pin(super::$test($crate::world::Engine::Postgres)).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

kernel::statements! {
    short LOG = "insert into log (who, what, subject) values (?1, ?2, ?3)";
    long LOGGED = "select who, what, subject from log order by id";
    short CLEAR = "delete from log where who = ?1 and what > ?2";
    long JOBS = "select key, due, state, attempts from job order by id";
}

pub struct World {
    pub home: Home,
    pub clock: Arc<ManualClock>,
    pub store: Store,
    pub markets: Vec<Market>,
    pub zone: TimeZone,
}

/// What survives a crash.
pub enum Home {
    Folder(TempDir),
    Database(Postgres),
}

/// Deterministic, for jitter and the names of leases.
pub struct Dice(pub AtomicU64);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = (self.roll() >> 24) as u8;
        }
    }
}

impl Dice {
    pub fn roll(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

struct Listed(Vec<(Market, TimeZone)>);

impl Directory for Listed {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        self.0.clone()
    }
}

pub fn quick() -> Settings {
    Settings {
        relay_workers: 3,
        job_workers: 8,
        sweep_markets_per_s: 2_000,
        sweep_rest: Duration::from_millis(5),
        look_out_rest: Duration::from_millis(5),
        tick: Duration::from_millis(1),
        grace: Duration::from_secs(10),
    }
}

impl World {
    pub async fn new(engine: Engine, markets: i64) -> Option<World> {
        Self::starting(engine, "2026-03-28T12:00:00Z", markets).await
    }

    /// `None` where there is no PostgreSQL.
    pub async fn starting(engine: Engine, now: &str, count: i64) -> Option<World> {
        let home = match engine {
            Engine::Sqlite => Home::Folder(tempfile::tempdir().unwrap()),
            Engine::Postgres => Home::Database(testkit::postgres()?),
        };
        let clock = Arc::new(ManualClock::at(now.parse().unwrap()));
        let store = home.open(&clock).await.unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let mut markets = Vec::new();
        for number in 0..count {
            markets.push(store.create(&place(number)).await.unwrap());
        }
        Some(World { home, clock, store, markets, zone })
    }

    /// The bus must be gone. What it was doing is cut off, and the store is opened anew.
    pub async fn crash(self) -> World {
        let World { home, clock, store, markets, zone } = self;
        let count = markets.len() as i64;
        drop((store, markets));
        let store = loop {
            match home.open(&clock).await {
                Ok(store) => break store,
                Err(StoreError::InUse(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => panic!("{error}"),
            }
        };
        let markets = (0..count).map(|number| store.market(&place(number))).collect();
        World { home, clock, store, markets, zone }
    }

    /// A store of its own over the same database: its commits make no news here.
    pub async fn other_process(&self) -> (Store, Market) {
        let store = self.home.open(&self.clock).await.unwrap();
        let market = store.market(&place(0));
        (store, market)
    }

    pub fn bus(&self, registry: Registry, seed: u64) -> Bus {
        self.bus_with(registry, seed, quick())
    }

    pub fn bus_with(&self, registry: Registry, seed: u64, settings: Settings) -> Bus {
        let listed = self.markets.iter().map(|market| (market.clone(), self.zone.clone())).collect();
        let dice = Arc::new(Dice(AtomicU64::new(seed)));
        Bus::start(&self.store, Arc::new(Listed(listed)), registry, self.clock.clone(), dice, settings)
            .unwrap()
    }

    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub async fn commit(&self, market: usize, decision: Decision) {
        self.markets[market].commit(self.stamp(), decision).await.unwrap();
    }

    pub async fn happen(&self, market: usize, name: &'static str, subjects: impl IntoIterator<Item = i64>) {
        let mut decision = Decision::nothing();
        for subject in subjects {
            decision = decision.event(NewEvent::new(name, subject, &()));
        }
        self.commit(market, decision).await;
    }

    /// What was logged, in order: who, what, subject.
    pub async fn logged(&self, market: usize) -> Vec<(String, i64, i64)> {
        self.markets[market].list(LOGGED, values![]).await.unwrap()
    }

    /// Positions of what one consumer logged.
    pub async fn positions(&self, market: usize, who: &str) -> Vec<i64> {
        let logged = self.logged(market).await;
        logged.into_iter().filter(|(its, ..)| its == who).map(|(_, what, _)| what).collect()
    }

    pub async fn jobs(&self, market: usize) -> Vec<(Option<String>, Timestamp, String, i64)> {
        self.markets[market].list(JOBS, values![]).await.unwrap()
    }

    /// Waits for something, while the clock goes on in steps so that pauses end.
    pub async fn until<F: Future<Output = bool>>(&self, step_ms: i64, mut holds: impl FnMut() -> F) {
        for _ in 0..20_000 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.clock.advance(SignedDuration::from_millis(step_ms));
        }
        panic!("it never comes about");
    }

    /// Time enough for what should not happen to happen.
    pub async fn a_while(&self) {
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

fn place(number: i64) -> Place {
    Place::market(Id::from_raw(100 + number), "test", &format!("m{number}"))
}

impl Home {
    async fn open(&self, clock: &Arc<ManualClock>) -> Result<Store, StoreError> {
        let ids = Arc::new(SnowIds::new(clock.clone(), 1));
        let config = match self {
            Home::Folder(folder) => StoreConfig::embedded(folder.path()),
            Home::Database(database) => StoreConfig::postgres(database.url()),
        };
        let config = StoreConfig { pool_connections: 6, ..config };
        let test = Part { name: "test", kind: Some(Kind::Market), steps: STEPS };
        Store::open(config, Schema::of([bus::part(), test]), ids).await
    }
}

pub fn log(who: &str, what: i64, subject: i64) -> kernel::Change {
    LOG.with(values![who, what, subject])
}

/// What goes wrong, to be changed while the bus runs.
#[derive(Default)]
pub struct Mood {
    /// Positions that make their batch fail.
    pub poison: Mutex<HashSet<i64>>,
    pub away: AtomicBool,
    /// Of 256 batches, how many fail in some way.
    pub clumsy: AtomicU64,
    pub dice: Option<Dice>,
    pub calls: AtomicU64,
    pub seen: Mutex<HashMap<i64, u64>>,
}

/// Logs every event it wants: names that start with its own.
pub struct Logger {
    pub name: &'static str,
    pub wants: &'static str,
    pub mood: Arc<Mood>,
}

impl Consumer for Logger {
    fn name(&self) -> &'static str {
        self.name
    }

    fn wants(&self, event: &str) -> bool {
        event.starts_with(self.wants)
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mood = &self.mood;
        mood.calls.fetch_add(1, Ordering::Relaxed);
        if mood.away.load(Ordering::Relaxed) {
            return Err(Trouble::OutOfReach("the line is dead".into()));
        }
        for event in events {
            *mood.seen.lock().entry(event.pos).or_default() += 1;
            if mood.poison.lock().contains(&event.pos) {
                return Err(Trouble::Failed(format!("event {} tastes odd", event.pos)));
            }
        }
        if let Some(dice) = &mood.dice {
            let roll = dice.roll();
            if roll % 256 < mood.clumsy.load(Ordering::Relaxed) {
                match roll >> 8 & 3 {
                    0 => panic!("clumsy"),
                    1 => return Err(Trouble::OutOfReach("clumsy".into())),
                    // A change whose guard never holds.
                    2 => return Ok(Decision::nothing().change(CLEAR.with(values!["nobody", 0]))),
                    _ => return Err(Trouble::Failed("clumsy".into())),
                }
            }
            tokio::time::sleep(Duration::from_micros(roll >> 16 & 1023)).await;
        }
        let changes = events.iter().map(|event| log(self.name, event.pos, event.subject));
        Ok(Decision::nothing().changes(changes))
    }
}

pub fn following(name: &'static str, wants: &'static str, mood: &Arc<Mood>) -> Registry {
    Registry::default().consumer(Kind::Market, Logger { name, wants, mood: mood.clone() })
}

pub fn clearing(who: &str, after: i64) -> Decision {
    Decision::nothing().change(CLEAR.with(values![who, after]).any_rows())
}
