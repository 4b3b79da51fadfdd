//! A market of its own for each test, and endpoints called as the edge would.

use std::sync::Arc;

use bus::Job;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Id, IdSource, ManualClock, Refusal, SnowIds, SystemRandom};
use serde_json::Value;
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Features, Raw, Site, Tier};

/// Fields are dropped in order: what is kept before the store, the store before its folder.
pub struct World {
    pub market: Market,
    pub clock: Arc<ManualClock>,
    site: Arc<Site>,
    outside: Arc<web::World>,
    _store: Store,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

/// Nothing where the engine is not at hand.
pub async fn world(engine: Engine) -> Option<World> {
    let folder = testkit::folder();
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(testkit::postgres()?),
    };
    let config = match &postgres {
        None => StoreConfig::embedded(folder.path()),
        Some(database) => StoreConfig { pool_connections: 4, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([web::part(), crate::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "city", "here")).await.unwrap();
    let site = Arc::new(Site {
        tenant: Id::from_raw(50),
        tenant_slug: "city".into(),
        tenant_name: "City".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(100),
        market_slug: "here".into(),
        market_name: "Here".into(),
        zone: TimeZone::get("Africa/Johannesburg").unwrap(),
        currency: "ZAR".into(),
        languages: Arc::from(["en".to_owned()]),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    });
    let outside = Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids });
    Some(World { market, clock, site, outside, _store: store, _folder: folder, _postgres: postgres })
}

impl World {
    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    /// Calls an endpoint; what its path holds is given as name and value.
    pub async fn ask(
        &self,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.ask_by(Caller::anonymous(), endpoints, (name, path, query), body).await
    }

    /// The same, signed in.
    pub async fn ask_as(
        &self,
        person: i64,
        endpoints: &[Endpoint],
        name: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let caller = Caller { actor: Actor::Person(Id::from_raw(person)), ..Caller::anonymous() };
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.ask_by(caller, endpoints, (name, &[], ""), body).await
    }

    /// The same, with a file as it is.
    pub async fn send(&self, endpoints: &[Endpoint], name: &str, file: &str) -> Result<Value, Refusal> {
        self.ask_by(Caller::anonymous(), endpoints, (name, &[], ""), file.to_owned()).await
    }

    async fn ask_by(
        &self,
        caller: Caller,
        endpoints: &[Endpoint],
        (name, path, query): (&str, &[(&str, &str)], &str),
        body: String,
    ) -> Result<Value, Refusal> {
        let endpoint = endpoints.iter().find(|its| its.name == name).unwrap();
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        let call = Call::new(self.site.clone(), caller, address, "/city/here".into(), self.outside.clone());
        let raw = Raw {
            path: path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            query: query.to_owned(),
            body: body.into_bytes().into(),
            ..Raw::default()
        };
        let reply = endpoint.call(call, raw).await?;
        assert_eq!(reply.status, endpoint.status, "{name}");
        Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }
}

/// A job as a schedule leaves it.
pub fn job(kind: &str, now: Timestamp) -> Job {
    Job {
        id: 1,
        kind: kind.to_owned(),
        body: "null".into(),
        key: None,
        priority: 0,
        due: now,
        attempts: 1,
        actor: Actor::System,
        at: now,
    }
}

pub fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.faults().iter().map(|fault| fault.code).collect()
}

/// Runs each test on a fresh world of each engine; where there is no PostgreSQL, that half passes.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::testing::world(testkit::Engine::Sqlite).await.unwrap()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = $crate::testing::world(testkit::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
