//! A city, and calls to its endpoints as the edge would make them.

use std::net::IpAddr;
use std::sync::Arc;

use civic::category::model::{Category, NewCategory};
use civic::request::model::{Request, RequestId};
use civic::{Civic, request};
use geo::Point;
use kernel::jiff::SignedDuration;
use kernel::{Actor, Clock, Id, IdSource, ManualClock, Refusal, SnowIds, SystemRandom};
use serde_json::{Value, json};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Features, Key, Raw, Site, Tier};

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub endpoints: Vec<Endpoint>,
    pub civic: Arc<Civic>,
    pub site: Arc<Site>,
    pub market: Market,
    pub clock: Arc<ManualClock>,
    outside: Arc<web::World>,
    _store: Store,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

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
    let [_, providers] = tenancy::parts();
    let schema =
        Schema::of([web::part(), bus::part(), providers, media::part(), notify::part(), civic::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(5), "ten", "mkt")).await.unwrap();
    let countries = Arc::new(|_| tenancy::Country::named("US"));
    let civic = Civic::builder(clock.clone(), b"a secret of the tests", countries, 1_000_000).build();
    let outside = Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids });
    let world = World {
        endpoints: civic::endpoints(&civic),
        civic,
        site: Arc::new(site(&market)),
        market,
        clock,
        outside,
        _store: store,
        _folder: folder,
        _postgres: postgres,
    };
    let categories = [Category::named("pothole", "Pothole"), Category::named("graffiti", "Graffiti")];
    let decision = civic::category::decide::set(&categories, world.clock.now()).unwrap();
    world.market.commit(world.stamp(), decision).await.unwrap();
    Some(world)
}

fn site(market: &Market) -> Site {
    Site {
        tenant: Id::from_raw(4),
        tenant_slug: "ten".into(),
        tenant_name: "Ten".into(),
        tier: Tier::Premium,
        market_id: Id::from_raw(5),
        market_slug: "mkt".into(),
        market_name: "Market".into(),
        zone: kernel::jiff::tz::TimeZone::UTC,
        currency: "USD".into(),
        languages: [String::from("en"), String::from("es")].into(),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub enum By {
    Nobody,
    /// Without an account, from this address.
    At(u8),
    Person(i64),
}

pub type Answered = Result<Value, Refusal>;

impl World {
    pub fn store(&self) -> &Store {
        &self._store
    }

    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    pub fn pass(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    /// The endpoint of this name, called with this path parameter, query and body.
    pub async fn ask(&self, by: By, name: &str, id: &str, query: &str, body: &Value) -> Answered {
        self.ask_once(by, name, id, query, body, None).await
    }

    pub async fn ask_once(
        &self,
        by: By,
        name: &str,
        id: &str,
        query: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Answered {
        let endpoint =
            self.endpoints.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no {name}"));
        let (actor, last) = match by {
            By::Nobody => (Actor::Anonymous, 1),
            By::At(last) => (Actor::Anonymous, last),
            By::Person(id) => (Actor::Person(Id::from_raw(id)), 1),
        };
        let caller = Caller { actor, ..Caller::anonymous() };
        let text = body.to_string();
        let key = key.map(|key| {
            let request = [name.as_bytes(), id.as_bytes(), text.as_bytes()];
            Key::new(key, actor, self.site.market_id, request, endpoint.secret).unwrap()
        });
        let address = IpAddr::from([192, 0, 2, last]);
        let call = Call::new(self.site.clone(), caller, address, "/ten/mkt".into(), self.outside.clone());
        let parameter = endpoint.path.split('{').nth(1).and_then(|rest| rest.split('}').next());
        let path = parameter.map(|name| (name.to_owned(), id.to_owned())).into_iter().collect();
        let raw = Raw { path, query: query.to_owned(), body: text.into(), ..Raw::default() };
        let reply = endpoint.call(call.with_key(key), raw).await?;
        Ok(if reply.body.is_empty() { Value::Null } else { serde_json::from_slice(&reply.body).unwrap() })
    }

    pub async fn report(&self, by: By, more: Value) -> Value {
        self.ask(by, "request_report", "", "", &wish(more)).await.unwrap()
    }

    pub async fn read(&self, id: &str) -> Answered {
        self.ask(By::Nobody, "request_read", id, "", &json!({})).await
    }

    /// The row itself.
    pub async fn row(&self, id: &str) -> Request {
        let id: RequestId = id.parse().unwrap();
        request::repo::one(&self.market, id).await.unwrap().unwrap()
    }

    /// As staff would: any columns of a row.
    pub async fn put(&self, sql: kernel::Sql, params: Vec<kernel::Value>) {
        let decision = kernel::Decision::nothing().change(sql.with(params));
        self.market.commit(self.stamp(), decision).await.unwrap();
    }

    pub async fn set_categories(&self, items: Value) {
        let wanted: Vec<NewCategory> = serde_json::from_value(items).unwrap();
        let version = civic::rules::repo::version(&self.market).await.unwrap();
        let known = civic::category::repo::all(&self.market).await.unwrap();
        let (decision, _) =
            civic::category::decide::replace((version, &known), wanted, self.clock.now()).unwrap();
        self.market.commit(self.stamp(), decision).await.unwrap();
    }
}

pub fn wish(more: Value) -> Value {
    let mut wish =
        json!({ "category": "pothole", "description": "A hole", "place": { "lat": 42.0, "long": -71.0 } });
    for (name, value) in more.as_object().unwrap() {
        wish[name] = value.clone();
    }
    wish
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

#[track_caller]
pub fn refused(answered: Answered, code: &str) -> Refusal {
    let refusal = answered.expect_err("it is refused");
    assert_eq!(refusal.code(), code, "{refusal} {:?}", refusal.faults());
    refusal
}

pub fn point(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}
