//! A city with two agencies, and callers at their desks.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use civic::request::model::{Request, RequestId};
use futures_util::StreamExt;
use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{
    Actor, Clock, Decision, Id, IdSource, ManualClock, Refusal, SnowIds, Sql, SystemRandom, values,
};
use serde_json::{Value, json};
use store::schema::Schema;
use store::{Event, Market, Stamp, Store, StoreConfig};
use tenancy::{NewMarket, NewTenant, Operations};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Grant, Key, Raw, Role, Scope, Site};

kernel::statements! {
    short GIVE = "insert into held_role (id, person, place, place_id, site, role, given_by, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)";
    short FOLLOW = "insert into follower (request, who, reporter, name, email, at) values (?1, ?2, 1, ?3, ?4, 0)";
    short DUE_MIN = "update category set due_min = ?2 where code = ?1";
}

/// Each test on a fresh city on each engine; where there is no PostgreSQL, that half passes.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::staff_world::world(testkit::Engine::Sqlite).await.unwrap()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = crate::staff_world::world(testkit::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

pub struct World {
    pub operations: Operations,
    pub endpoints: Vec<Endpoint>,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub outside: Arc<web::World>,
    pub _folder: tempfile::TempDir,
    pub _postgres: Option<testkit::Postgres>,
}

pub const HERE: &str = "/city/boston";
pub const ROADS: i64 = 7_000_001;
pub const PARKS: i64 = 7_000_002;

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
    let parts = tenancy::parts().into_iter().chain([web::part(), identity::part(), civic::part()]);
    let store = Store::open(config, Schema::of(parts), ids.clone()).await.unwrap();
    let operations = Operations::open(store, clock.clone(), ids.clone()).await.unwrap();
    let tenant = NewTenant {
        slug: "city".into(),
        name: "City".into(),
        tier: web::Tier::Basic,
        languages: vec!["en".into()],
        currency: "USD".into(),
        country: "US".into(),
    };
    operations.add_tenant(&tenant).await.unwrap();
    let market = NewMarket {
        tenant: "city".into(),
        slug: "boston".into(),
        name: "Boston".into(),
        zone: "UTC".into(),
        currency: None,
        features: Vec::new(),
    };
    operations.add_market(&market).await.unwrap();
    let outside =
        Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids: ids.clone() });
    let desk = civic::desk::Desk::new(Arc::new(civic::request::state::RoundTheClock));
    let endpoints = civic::staff_endpoints(&desk);
    let world = World { operations, endpoints, clock, ids, outside, _folder: folder, _postgres: postgres };
    world.furnish().await;
    Some(world)
}

/// Who asks.
pub fn staff(agency: i64) -> Caller {
    caller(100 + agency, Scope::Provider(Id::from_raw(agency)), Role::Staff)
}

pub fn caller(person: i64, scope: Scope, role: Role) -> Caller {
    Caller {
        actor: Actor::Person(Id::from_raw(person)),
        session: None,
        grants: [Grant { scope, role }].into(),
        scopes: None,
    }
}

pub fn manager() -> Caller {
    caller(90, Scope::Tenant, Role::Owner)
}

/// Text of what was refused.
pub fn code<T: std::fmt::Debug>(found: Result<T, Refusal>) -> &'static str {
    found.unwrap_err().code()
}

impl World {
    /// With everything that anybody may call, at the hours that a market begins with.
    pub fn with_citizens(self) -> Self {
        let civic = civic::Civic::builder(
            self.clock.clone(),
            b"a secret of the tests",
            Arc::new(|_| None),
            1_000_000,
        );
        Self { endpoints: civic::endpoints(&civic.build()), ..self }
    }

    async fn furnish(&self) {
        use civic::agency::model::Agency;
        use civic::category::model::Category;
        let categories = ["pothole", "graffiti"].map(|code| Category::named(code, code));
        let mut decision = civic::category::decide::set(&categories, self.now()).unwrap();
        for agency in [ROADS, PARKS] {
            let agency = Agency { provider: Id::from_raw(agency), about: None, contact: None };
            decision = decision.change(civic::agency::repo::put_agency(&agency));
        }
        self.commit(decision).await;
        let times = [("pothole", 240), ("graffiti", 600)];
        let times = times.map(|(code, min)| DUE_MIN.with(values![code, min]));
        self.commit(Decision::nothing().changes(times)).await;
        let site = self.site().market_id;
        let give =
            |n: i64, agency: i64| GIVE.with(values![n, 100 + agency, "provider", agency, site, "staff"]);
        let given = Decision::nothing().changes([give(1, ROADS), give(2, PARKS)]);
        let stamp = Stamp { at: self.clock.now(), actor: Actor::System };
        self.site().home.commit(stamp, given).await.unwrap();
    }

