//! A market, the simulated gateway, a ledger that is nothing but events, and jobs that run when they are
//! due.

use std::collections::BTreeMap;
use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{
    Actor, Clock, Ctx, Currency, Decision, Id, IdSource, ManualClock, Money, NewEvent, Person, Refusal,
    SnowIds, SystemRandom, values,
};
use outward::Outward;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::schema::Schema;
use store::{EVENTS_AFTER, Event, Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;
use web::{Call, Caller, Endpoint, Features, Grant, Raw, Role, Scope, Site, Tier};

use crate::gateway::adapter::Adapters;
use crate::gateway::callback::jobs::{Follow, Tidy};
use crate::gateway::simulated::{SIGNATURE, Sent, Simulated};
use crate::ledger::{Account, Posting, What};
use crate::payment::jobs::{Expire, Work};
use crate::payment::model::{Book, Method, NewPayment, PaymentId};
use crate::payment::payments::{Parts, Payments, Places};
use crate::payment::posts::Ledger;
use crate::payment::repo;
use crate::payment::states::PaymentState;

kernel::statements! {
    short DUE = "select id, kind, body, due from job where state = 'waiting' and due <= ?1 order by due, id limit 50";
    short NEXT = "select min(due) from job where state = 'waiting'";
    short DONE = "delete from job where id = ?1";
    long PAYMENTS = "select id from payment order by id";
    long CALLBACKS = "select reference, state from gateway_callback order by id";
}

pub const SECRET: &str = "shared with the gateway";
pub const PAYER: i64 = 77;

/// Posts by telling: what is committed is what was posted. The wallet of nobody but the payer is full.
pub struct Told;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub id: Vec<u8>,
    pub what: String,
    pub debit: (String, i64),
    pub credit: (String, i64),
    pub amount: i64,
    pub hold: Option<Vec<u8>>,
}

impl Ledger for Told {
    fn post<'a>(
        &'a self,
        _: &'a Market,
        postings: Vec<Posting>,
        _: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        let poor = postings.iter().any(|it| it.debit.code == "wallet" && it.debit.owner != PAYER);
        let side = |account: &Account| (account.code.to_string(), account.owner);
        let decision = postings.iter().fold(Decision::nothing(), |decision, it| {
            let (what, hold) = match it.what {
                What::Post => ("post", None),
                What::Hold { .. } => ("hold", None),
                What::Take { hold } => ("take", Some(hold)),
                What::Release { hold } => ("release", Some(hold)),
                What::Reverse { of } => ("reverse", Some(of)),
            };
            let line = Line {
                id: it.id.bytes().to_vec(),
                what: what.to_owned(),
                debit: side(&it.debit),
                credit: side(&it.credit),
                amount: it.amount.minor(),
                hold: hold.map(|hold| hold.bytes().to_vec()),
            };
            decision.event(NewEvent::new("ledger.posted", 7, &line))
        });
        let answer =
            if poor { Err(Refusal::conflict("no_funds", "Not enough is there.")) } else { Ok(decision) };
        Box::pin(std::future::ready(answer))
    }
}

pub struct Here;

impl Places for Here {
    fn zone(&self, _: &Market) -> TimeZone {
        TimeZone::UTC
    }

    fn base(&self, _: &Market) -> Option<String> {
        Some("https://test.example/t/m".to_owned())
    }
}

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub payments: Arc<Payments>,
    pub gateway: Arc<Simulated>,
    pub market: Market,
    pub clock: Arc<ManualClock>,
    site: Arc<Site>,
    pub outside: Arc<web::World>,
    ledger: Arc<dyn Ledger>,
    store: Store,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

/// Nothing where the engine is not at hand.
pub async fn world(engine: Engine) -> Option<World> {
    world_with(engine, Arc::new(Told)).await
}

/// With what payments post to.
pub async fn world_with(engine: Engine, ledger: Arc<dyn Ledger>) -> Option<World> {
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
    let schema = Schema::of([web::part(), bus::part(), crate::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "t", "m")).await.unwrap();
    let site = Arc::new(Site {
        tenant: Id::from_raw(50),
        tenant_slug: "t".into(),
        tenant_name: "T".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(100),
        market_slug: "m".into(),
        market_name: "M".into(),
        zone: TimeZone::UTC,
        currency: "ETB".into(),
        languages: Arc::from(["en".to_owned()]),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    });
    let outside = Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids });
    let gateway = Arc::new(Simulated::default());
    let payments = started(&gateway, &ledger, &clock, &outside);
    let (_folder, _postgres) = (folder, postgres);
    let world = World { payments, gateway, market, clock, site, outside, ledger, store, _folder, _postgres };
    world.account(3, json!({})).await.unwrap();
    Some(world)
}

/// What a process has in memory when it starts.
fn started(
    gateway: &Arc<Simulated>,
    ledger: &Arc<dyn Ledger>,
    clock: &Arc<ManualClock>,
    outside: &Arc<web::World>,
) -> Arc<Payments> {
    Payments::new(Parts {
        secret: b"a deployment's secret".to_vec(),
        adapters: Adapters::default().with(gateway.clone()),
        ledger: ledger.clone(),
        places: Arc::new(Here),
        outward: Outward::new(outward::Settings::default(), clock.clone()).unwrap(),
        world: outside.clone(),
    })
}

