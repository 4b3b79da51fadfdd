//! A market, providers that do as they are told, and a bus of a few lines that can be interrupted at
//! any point.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bus::{Job, JobHandler, JobTrouble};
use futures_util::future::BoxFuture;
use kernel::jiff::civil::time;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Ctx, Decision, Id, ManualClock, SnowIds, SystemRandom, values};
use notify::{
    About, Channel, Channels, Content, Keys, NewMessage, Notify, Outcome, Parcel, Parts, Places, Provider,
    Quiet, SendMessage, Templates,
};
use outward::Outward;
use parking_lot::Mutex;
use serde_json::json;
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;

kernel::statements! {
    long JOBS = "select id, kind, body, due from job where state = 'waiting' and kind <> 'notify.sweep' order by due, id";
    long DONE = "delete from job where id = ?1";
    long STATES = "select id, state, attempts, error from notify_message order by id";
    long DELIVERIES = "select outcome, provider from notify_delivery order by id";
    long EVENTS = "select name from event order by id";
    long WRITTEN = "select id, address, subject, body from notify_outbox order by id";
    long ADDRESSES = "select count(*) from notify_address";
}

pub const HELLO: &str =
    "hello = Hello { $name }, from { $brand }\n    .subject = To { $name }\n    .sms = Hi { $name }";
pub const BONJOUR: &str =
    "hello = Bonjour { $name }, de { $brand }\n    .subject = Pour { $name }\n    .sms = Salut { $name }";

/// Does what its script says, then sends everything.
pub struct Fake {
    name: &'static str,
    pub script: Mutex<VecDeque<Outcome>>,
    pub seen: Mutex<Vec<Parcel>>,
}

impl Fake {
    pub fn new(name: &'static str, script: impl IntoIterator<Item = Outcome>) -> Arc<Self> {
        let script = Mutex::new(script.into_iter().collect());
        Arc::new(Self { name, script, seen: Mutex::default() })
    }

    pub fn count(&self) -> usize {
        self.seen.lock().len()
    }

    pub fn texts(&self) -> Vec<String> {
        let text = |parcel: &Parcel| match &parcel.content {
            Content::Sms { text } | Content::Email { text, .. } => text.clone(),
            Content::Push { body, .. } | Content::Webhook { body, .. } => body.clone(),
        };
        self.seen.lock().iter().map(text).collect()
    }
}

impl Provider for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn send<'a>(&'a self, _: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.seen.lock().push(parcel.clone());
            tokio::task::yield_now().await;
            let next = self.script.lock().pop_front();
            next.unwrap_or(Outcome::Sent { reference: Some(format!("ref-{}", parcel.id)) })
        })
    }
}

pub fn failed() -> Outcome {
    Outcome::Failed { error: "busy".into(), retry_after: None }
}

pub fn unknown() -> Outcome {
    Outcome::Unknown { error: "the line broke".into() }
}

pub fn refused() -> Outcome {
    Outcome::Refused { error: "no credit".into() }
}

pub fn nobody() -> Outcome {
    Outcome::Recipient { error: "no such number".into() }
}

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub notify: Arc<Notify>,
    pub market: Market,
    pub clock: Arc<ManualClock>,
    pub outside: Arc<web::World>,
    pub store: Store,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

struct Here;

impl Places for Here {
    fn about(&self, _: &Market) -> About {
        About {
            zone: TimeZone::UTC,
            quiet: Some(Quiet { from: time(21, 0, 0, 0), to: time(7, 0, 0, 0) }),
            languages: vec!["en".into(), "fr".into()],
            brand: "Testville".into(),
            base: Some("https://test.example/t/m".into()),
        }
    }
}

pub async fn world(channels: Channels) -> World {
    world_on(Engine::Sqlite, channels).await.unwrap()
}

/// Nothing where the engine is not at hand.
pub async fn world_on(engine: Engine, channels: Channels) -> Option<World> {
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
    let ids = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([web::part(), bus::part(), notify::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(5), "t", "m")).await.unwrap();
    let outside = Arc::new(web::World { clock: clock.clone(), random: Arc::new(SystemRandom), ids });
    let settings = outward::Settings { allowed: vec!["127.0.0.1".parse().unwrap()], ..Default::default() };
    let templates =
        Templates::new().unwrap().add("test", "en", HELLO).unwrap().add("test", "fr", BONJOUR).unwrap();
    let notify = Notify::new(Parts {
        keys: Keys::new(&[7; 32]),
        templates,
        late: Default::default(),
        channels,
        places: Arc::new(Here),
        outward: Outward::new(settings, clock.clone()).unwrap(),
        world: outside.clone(),
    });
    Some(World { notify, market, clock, outside, store, _folder: folder, _postgres: postgres })
}

