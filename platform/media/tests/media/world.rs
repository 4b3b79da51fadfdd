//! A market with pictures, a clock that stands still, and jobs that run.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Directory, Registry};
use bytes::Bytes;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Id, IdSource, ManualClock, Refusal, SnowIds, SystemRandom, values};
use media::{Media, MediaId, Purpose, Secret, Settings, State, Ticket, Upload};
use store::schema::Schema;
use store::{Event, Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;

pub const PHOTO: Purpose = Purpose { name: "photo", anyone: true };
pub const PAPER: Purpose = Purpose { name: "paper", anyone: false };

kernel::statements! {
    long CHUNKS = "select count(*) from media_chunk";
    long PROCESSING = "select count(*) from job where kind = 'media.process'";
    long CLEANING = "select count(*) from job where kind = 'media.clean'";
    long DUE = "select count(*) from job where due <= ?1";
    long ROWS = "select count(*) from media";
    long PICTURES = "select state, refs from media_picture order by hash";
    short AS_BEFORE_THE_COMMIT = "update media set state = 'waiting', hash = null where id = ?1";
    short UNHELD = "update media_picture set state = 'making', refs = 0 where refs = 1";
}

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub media: Arc<Media>,
    pub market: Market,
    pub other: Market,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub _folder: tempfile::TempDir,
    pub _postgres: Option<testkit::Postgres>,
}

struct Listed(Vec<Market>);

impl Directory for Listed {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        self.0.iter().map(|market| (market.clone(), TimeZone::UTC)).collect()
    }
}

/// Nothing where the engine is not at hand.
pub async fn world(engine: Engine) -> Option<World> {
    let folder = testkit::folder();
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(testkit::postgres()?),
    };
    let config = match &postgres {
        None => StoreConfig::embedded(folder.path().join("store")),
        Some(database) => StoreConfig { pool_connections: 6, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([bus::part(), web::part(), media::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "test", "one")).await.unwrap();
    let other = store.create(&Place::market(Id::from_raw(101), "test", "two")).await.unwrap();
    let settings =
        Settings { purposes: vec![PHOTO, PAPER], ..Settings::in_folder(folder.path().join("objects")) };
    let secret = Secret::new(&[7; 32]).unwrap();
    let media = Media::start(secret, clock.clone(), Arc::new(SystemRandom), settings).unwrap();
    Some(World { media, market, other, store, clock, ids, _folder: folder, _postgres: postgres })
}

impl World {
    pub fn bus(&self) -> Bus {
        let settings = bus::Settings {
            relay_workers: 1,
            job_workers: 6,
            sweep_markets_per_s: 2_000,
            sweep_rest: Duration::from_millis(5),
            look_out_rest: Duration::from_millis(5),
            tick: Duration::from_millis(1),
            grace: Duration::from_secs(20),
        };
        let registry = media::follow(Registry::default(), &self.media);
        let markets = Arc::new(Listed(vec![self.market.clone(), self.other.clone()]));
        Bus::start(&self.store, markets, registry, self.clock.clone(), Arc::new(SystemRandom), settings)
            .unwrap()
    }

    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::Anonymous }
    }

    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    pub fn ticket(&self, total: usize) -> Ticket {
        self.ticket_for(PHOTO, total).unwrap()
    }

    pub fn ticket_for(&self, purpose: Purpose, total: usize) -> Result<Ticket, Refusal> {
        let ctx =
            Ctx { now: self.clock.now(), zone: &TimeZone::UTC, actor: Actor::Anonymous, ids: &*self.ids };
        self.media.ticket(&ctx, purpose, total)
    }

    pub async fn append(&self, ticket: &Ticket, start: i64, bytes: &[u8]) -> Result<i64, Refusal> {
        let bytes = Bytes::copy_from_slice(bytes);
        self.media.append(&self.market, self.stamp(), ticket, start, bytes).await
    }

    /// All of it in one chunk.
    pub async fn send(&self, bytes: &[u8]) -> Ticket {
        let ticket = self.ticket(bytes.len());
        self.append(&ticket, 0, bytes).await.unwrap();
        ticket
    }

    /// As an app does it: again from the start when the one who decodes was faster.
    pub async fn attach(&self, ticket: &Ticket, subject: i64) -> Result<(), Refusal> {
        let texts = [self.media.ticket_text(&self.market, ticket)];
        let attempt = async || {
            let stamp = self.stamp();
            let decision =
                self.media.attach(&self.market, stamp.at, (PHOTO, subject), &texts, "/photos").await?;
            Ok((stamp, decision, ()))
        };
        self.market.change(attempt).await
    }

    pub async fn one(&self, id: MediaId) -> Option<Upload> {
        media::upload::repo::one(&self.market, id).await.unwrap()
    }

    /// Waits until the upload is something else, while the clock goes on slowly so that pauses end.
    pub async fn settled(&self, id: MediaId) -> Upload {
        let mut found = None;
        self.until(async || {
            found = self.one(id).await.filter(|it| !matches!(it.state, State::Receiving | State::Waiting));
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    pub async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..20_000 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            self.advance(SignedDuration::from_millis(20));
        }
        panic!("it never comes about");
    }

    /// Until nothing that is due by now waits or runs.
    pub async fn idle(&self) {
        let due = async || {
            let params = values![self.stamp().at];
            self.market.one::<(i64,)>(DUE, params).await.unwrap().unwrap().0
        };
        self.until(async || due().await == 0).await;
    }

    pub async fn count(&self, sql: kernel::Sql) -> i64 {
        self.market.one::<(i64,)>(sql, values![]).await.unwrap().unwrap().0
    }

    pub async fn pictures(&self) -> Vec<(String, i64)> {
        self.market.list(PICTURES, values![]).await.unwrap()
    }

    pub async fn objects(&self, below: &str) -> usize {
        let shelf = self.media.objects().of(self.market.place());
        shelf.list(below).await.unwrap().len()
    }

    pub async fn events(&self) -> Vec<Event> {
        self.market.settle().await.unwrap();
        self.market.list(store::EVENTS_AFTER, values![0, 100]).await.unwrap()
    }
}