impl World {
    /// The process has died: what was in its memory is gone. The gateway is another's, and remembers.
    pub fn dies(&mut self) {
        self.payments = started(&self.gateway, &self.ledger, &self.clock, &self.outside);
    }

    /// Another market of the same store.
    pub async fn other_market(&self) -> Market {
        self.store.create(&Place::market(Id::from_raw(101), "t", "other")).await.unwrap()
    }

    pub fn endpoints(&self) -> Vec<Endpoint> {
        crate::payment::endpoints(&self.payments)
    }

    /// Sets a simulated gateway; what is given takes the place of what is usual.
    pub async fn account(&self, number: i64, changes: Value) -> Result<Value, Refusal> {
        let mut body = json!({
            "adapter": "simulated", "name": "Test", "method": "card", "currency": "ETB",
            "secrets": { "secret": SECRET }, "basis_points": 200,
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let path = number.to_string();
        self.ask(Some(Role::Owner), "set_gateway", &[("number", &path)], "", Some(body)).await
    }

    pub fn wants(&self, token: &str, amount: i64) -> NewPayment {
        NewPayment {
            id: Id::from_raw(self.outside.ids.next()),
            about: 42,
            payer: Some(Id::from_raw(PAYER)),
            method: Method::Card,
            amount: Money::new(amount, Currency::ETB),
            token: Some(token.to_owned()),
            contact: None,
            note: "Two meals".to_owned(),
            expires_after: None,
            held_for: None,
        }
    }

    /// Loads, decides, posts and commits, from the start again after a conflict.
    pub async fn change<F, Fut, T>(&self, mut work: F) -> Result<T, Refusal>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(Decision, T), Refusal>>,
    {
        let stamp = || Stamp { at: self.clock.now(), actor: Actor::System };
        self.market
            .change(|| {
                let work = work();
                async { work.await.map(|(decision, answer)| (stamp(), decision, answer)) }
            })
            .await
    }

    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.clock.now(), zone: &self.site.zone, actor: Actor::System, ids: &*self.outside.ids }
    }

    pub async fn begin(&self, new: &NewPayment) -> Result<PaymentId, Refusal> {
        let begin = || async { self.payments.begin(&self.market, new, &self.ctx()).await };
        self.change(begin).await.map(|_| new.id)
    }

    /// Begins, and does what is due.
    pub async fn pay(&self, token: &str, amount: i64) -> PaymentId {
        let id = self.begin(&self.wants(token, amount)).await.unwrap();
        self.work().await;
        id
    }

    pub async fn book(&self, id: PaymentId) -> Book {
        repo::book(&self.market, id).await.unwrap().unwrap()
    }

    pub async fn state(&self, id: PaymentId) -> PaymentState {
        self.book(id).await.payment.state
    }

    pub async fn all(&self) -> Vec<Book> {
        let ids: Vec<(PaymentId,)> = self.market.list(PAYMENTS, values![]).await.unwrap();
        let mut all = Vec::new();
        for (id,) in ids {
            all.push(self.book(id).await);
        }
        all
    }

    /// All jobs that are due, and those that they leave.
    pub async fn work(&self) {
        loop {
            let jobs: Vec<(i64, String, String, Timestamp)> =
                self.market.list(DUE, values![self.clock.now()]).await.unwrap();
            if jobs.is_empty() {
                return;
            }
            for (id, kind, body, due) in jobs {
                self.job(id, kind, body, due).await;
            }
        }
    }

    pub async fn job(&self, id: i64, kind: String, body: String, due: Timestamp) {
        let (key, at) = (None, due);
        let job = Job { id, kind, body, key, priority: 0, due, attempts: 1, actor: Actor::System, at };
        for _ in 0..20 {
            let (market, payments) = (&self.market, self.payments.clone());
            let done = match job.kind.as_str() {
                "payment.work" => Work(payments).run(market, &job).await,
                "payment.expire" => Expire(payments).run(market, &job).await,
                "payment.callback" => Follow(payments).run(market, &job).await,
                "payment.tidy" => Tidy(payments).run(market, &job).await,
                other => unreachable!("nobody leaves jobs of kind {other}"),
            };
            let stamp = Stamp { at: self.clock.now(), actor: Actor::System };
            match done {
                Ok(decision) => {
                    let decision = decision.change(DONE.with(values![id]).any_rows());
                    if self.market.commit(stamp, decision).await.is_ok() {
                        return;
                    }
                }
                Err(JobTrouble::Retry(_)) => {}
                Err(JobTrouble::Dead(error)) => unreachable!("a job died: {error}"),
            }
        }
        unreachable!("a job that never ends: {job:?}");
    }

