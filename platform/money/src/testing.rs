//! A market of its own for each test, on either engine.

use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, IdSource, ManualClock, Reach, SnowIds, Sql, values};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;

/// Fields are dropped in order: what is kept before the store, the store before its folder.
pub struct World {
    pub market: Market,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    zone: TimeZone,
    store: Store,
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
        Some(database) => StoreConfig { pool_connections: 8, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let [_, providers] = tenancy::parts();
    let schema = Schema::of([web::part(), bus::part(), providers, crate::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "shop", "here")).await.unwrap();
    Some(World { market, clock, ids, zone: TimeZone::UTC, store, _folder: folder, _postgres: postgres })
}

const ADD_PROVIDER: Sql = Sql {
    name: "money::testing::ADD_PROVIDER",
    text: "insert into provider (id, name, state, at) values (?1, ?2, 'active', ?3)",
    reach: Reach::Short,
};

impl World {
    /// These providers are there.
    pub async fn add_providers(&self, numbers: std::ops::RangeInclusive<i64>) {
        let now = self.clock.now();
        let added =
            numbers.map(|number| ADD_PROVIDER.with(values![number, format!("Provider {number}"), now]));
        self.market.commit(self.stamp(), Decision::nothing().changes(added)).await.unwrap();
    }

    /// Another market of the same store.
    pub async fn another(&self) -> Market {
        self.store.create(&Place::market(Id::from_raw(101), "shop", "there")).await.unwrap()
    }

    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.clock.now(), zone: &self.zone, actor: Actor::System, ids: &*self.ids }
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
