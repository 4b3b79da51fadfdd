//! Two tenants with their markets, and a client that speaks to the endpoints as the edge would.

use std::net::IpAddr;
use std::sync::Arc;

use identity::{Identity, KnownPerson, Master, Printed, Sources};
use kernel::{Clock, Id, IdSource, ManualClock, Refusal, SnowIds, SystemRandom, values};
use serde_json::Value;
use store::schema::Schema;
use store::{Market, Store, StoreConfig};
use tenancy::{Country, NewMarket, NewTenant, Operations};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Grant, Key, Raw, Role, Scope, Site};

kernel::statements! {
    long JOBS = "select id, body from job where kind = 'identity.send_code' order by id";
    long LIVE = "select count(*) from refresh r join session s on s.id = r.session where r.used = 0 and s.ended = 0";
}

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub identity: Arc<Identity>,
    pub printed: Arc<Printed>,
    pub operations: Operations,
    pub endpoints: Vec<Endpoint>,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub outside: Arc<web::World>,
    pub _folder: tempfile::TempDir,
    pub _postgres: Option<testkit::Postgres>,
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
    let parts = tenancy::parts().into_iter().chain([web::part(), identity::part()]);
    let store = Store::open(config, Schema::of(parts), ids.clone()).await.unwrap();
    let operations = Operations::open(store, clock.clone(), ids.clone()).await.unwrap();
    for slug in ["geo", "city"] {
        let tenant = NewTenant {
            slug: slug.into(),
            name: slug.into(),
            tier: web::Tier::Basic,
            languages: vec!["en".into(), "am".into()],
            currency: "ETB".into(),
            country: "ET".into(),
        };
        operations.add_tenant(&tenant).await.unwrap();
        for market in ["addis", "adama"] {
            let market = NewMarket {
                tenant: slug.into(),
                slug: market.into(),
                name: market.into(),
                zone: "Africa/Addis_Ababa".into(),
                currency: None,
                features: Vec::new(),
            };
            operations.add_market(&market).await.unwrap();
        }
    }
    let printed = Arc::new(Printed::default());
    let directory = operations.directory().clone();
    let master = Master::new(&[7; 32]).unwrap();
    let settings = identity::Settings { scopes: vec!["requests", "providers"], ..Default::default() };
    let identity = Identity::start(master, printed.clone(), directory, clock.clone(), settings).unwrap();
    let endpoints = identity::endpoints(&identity);
    let outside =
        Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids: ids.clone() });
    Some(World {
        identity,
        printed,
        operations,
        endpoints,
        clock,
        ids,
        outside,
        _folder: folder,
        _postgres: postgres,
    })
}

pub const HERE: &str = "/geo/addis";

impl World {
    /// The same, started anew with other settings.
    pub fn with_settings(self, settings: identity::Settings) -> Self {
        let master = Master::new(&[7; 32]).unwrap();
        let directory = self.operations.directory().clone();
        let identity =
            Identity::start(master, self.printed.clone(), directory, self.clock.clone(), settings).unwrap();
        Self { endpoints: identity::endpoints(&identity), identity, ..self }
    }

    pub fn site(&self, at: &str) -> Arc<Site> {
        self.operations.directory().resolve("", at).unwrap().site
    }

    pub fn home(&self) -> Market {
        self.site(HERE).home.clone()
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(kernel::jiff::SignedDuration::from_secs(seconds));
    }

    /// As a caller who is known already.
    pub async fn ask_as(&self, caller: Caller, at: &str, name: &str, input: Value) -> Result<Value, Refusal> {
        self.send(caller, at, None, name, input).await
    }

    /// With an `Idempotency-Key`, as the edge would bind it to sender and request.
    pub async fn keyed(&self, secret: &str, key: &str, name: &str, input: Value) -> Result<Value, Refusal> {
        let caller = match secret {
            "" => Caller::anonymous(),
            secret => self.caller(HERE, secret).await?,
        };
        self.send(caller, HERE, Some(key), name, input).await
    }

