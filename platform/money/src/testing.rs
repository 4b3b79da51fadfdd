//! A market of its own for each test, on either engine.

use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Id, IdSource, ManualClock, SnowIds};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;

/// Fields are dropped in order: what is kept before the store, the store before its folder.
pub struct World {
    pub market: Market,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    zone: TimeZone,
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
        None => StoreConfig::embedded(folder.path()),
        Some(database) => StoreConfig { pool_connections: 8, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([web::part(), bus::part(), crate::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(100), "shop", "here")).await.unwrap();
    Some(World {
        market,
        clock,
        ids,
        zone: TimeZone::UTC,
        _store: store,
        _folder: folder,
        _postgres: postgres,
    })
}

impl World {
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
