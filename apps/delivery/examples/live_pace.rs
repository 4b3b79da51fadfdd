//! What 10,000 followers in one process cost, and how soon they hear of what happens:
//! `cargo run --release -p delivery --example live_pace -- [followers]`.
//!
//! First each follows an order of its own, and orders change one after the other; then all of them follow the
//! whole market as streams, and each change goes to everyone. What a connection costs besides is the edge's.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery::live::{Hub, Live, Topic, endpoints};
use delivery::order::event::{MOVED, Told};
use delivery::order::model::Paid;
use delivery::order::state::{Role as By, Status};
use dispatch::Dispatch;
use futures_util::StreamExt;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Currency, Decision, Id, IdSource, Money, NewEvent};
use kernel::{SnowIds, SystemClock, SystemRandom};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use tokio::sync::mpsc;
use web::{Call, Caller, Features, Grant, Raw, Role, Scope, Site, Tier, World};

const FOLLOWERS: i64 = 10_000;
const CHANGES: i64 = 2_000;
const NEWS: i64 = 20;
const MARKET: i64 = 200;

struct Bench {
    market: Market,
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    site: Arc<Site>,
    followers: i64,
}

#[tokio::main]
async fn main() {
    let followers = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(FOLLOWERS);
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([web::part(), delivery::part()]);
    let store =
        Store::open(StoreConfig::embedded(folder.path()), schema, ids.clone()).await.expect("a store");
    let market = store.create(&Place::market(Id::from_raw(MARKET), "ten", "mkt")).await.expect("a market");
    let hub = Hub::new();
    store.listen(hub.clone());
    let dispatch = Dispatch::builder(clock.clone(), ids.clone()).watcher(hub.clone()).build();
    let live = Arc::new(Live::new(hub, dispatch));
    let site = site(&market);
    let bench = Bench { market, live, clock, ids, site, followers };
    bench.orders().await;
    bench.streams().await;
}

fn site(market: &Market) -> Arc<Site> {
    Arc::new(Site {
        tenant: Id::from_raw(20),
        tenant_slug: "ten".into(),
        tenant_name: "Ten".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(MARKET),
        market_slug: "mkt".into(),
        market_name: "Market".into(),
        zone: TimeZone::UTC,
        currency: "ZAR".into(),
        languages: Arc::from(["en".to_owned()]),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    })
}

impl Bench {
    /// Each follows one order.
    async fn orders(&self) {
        let before = resident();
        let (heard, mut hears) = mpsc::unbounded_channel();
        let mut tasks = tokio::task::JoinSet::new();
        for order in 1..=self.followers {
            let topic = Topic::Order(Id::from_raw(order));
            let who = Actor::Person(Id::from_raw(order));
            let following = self.live.hub.follow(&self.market, topic, who).await.expect("a place");
            let heard = heard.clone();
            tasks.spawn(async move {
                loop {
                    let steps = following.next().await.steps.len();
                    let _ = heard.send((Instant::now(), steps));
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let bytes = resident().saturating_sub(before) / self.followers as u64;
        let mut waits = Vec::new();
        for change in 0..CHANGES {
            let sent = self.happens(change % self.followers + 1).await;
            let (at, _) = hears.recv().await.expect("somebody hears");
            waits.push(at.duration_since(sent));
        }
        println!("{} orders followed: {bytes} bytes each; {}", self.followers, spread(waits));
        tasks.shutdown().await;
    }

    /// Each reads a stream of everything.
    async fn streams(&self) {
        let before = resident();
        let (heard, mut hears) = mpsc::unbounded_channel();
        let mut tasks = tokio::task::JoinSet::new();
        for operator in 1..=self.followers {
            let mut chunks = self.open(operator).await;
            let heard = heard.clone();
            tasks.spawn(async move {
                while let Some(Ok(chunk)) = chunks.next().await {
                    if chunk.starts_with(b"event: step") {
                        let _ = heard.send(Instant::now());
                    }
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let bytes = resident().saturating_sub(before) / self.followers as u64;
        let mut waits = Vec::new();
        for _ in 0..NEWS {
            let sent = self.happens(1).await;
            for _ in 0..self.followers {
                waits.push(hears.recv().await.expect("everybody hears").duration_since(sent));
            }
        }
        println!("{} streams of all: {bytes} bytes each; {}", self.followers, spread(waits));
        tasks.shutdown().await;
    }

    async fn open(&self, operator: i64) -> web::Chunks {
        let grant = Grant { scope: Scope::Market(Id::from_raw(MARKET)), role: Role::Staff };
        let actor = Actor::Person(Id::from_raw(operator));
        let caller = Caller { actor, session: None, grants: Arc::new([grant]), scopes: None };
        let random = Arc::new(SystemRandom);
        let world = Arc::new(World { clock: self.clock.clone(), random, ids: self.ids.clone() });
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        let call = Call::new(self.site.clone(), caller, address, "/ten/mkt".into(), world);
        let all = endpoints(&self.live);
        let endpoint = all.iter().find(|its| its.name == "delivery_live").expect("it is there");
        let reply = endpoint.call(call, Raw::default()).await.expect("a stream");
        reply.stream.and_then(|stream| stream.take()).expect("a stream")
    }

    /// An order changes; when that was durable.
    async fn happens(&self, order: i64) -> Instant {
        let told = Told {
            buyer: Id::from_raw(order),
            store: Id::from_raw(5),
            provider: Id::from_raw(6),
            rider: None,
            was: None,
            status: Status::Preparing,
            before: Some(Status::Confirmed),
            paid: Paid::Assured,
            by: By::Merchant,
            reason: None,
            total: Money::new(10_000, Currency::ZAR),
            from: (-262_000_000, 280_000_000),
            placed: 0,
        };
        let event = NewEvent::new(MOVED, Id::<kernel::Person>::from_raw(order), &told);
        let stamp = Stamp { at: self.clock.now(), actor: Actor::System };
        self.market.commit(stamp, Decision::nothing().event(event)).await.expect("it is written");
        Instant::now()
    }
}

fn spread(mut waits: Vec<Duration>) -> String {
    waits.sort();
    let at = |part: usize| waits[(waits.len() - 1) * part / 100];
    format!("heard after {:?} (half), {:?} (99 of 100), {:?} (last)", at(50), at(99), at(100))
}

/// Bytes of memory that the process has.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> = line.and_then(|its| its.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.unwrap_or(0) << 10
}