/// One with these two for SMS.
pub async fn with_two(first: &Arc<Fake>, second: &Arc<Fake>) -> World {
    world(Channels::default().with(Channel::Sms, first.clone()).with(Channel::Sms, second.clone())).await
}

/// Two pollings are enough to be somewhere; `None` when it was dropped after so many.
pub async fn interrupted<F: Future>(work: F, pollings: usize) -> Option<F::Output> {
    let (mut work, mut left) = (pin!(work), pollings);
    std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

pub fn sms(cause: &str) -> NewMessage {
    NewMessage::new(Channel::Sms, "+251911234567", "test.hello", "test.news", cause)
        .arguments(json!({"name": "Abebe"}))
}

pub fn email(cause: &str) -> NewMessage {
    NewMessage::new(Channel::Email, "abebe@mail.example", "test.hello", "test.news", cause)
        .arguments(json!({"name": "Abebe"}))
}

impl World {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.now(), actor: Actor::System }
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub async fn commit(&self, decision: Decision) {
        self.market.commit(self.stamp(), decision).await.unwrap();
    }

    pub async fn queue(&self, message: NewMessage) {
        let ctx =
            Ctx { now: self.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*self.outside.ids };
        self.commit(notify::queue(message, &ctx)).await;
    }

    pub async fn jobs(&self) -> Vec<(i64, String, String, Timestamp)> {
        self.market.list(JOBS, values![]).await.unwrap()
    }

    /// As the bus does: the job that is due next, and its row goes when it is done. `Some(pollings)`
    /// kills the worker on the way. False where nothing waits.
    pub async fn step(&self, dies_after: Option<usize>) -> bool {
        let Some((id, kind, body, due)) = self.jobs().await.into_iter().next() else { return false };
        if due > self.now() {
            self.clock.set(due);
        }
        assert_eq!(kind, notify::SEND);
        let job = job_of(id, &kind, &body, due);
        let handler = SendMessage(self.notify.clone());
        let run = handler.run(&self.market, &job);
        let outcome = match dies_after {
            None => Some(run.await),
            Some(pollings) => interrupted(run, pollings).await,
        };
        self.flush().await;
        match outcome {
            Some(Ok(decision)) => self.commit(decision.change(DONE.with(values![id]))).await,
            Some(Err(JobTrouble::Retry(_))) => self.advance(1),
            Some(Err(JobTrouble::Dead(error))) => panic!("{error}"),
            // The lease has to run out.
            None => self.advance(30),
        }
        true
    }

    /// What was handed to the store before its worker died is carried out all the same.
    pub async fn flush(&self) {
        self.commit(Decision::nothing().change(DONE.with(values![0]).any_rows())).await;
    }

    /// Until nothing waits any more.
    pub async fn settle(&self) {
        for _ in 0..1_000 {
            if !self.step(None).await {
                return;
            }
        }
        panic!("it never ends: {:?}", self.jobs().await);
    }

    /// Number, state, attempts, error.
    pub async fn messages(&self) -> Vec<(i64, String, i64, Option<String>)> {
        self.market.list(STATES, values![]).await.unwrap()
    }

    pub async fn states(&self) -> Vec<String> {
        self.messages().await.into_iter().map(|(_, state, ..)| state).collect()
    }

    pub async fn outcomes(&self) -> Vec<String> {
        let rows: Vec<(String, String)> = self.market.list(DELIVERIES, values![]).await.unwrap();
        rows.into_iter().map(|(outcome, provider)| format!("{outcome} {provider}")).collect()
    }

    pub async fn events(&self) -> Vec<String> {
        let rows: Vec<(String,)> = self.market.list(EVENTS, values![]).await.unwrap();
        rows.into_iter().map(|(name,)| name).collect()
    }

    pub async fn written(&self) -> Vec<(i64, String, String, String)> {
        self.market.list(WRITTEN, values![]).await.unwrap()
    }

    pub async fn addresses(&self) -> i64 {
        self.market.one::<(i64,)>(ADDRESSES, values![]).await.unwrap().unwrap().0
    }
}

pub fn job_of(id: i64, kind: &str, body: &str, due: Timestamp) -> Job {
    Job {
        id,
        kind: kind.to_owned(),
        body: body.to_owned(),
        key: None,
        priority: 0,
        due,
        attempts: 1,
        actor: Actor::System,
        at: due,
    }
}