    /// Lets time pass, job by job, for so long.
    pub async fn pass(&self, time: SignedDuration) {
        let end = self.clock.now().checked_add(time).unwrap();
        loop {
            self.work().await;
            let next: Option<(Option<Timestamp>,)> = self.market.one(NEXT, values![]).await.unwrap();
            match next.and_then(|(due,)| due).filter(|due| *due <= end) {
                Some(due) => self.clock.set(due),
                None => break,
            }
        }
        self.clock.set(end);
    }

    pub async fn events(&self) -> Vec<Event> {
        self.market.settle().await.unwrap();
        let (mut all, mut after) = (Vec::<Event>::new(), 0);
        loop {
            let page: Vec<Event> = self.market.list(EVENTS_AFTER, values![after, 5_000]).await.unwrap();
            let Some(last) = page.last() else { return all };
            after = last.pos;
            all.extend(page);
        }
    }

    /// Names of what was told of one payment, without their common beginning.
    pub async fn told(&self, id: PaymentId) -> String {
        let of = |event: &&Event| event.subject == id.raw() && event.name.starts_with("payment.");
        let events = self.events().await;
        let names: Vec<&str> =
            events.iter().filter(of).filter_map(|it| it.name.strip_prefix("payment.")).collect();
        names.join(" ")
    }

    /// Balances by account, and holds that have not ended. Nothing is posted twice.
    pub async fn ledger(&self) -> (BTreeMap<(String, i64), i64>, usize) {
        let (mut balances, mut seen, mut holds) = (BTreeMap::new(), BTreeMap::new(), 0);
        for event in self.events().await.iter().filter(|event| event.name == "ledger.posted") {
            let line: Line = serde_json::from_str(&event.body).unwrap();
            assert!(seen.insert(line.id.clone(), line.clone()).is_none(), "posted twice: {line:?}");
            match line.what.as_str() {
                "hold" => holds += 1,
                "release" => holds -= 1,
                what => {
                    holds -= usize::from(what == "take");
                    *balances.entry(line.debit).or_default() += line.amount;
                    *balances.entry(line.credit).or_default() -= line.amount;
                }
            }
        }
        (balances, holds)
    }

    pub async fn balance(&self, code: &str) -> i64 {
        self.ledger().await.0.iter().filter(|((its, _), _)| its == code).map(|(_, balance)| balance).sum()
    }

    pub fn callbacks(&self) -> Vec<Sent> {
        self.gateway.callbacks(SECRET, self.clock.now())
    }

    pub async fn callback(&self, sent: &Sent) -> Result<Value, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, sent.signature.parse().unwrap());
        let raw = Raw {
            path: vec![("gateway".to_owned(), "3".to_owned())],
            body: sent.body.clone().into_bytes().into(),
            headers,
            ..Raw::default()
        };
        self.call(Caller::anonymous(), "take_callback", raw).await
    }

    /// Reference and state of each that was kept.
    pub async fn kept_callbacks(&self) -> Vec<(String, String)> {
        self.market.list(CALLBACKS, values![]).await.unwrap()
    }

    pub async fn ask(
        &self,
        role: Option<Role>,
        name: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let caller = match role {
            None => Caller::anonymous(),
            Some(role) => {
                let scope = Scope::Market(Id::from_raw(100));
                let actor = Actor::Person(Id::<Person>::from_raw(5));
                Caller { actor, grants: Arc::new([Grant { scope, role }]), ..Caller::anonymous() }
            }
        };
        let body = body.map(|body| body.to_string()).unwrap_or_default().into_bytes().into();
        self.call(caller, name, raw(path, query, body)).await
    }

    pub async fn ask_as(&self, person: i64, name: &str, path: &[(&str, &str)]) -> Result<Value, Refusal> {
        let caller = Caller { actor: Actor::Person(Id::from_raw(person)), ..Caller::anonymous() };
        self.call(caller, name, raw(path, "", Default::default())).await
    }

    pub async fn send_file(&self, name: &str, query: &str, file: &str) -> Result<Value, Refusal> {
        let scope = Scope::Market(Id::from_raw(100));
        let actor = Actor::Person(Id::<Person>::from_raw(5));
        let caller =
            Caller { actor, grants: Arc::new([Grant { scope, role: Role::Manager }]), ..Caller::anonymous() };
        self.call(caller, name, raw(&[], query, file.to_owned().into_bytes().into())).await
    }

    async fn call(&self, caller: Caller, name: &str, raw: Raw) -> Result<Value, Refusal> {
        let endpoints = self.endpoints();
        let endpoint = endpoints.iter().find(|its| its.name == name).unwrap();
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        let call = Call::new(self.site.clone(), caller, address, "/t/m".into(), self.outside.clone());
        let reply = endpoint.call(call, raw).await?;
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

fn raw(path: &[(&str, &str)], query: &str, body: bytes::Bytes) -> Raw {
    let path = path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Raw { path, query: query.to_owned(), body, ..Raw::default() }
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Runs each test on a fresh world of each engine; where there is no PostgreSQL, that half passes.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::payment::tests::world::world(testkit::Engine::Sqlite).await.unwrap()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = $crate::payment::tests::world::world(testkit::Engine::Postgres).await;
                let Some(world) = world else { return };
                super::$name(world).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
