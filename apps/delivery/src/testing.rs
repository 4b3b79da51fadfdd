//! For each test a place of its own, on either engine, in Johannesburg; and endpoints asked as the edge
//! would ask them.

use std::sync::Arc;

use bus::Job;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Currency, Decision, Id, IdSource, ManualClock, Provider, Refusal};
use kernel::{Reach, SnowIds, Sql, SystemRandom, values};
use serde_json::{Value, json};
use store::schema::Schema;
use store::{CommitError, Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Features, Key, Raw, Reply, Site, Tier};

pub const CURRENCY: Currency = Currency::ZAR;

const ADD_PROVIDER: Sql = Sql {
    name: "delivery::testing::ADD_PROVIDER",
    text: "insert into provider (id, name, state, at) values (?1, ?2, 'active', ?3)",
    reach: Reach::Short,
};

/// Dropped from the top: who uses the store goes before it, and it before its folder or server.
pub struct World {
    pub market: Market,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub zone: TimeZone,
    /// Who asks; nobody in particular, unless a test says otherwise.
    pub caller: Caller,
    site: Arc<Site>,
    around: Arc<web::World>,
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
        Some(server) => StoreConfig { pool_connections: 8, ..StoreConfig::postgres(server.url()) },
        None => StoreConfig::embedded(folder.path()),
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let [_, providers] = tenancy::parts();
    let house = [web::part(), bus::part(), providers, media::part(), notify::part()];
    let shared = [money::part(), dispatch::part()];
    let schema = Schema::of(house.into_iter().chain(shared).chain([crate::part()]));
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(200), "shops", "joburg")).await.unwrap();
    let zone = TimeZone::get("Africa/Johannesburg").unwrap();
    let site = Arc::new(Site {
        tenant: Id::from_raw(20),
        tenant_slug: "shops".into(),
        tenant_name: "Shops".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(200),
        market_slug: "joburg".into(),
        market_name: "Johannesburg".into(),
        zone: zone.clone(),
        currency: CURRENCY.code().into(),
        languages: Arc::from(["en".to_owned()]),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    });
    let around =
        Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids: ids.clone() });
    Some(World {
        market,
        clock,
        ids,
        zone,
        caller: Caller::anonymous(),
        site,
        around,
        _store: store,
        _folder: folder,
        _postgres: postgres,
    })
}

impl World {
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.clock.now(), zone: &self.zone, actor: self.caller.actor, ids: &*self.ids }
    }

    pub fn stamp(&self) -> Stamp {
        Stamp::from(&self.ctx())
    }

    /// What comes from outside the program.
    pub fn around(&self) -> &web::World {
        &self.around
    }

    pub async fn commit(&self, decision: Decision) -> Result<(), CommitError> {
        self.market.commit(Stamp::from(&self.ctx()), decision).await
    }

    /// A merchant of this name.
    pub async fn merchant(&self, name: &str) -> Id<Provider> {
        let provider = self.ctx().fresh();
        let added = ADD_PROVIDER.with(values![provider, name, self.clock.now()]);
        self.commit(Decision::nothing().change(added)).await.unwrap();
        provider
    }

    /// Calls an endpoint; what its path holds is given as names and values.
    pub async fn ask(
        &self,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(endpoints, name, path, query, body.into_bytes()).await
    }

    /// The same in somebody's name.
    pub async fn ask_by(
        &self,
        who: Caller,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send_by(who, endpoints, name, path, query, body.into_bytes()).await
    }

    /// The same with a body that need not be JSON.
    pub async fn send(
        &self,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Vec<u8>,
    ) -> Result<Value, Refusal> {
        self.send_by(self.caller.clone(), endpoints, name, path, query, body).await
    }

    async fn send_by(
        &self,
        who: Caller,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Vec<u8>,
    ) -> Result<Value, Refusal> {
        let raw = Raw { query: query.to_owned(), body: body.into(), ..Raw::default() };
        let reply = self.reply(who, endpoints, name, path, raw).await?;
        Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    /// As the edge hands it to an endpoint.
    pub fn call(&self, who: Caller) -> Call {
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        Call::new(self.site.clone(), who, address, "/shops/joburg".into(), self.around.clone())
    }

    /// What comes back as it is, for whatever is in `raw` besides the path.
    pub async fn reply(
        &self,
        who: Caller,
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        raw: Raw,
    ) -> Result<Reply, Refusal> {
        self.reply_once((who, None), endpoints, name, path, raw).await
    }

    /// The same with an `Idempotency-Key`, as the edge would bind it to sender and request.
    pub async fn reply_once(
        &self,
        (who, key): (Caller, Option<&str>),
        endpoints: &[Endpoint],
        name: &str,
        path: &[(&str, &str)],
        raw: Raw,
    ) -> Result<Reply, Refusal> {
        let endpoint = endpoints.iter().find(|its| its.name == name).unwrap();
        let request = [endpoint.method.as_str().as_bytes(), endpoint.path.as_bytes(), &raw.body];
        let (actor, market) = (who.actor, self.site.market_id);
        let key = key.map(|key| Key::new(key, actor, market, request, endpoint.secret).unwrap());
        let call = self.call(who).with_key(key);
        let raw = Raw {
            path: path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..raw
        };
        let reply = endpoint.call(call, raw).await?;
        assert_eq!(reply.status, endpoint.status, "{name}");
        Ok(reply)
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

/// Rand and cents.
pub fn rand(cents: i64) -> Value {
    json!({"amount": cents, "currency": "ZAR"})
}

/// The fields and codes of all faults.
pub fn faults(refusal: &Refusal) -> Vec<(&str, &str)> {
    refusal.faults().iter().map(|fault| (fault.field.as_str(), fault.code)).collect()
}

/// The codes of all faults.
pub fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.faults().iter().map(|fault| fault.code).collect()
}

/// Runs each test on either engine, in a world of its own; without PostgreSQL that half passes.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = $crate::testing::world(testkit::Engine::Sqlite).await.unwrap();
                super::$name(world).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(world) = $crate::testing::world(testkit::Engine::Postgres).await {
                    super::$name(world).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_engines;