    pub fn site(&self) -> Arc<Site> {
        self.operations.directory().resolve("", HERE).unwrap().site
    }

    pub fn market(&self) -> Market {
        self.site().market.clone()
    }

    pub async fn commit(&self, decision: Decision) {
        let stamp = Stamp { at: self.clock.now(), actor: Actor::System };
        self.market().commit(stamp, decision).await.unwrap();
    }

    pub async fn run(&self, sql: Sql, params: Vec<kernel::Value>) {
        self.commit(Decision::nothing().change(sql.with(params).any_rows())).await;
    }

    pub fn advance(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// One that was reported and routed, due in four hours.
    pub async fn report(&self, agency: Option<i64>, with: impl FnOnce(&mut Request)) -> RequestId {
        let place = Point::from_e7(423_600_000, -710_600_000).unwrap();
        let now = self.clock.now();
        let mut request = Request::new(Id::from_raw(self.ids.next()), "pothole", "A hole", place, now);
        request.agency = agency.map(Id::from_raw);
        request.due = Some(now + SignedDuration::from_hours(4));
        with(&mut request);
        let event = civic::request::event::reported(&request);
        let follower = FOLLOW.with(values![request.id, vec![1u8], "Ada", "ada@x.example"]);
        let decision = Decision::nothing().change(civic::request::repo::add(&request)).change(follower);
        self.commit(decision.event(event)).await;
        request.id
    }

    pub async fn read(&self, id: RequestId) -> Request {
        civic::request::repo::one(&self.market(), id).await.unwrap().unwrap()
    }

    pub async fn events(&self) -> Vec<Event> {
        let market = self.market();
        market.settle().await.unwrap();
        market.list(store::EVENTS_AFTER, values![0, 10_000]).await.unwrap()
    }

    pub async fn named(&self, name: &str) -> Vec<Event> {
        self.events().await.into_iter().filter(|event| event.name == name).collect()
    }

    pub async fn ask(&self, caller: &Caller, name: &str, input: Value) -> Result<Value, Refusal> {
        self.send(caller, None, name, input).await
    }

    /// As staff of an agency would, or, without one, at the market's own desk.
    pub async fn act(
        &self,
        caller: &Caller,
        agency: Option<i64>,
        act: &str,
        id: RequestId,
        mut input: Value,
    ) -> Result<Value, Refusal> {
        input["{id"] = json!(id);
        let name = match agency {
            None => format!("desk_{act}"),
            Some(agency) => {
                input["{provider"] = json!(Id::<kernel::Provider>::from_raw(agency));
                format!("agency_{act}")
            }
        };
        self.send(caller, None, &name, input).await
    }

    /// What stands in the path begins with a brace, what stands in the query with a question mark.
    pub async fn send(
        &self,
        caller: &Caller,
        key: Option<&str>,
        name: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let reply = self.reply(caller, key, name, input).await?;
        Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    pub async fn table(&self, caller: &Caller, name: &str, input: Value) -> Result<Vec<String>, Refusal> {
        let reply = self.reply(caller, None, name, input).await?;
        let mut chunks = reply.stream.unwrap().take().unwrap();
        let mut found = Vec::new();
        while let Some(chunk) = chunks.next().await {
            found.push(String::from_utf8(chunk.unwrap().to_vec()).unwrap());
        }
        Ok(found)
    }

    async fn reply(
        &self,
        caller: &Caller,
        key: Option<&str>,
        name: &str,
        input: Value,
    ) -> Result<web::Reply, Refusal> {
        let endpoint = self.endpoints.iter().find(|it| it.name == name).expect(name);
        let address: IpAddr = [127, 0, 0, 1].into();
        let mut parts: BTreeMap<char, Vec<(String, String)>> = BTreeMap::new();
        let mut body = serde_json::Map::new();
        for (name, value) in input.as_object().unwrap().clone() {
            let first = name.chars().next().unwrap();
            if first == '{' || first == '?' {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                parts.entry(first).or_default().push((name[1..].to_owned(), text));
            } else {
                body.insert(name, value);
            }
        }
        let query: Vec<String> = parts
            .remove(&'?')
            .unwrap_or_default()
            .into_iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        let body = Value::Object(body).to_string().into_bytes();
        let site = self.site();
        let path = parts.remove(&'{').unwrap_or_default();
        let bound = key.map(|key| {
            let request = [endpoint.method.as_str().as_bytes(), endpoint.path.as_bytes(), &body];
            Key::new(key, caller.actor, site.market_id, request, endpoint.secret).unwrap()
        });
        let raw = Raw { path, query: query.join("&"), body: body.into(), ..Raw::default() };
        let call = Call::new(site, caller.clone(), address, HERE.into(), self.outside.clone());
        endpoint.call(call.with_key(bound), raw).await
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
