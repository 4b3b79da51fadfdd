//! One function makes the store, so that every test runs on whichever engine it is given.

use std::sync::Arc;

use kernel::{IdSource, ManualClock, SnowIds};
use store::schema::Schema;
use store::{Store, StoreConfig};
use tenancy::{NewMarket, NewTenant, Operations};
use testkit::Engine;

/// Fields are dropped in order: the store before the database it is connected to.
pub struct World {
    pub operations: Operations,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub config: StoreConfig,
    pub folder: tempfile::TempDir,
    pub postgres: Option<testkit::Postgres>,
}

impl World {
    pub async fn open_store(config: &StoreConfig, ids: Arc<dyn IdSource>) -> Store {
        let schema = Schema::of(tenancy::parts().into_iter().chain([web::part()]));
        Store::open(config.clone(), schema, ids).await.unwrap()
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
        None => StoreConfig::embedded(folder.path()),
        Some(database) => StoreConfig { pool_connections: 4, ..StoreConfig::postgres(database.url()) },
    };
    let clock = Arc::new(testkit::clock());
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let store = World::open_store(&config, ids.clone()).await;
    let operations = Operations::open(store.clone(), clock.clone(), ids.clone()).await.unwrap();
    Some(World { operations, store, clock, ids, config, folder, postgres })
}

pub fn tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.into(),
        name: format!("Tenant {slug}"),
        tier: web::Tier::Basic,
        languages: vec!["en".into()],
        currency: "NGN".into(),
        country: "NG".into(),
    }
}

pub fn market(tenant: &str, slug: &str) -> NewMarket {
    NewMarket {
        tenant: tenant.into(),
        slug: slug.into(),
        name: format!("Market {slug}"),
        zone: "Africa/Lagos".into(),
        currency: None,
        features: vec![("mobility".into(), 100)],
    }
}
