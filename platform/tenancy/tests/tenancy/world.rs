//! One function makes the store, so that every test runs on whichever engine it is given.

use std::sync::Arc;

use kernel::{IdSource, ManualClock, SnowIds};
use store::schema::Schema;
use store::{Store, StoreConfig};
use tenancy::{NewMarket, NewTenant, Operations};

pub struct World {
    pub operations: Operations,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub folder: tempfile::TempDir,
}

pub async fn store(folder: &tempfile::TempDir, ids: Arc<dyn IdSource>) -> Store {
    let config = StoreConfig { folder: folder.path().to_owned(), open_markets_max: 50, reader_threads: 1 };
    Store::open(config, Schema::of(tenancy::parts().into_iter().chain([web::part()])), ids).await.unwrap()
}

pub async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at("2026-03-01T08:00:00Z".parse().unwrap()));
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let store = store(&folder, ids.clone()).await;
    let operations = Operations::open(store.clone(), clock.clone(), ids.clone()).await.unwrap();
    World { operations, store, clock, ids, folder }
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
