//! A market of its own for each test, and endpoints called as the edge would.

use std::sync::Arc;

use geo::Point;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, IdSource, ManualClock, Refusal, SnowIds, SystemRandom};
use serde_json::{Value, json};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Features, Grant, Raw, Role, Scope, Site, Tier};

use crate::position::WorkerId;
use crate::{Dispatch, Settings};

/// Fields are dropped in order: what is kept before the store, the store before its folder.
pub struct World {
    pub dispatch: Arc<Dispatch>,
    pub market: Market,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    site: Arc<Site>,
    outside: Arc<web::World>,
    _store: Store,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

pub const ZONE: &str = "Africa/Johannesburg";

/// Nothing where the engine is not at hand.
pub async fn world(engine: Engine) -> Option<World> {
    let folder = testkit::folder();
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(testkit::postgres()?),
    };
    let config = match &postgres {
        None => StoreConfig::embedded(folder.path()),
        Some(database) => StoreConfig { pool_connections: 8, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([bus::part(), web::part(), crate::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "food", "here")).await.unwrap();
    let site = Arc::new(Site {
        tenant: Id::from_raw(50),
        tenant_slug: "food".into(),
        tenant_name: "Food".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(100),
        market_slug: "here".into(),
        market_name: "Here".into(),
        zone: TimeZone::get(ZONE).unwrap(),
        currency: "ZAR".into(),
        languages: Arc::from(["en".to_owned()]),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    });
    let outside =
        Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids: ids.clone() });
    let dispatch = Dispatch::builder(clock.clone(), ids.clone()).settings(Settings::default()).build();
    Some(World {
        dispatch,
        market,
        clock,
        ids,
        site,
        outside,
        _store: store,
        _folder: folder,
        _postgres: postgres,
    })
}

impl World {
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.clock.now(), zone: &self.site.zone, actor: Actor::System, ids: &*self.ids }
    }

    pub async fn commit(&self, decision: Decision) {
        self.market.commit(Stamp::from(&self.ctx()), decision).await.unwrap();
    }

    pub fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub async fn window(&self) -> crate::offer::Looked {
        self.dispatch.window(&self.market, &self.site.zone).await.unwrap()
    }

    /// Calls an endpoint as a person, or as the market's staff.
    pub async fn ask(
        &self,
        endpoints: &[Endpoint],
        (who, name): (i64, &str),
        path: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let endpoint = endpoints.iter().find(|its| its.name == name).unwrap();
        let grants: Arc<[Grant]> = Arc::new([Grant { scope: Scope::Tenant, role: Role::Staff }]);
        let caller = Caller { actor: Actor::Person(Id::from_raw(who)), grants, ..Caller::anonymous() };
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        let call = Call::new(self.site.clone(), caller, address, "/food/here".into(), self.outside.clone());
        let raw = Raw {
            path: path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            query: query.to_owned(),
            body: body.map(|body| body.to_string()).unwrap_or_default().into_bytes().into(),
            ..Raw::default()
        };
        let reply = endpoint.call(call, raw).await?;
        assert_eq!(reply.status, endpoint.status, "{name}");
        Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    pub fn endpoints(&self) -> Vec<Endpoint> {
        crate::endpoints(&self.dispatch)
    }

    /// May work here from now on.
    pub async fn admit(&self, worker: i64) {
        let path = format!("{}", Id::<kernel::Person>::from_raw(worker));
        let path = [("worker", path.as_str())];
        self.ask(&self.endpoints(), (worker, "worker_ask"), &[], "", None).await.unwrap();
        self.ask(&self.endpoints(), (9, "worker_admit"), &path, "", None).await.unwrap();
    }

    /// On duty, and there.
    pub async fn come(&self, worker: i64, capacity: u16, at: Point) {
        self.admit(worker).await;
        let duty = json!({"on": true, "mode": "bicycle", "capacity": capacity});
        self.ask(&self.endpoints(), (worker, "worker_duty"), &[], "", Some(duty)).await.unwrap();
        self.be_at(worker, at).await;
    }

    pub async fn be_at(&self, worker: i64, at: Point) {
        let ping = crate::position::Ping::new(at, self.clock.now(), 0);
        let body = json!({"positions": [ping]});
        self.ask(&self.endpoints(), (worker, "worker_positions"), &[], "", Some(body)).await.unwrap();
    }

    /// Runs a job as the bus would; what it leaves to be done, by kind and in how many seconds.
    pub async fn run(&self, handler: &impl bus::JobHandler) -> Vec<(&'static str, i64)> {
        let now = self.ctx().now;
        let job = bus::Job {
            id: 1,
            kind: handler.kind().to_owned(),
            body: "null".to_owned(),
            key: None,
            priority: 0,
            due: now,
            attempts: 1,
            actor: Actor::System,
            at: now,
        };
        let decision = handler.run(&self.market, &job).await.unwrap();
        let left =
            decision.jobs.iter().map(|job| (job.kind, job.due.duration_since(now).as_secs())).collect();
        self.commit(decision).await;
        left
    }

    pub async fn load(&self, worker: i64) -> u16 {
        let id = WorkerId::from_raw(worker);
        crate::position::repo::worker(&self.market, id).await.unwrap().unwrap().duty.load
    }
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