    async fn send(
        &self,
        caller: Caller,
        at: &str,
        key: Option<&str>,
        name: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let endpoint = self.endpoints.iter().find(|it| it.name == name).unwrap();
        let address: IpAddr = [127, 0, 0, 1].into();
        let (actor, market) = (caller.actor, self.site(at).market_id);
        let call = Call::new(self.site(at), caller, address, at.into(), self.outside.clone());
        // What stands in the path is given with a leading brace: {"{key": "key_…"}.
        let mut raw = Raw::default();
        let mut body = input;
        if let Value::Object(object) = &mut body {
            let names: Vec<String> = object.keys().filter(|name| name.starts_with('{')).cloned().collect();
            for name in names {
                let value = object.remove(&name).unwrap();
                raw.path.push((name[1..].to_owned(), value.as_str().unwrap().to_owned()));
            }
        }
        raw.body = body.to_string().into_bytes().into();
        let request = [endpoint.method.as_str().as_bytes(), endpoint.path.as_bytes(), &raw.body];
        let key = key.map(|key| Key::new(key, actor, market, request, endpoint.secret).unwrap());
        let reply = endpoint.call(call.with_key(key), raw.clone()).await?;
        assert_eq!(reply.status, endpoint.status, "{name}");
        Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    pub async fn ask(&self, name: &str, input: Value) -> Result<Value, Refusal> {
        self.ask_as(Caller::anonymous(), HERE, name, input).await
    }

    /// With a token or key, as it would come over the wire.
    pub async fn with(&self, secret: &str, name: &str, input: Value) -> Result<Value, Refusal> {
        let caller = self.caller(HERE, secret).await?;
        self.ask_as(caller, HERE, name, input).await
    }

    pub async fn caller(&self, at: &str, secret: &str) -> Result<Caller, Refusal> {
        self.identity.verifier().caller(&self.site(at), Some(&format!("Bearer {secret}"))).await
    }

    /// Runs all jobs that send codes; gives the newest one for a contact.
    pub async fn digits(&self, address: &str) -> Option<String> {
        let home = self.home();
        let jobs: Vec<(i64, String)> = home.list(JOBS, values![]).await.unwrap();
        for (_, body) in jobs {
            self.identity.send_code(&home, &body, self.clock.now()).await.unwrap();
        }
        self.printed.last(address)
    }

    pub async fn jobs(&self) -> usize {
        self.home().list::<(i64, String)>(JOBS, values![]).await.unwrap().len()
    }

    pub async fn live_refresh_tokens(&self) -> i64 {
        self.home().one::<(i64,)>(LIVE, values![]).await.unwrap().unwrap().0
    }

    pub fn sources(&self) -> Sources<'_> {
        Sources { clock: &*self.clock, ids: &*self.ids, random: &SystemRandom }
    }

    pub async fn person(&self, contact: &str) -> Id<kernel::Person> {
        let new = KnownPerson {
            contact,
            country: Country::named("ET"),
            name: "Abebe",
            language: "am",
            password: Some("correct horse"),
        };
        self.identity.add_person(&self.home(), new, self.sources()).await.unwrap().1
    }

    pub async fn give(&self, person: Id<kernel::Person>, scope: Scope, role: Role) {
        let grant = Grant { scope, role };
        self.identity.give_role(&self.home(), person, grant, None, self.sources()).await.unwrap();
    }

    /// Signs in by password; gives all that was answered.
    pub async fn sign_in(&self, contact: &str) -> Value {
        let input = serde_json::json!({"contact": contact, "password": "correct horse"});
        self.ask("sign_in", input).await.unwrap()
    }

    pub async fn token(&self, contact: &str) -> String {
        text(&self.sign_in(contact).await, "access_token")
    }
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

pub fn code_of(result: Result<Value, Refusal>) -> &'static str {
    result.err().map_or("", |refusal| refusal.code())
}
