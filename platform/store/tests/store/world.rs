//! A fresh store for one test, and the small tables that the tests use.

use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Clock, Decision, Id, NewEvent, Refusal, SnowIds, SystemClock, values};
use store::schema::{Part, Schema, Step};
use store::{CommitError, FromRow, Kind, Market, Place, Row, Stamp, Store, StoreConfig, StoreError};
use testkit::{Engine, Postgres};

pub const STEPS: &[Step] = &[Step {
    sqlite: "create table thing (id integer primary key, name text, version integer not null default 0,
               amount integer not null default 0 check (amount >= 0), note text, data blob) strict;
             create unique index thing_name on thing (name);
             create table other (id integer primary key, amount integer not null) strict;",
    postgres:
        "create table thing (market bigint not null default iroko_market(), id bigint not null, name text,
                 version bigint not null default 0, amount bigint not null default 0 check (amount >= 0),
                 note text, data bytea, primary key (market, id)) partition by list (market);
               create unique index thing_name on thing (market, name);
               select iroko_isolate('thing');
               create table other (market bigint not null default iroko_market(), id bigint not null,
                 amount bigint not null, primary key (market, id)) partition by list (market);
               select iroko_isolate('other');",
}];

kernel::statements! {
    short ADD = "insert into thing (id, name, amount) values (?1, ?2, ?3)";
    short ADD_FULL = "insert into thing (id, name, amount, note, data) values (?1, ?2, ?3, ?4, ?5)";
    short ADD_UNLESS = "insert into thing (id, amount) values (?1, ?2) on conflict (id) do nothing";
    short PUT = "insert into thing (id, amount) values (?1, ?2) on conflict (id) do update set amount = excluded.amount";
    short RENAME = "update thing set name = ?1, version = version + 1 where id = ?2 and version = ?3";
    short BUMP = "update thing set version = version + 1 where id = ?1";
    short TAKE = "update thing set amount = amount - ?1 where id = ?2 and amount >= ?1";
    short TAKE_OTHER = "update other set amount = amount - ?1 where id = ?2 and amount >= ?1";
    short ADD_OTHER = "insert into other (id, amount) values (?1, ?2)";
    short DELETE = "delete from thing where id = ?1";
    short DELETE_EVERY = "delete from thing";
    short FILL = "insert into thing (id) with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1) select i from n";
    short GET = "select id, name, version, amount from thing where id = ?1";
    short GET_FULL = "select id, name, amount, note, data from thing where id = ?1";
    short EVERY = "select id, name, version, amount from thing";
    short SORTED = "select id, name, version, amount from thing order by id limit ?1";
    short WITH_NOTE = "select id, name, version, amount from thing where note = ?1";
    short TOTAL = "select count(*), coalesce(sum(amount), 0), exists (select 1 from thing where amount > 100) from thing";
    short OTHERS = "select coalesce(sum(amount), 0) from other";
    long JOBS = "select kind, key, state from job order by id";
    long EVENTS = "select count(*) from event";
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub id: i64,
    pub name: Option<String>,
    pub version: i64,
    pub amount: i64,
}

impl FromRow for Thing {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { id: row.get(0)?, name: row.get(1)?, version: row.get(2)?, amount: row.get(3)? })
    }
}

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub store: Store,
    pub place: Place,
    pub market: Market,
    pub folder: tempfile::TempDir,
    pub postgres: Option<Postgres>,
}

pub fn schema() -> Schema {
    Schema::of([Part { name: "test", kind: Some(Kind::Market), steps: STEPS }])
}

pub fn place(number: i64) -> Place {
    Place::market(Id::from_raw(1_000 + number), "acme", &format!("city{number}"))
}

pub async fn open(config: StoreConfig) -> Result<Store, StoreError> {
    Store::open(config, schema(), Arc::new(SnowIds::new(Arc::new(SystemClock), 1))).await
}

/// Nothing where the engine is not at hand.
pub async fn world(engine: Engine) -> Option<World> {
    world_with(engine, |_| {}).await
}

pub async fn world_with(engine: Engine, adjust: impl FnOnce(&mut StoreConfig)) -> Option<World> {
    let folder = testkit::folder();
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(testkit::postgres()?),
    };
    let mut config = match &postgres {
        None => StoreConfig::embedded(folder.path()),
        Some(database) => StoreConfig { pool_connections: 6, ..StoreConfig::postgres(database.url()) },
    };
    adjust(&mut config);
    let store = open(config).await.unwrap();
    let place = place(1);
    let market = store.create(&place).await.unwrap();
    Some(World { store, place, market, folder, postgres })
}

pub fn now() -> Timestamp {
    testkit::clock().now()
}

pub fn stamp() -> Stamp {
    Stamp { at: now(), actor: Actor::System }
}

pub fn sold_out() -> Refusal {
    Refusal::conflict("sold_out", "Nothing is left.")
}

pub fn taken() -> Refusal {
    Refusal::conflict("taken", "Somebody has it.")
}

pub fn event(name: &'static str, subject: i64, body: i64) -> NewEvent {
    NewEvent::new(name, subject, &body)
}

pub fn add(id: i64, amount: i64) -> Change {
    ADD.with(values![id, None::<String>, amount])
}

pub fn take(id: i64, amount: i64) -> Change {
    TAKE.with(values![amount, id]).or_refuse(sold_out())
}

impl World {
    pub async fn commit(&self, decision: Decision) -> Result<(), CommitError> {
        self.market.commit(stamp(), decision).await
    }

    pub async fn changes(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.commit(Decision::nothing().changes(changes)).await
    }

    pub async fn things(&self) -> Vec<Thing> {
        sorted(&self.market).await
    }

    pub async fn amount(&self, id: i64) -> Option<i64> {
        self.market.one::<Thing>(GET, values![id]).await.unwrap().map(|thing| thing.amount)
    }

    pub async fn events(&self) -> i64 {
        self.market.one::<(i64,)>(EVENTS, values![]).await.unwrap().unwrap().0
    }
}

pub async fn sorted(market: &Market) -> Vec<Thing> {
    let mut things: Vec<Thing> = market.list(EVERY, values![]).await.unwrap();
    things.sort();
    things
}

pub fn is_conflict(outcome: &Result<(), CommitError>) -> bool {
    matches!(outcome, Err(CommitError::Conflict))
}

pub fn refused(outcome: &Result<(), CommitError>) -> Option<&'static str> {
    match outcome {
        Err(CommitError::Refused(refusal)) => Some(refusal.code()),
        _ => None,
    }
}

pub fn is_bug(outcome: &Result<(), CommitError>) -> bool {
    matches!(outcome, Err(CommitError::Failed(StoreError::Bug(_))))
}
