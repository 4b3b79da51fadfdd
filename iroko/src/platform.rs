//! The composition: every part that keeps something, put together once.

use std::path::PathBuf;
use std::sync::Arc;

use bus::Bus;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Refusal, SnowIds, Sql, SystemClock, SystemRandom};
use parking_lot::Mutex;
use store::schema::Schema;
use store::{Kind, Market, Stamp, Store, StoreConfig, Watch};
use tenancy::market::State;
use tenancy::{Directory, Operations};
use web::{Endpoint, World};

use crate::commands::report::{Failure, FailureKind};
use crate::config::{Config, StoreKind};
use crate::secret;

/// Apps that a market may switch on.
const APPS: &[&str] = &[civic::APP];

pub struct Platform {
    pub store: Store,
    pub operations: Operations,
    pub world: Arc<World>,
    /// Follows commits, where this process does that.
    bus: Mutex<Option<Bus>>,
}

/// Every table of the project.
pub fn schema() -> Schema {
    let [system, market] = tenancy::parts();
    Schema::of([web::part(), bus::part(), system, market, civic::part()])
}

/// Every statement of the project, with the kind of market whose tables it needs; `None` is any.
#[cfg(test)]
pub fn statements() -> Vec<(Option<Kind>, Vec<Sql>)> {
    let mut all = vec![
        (None, store::STATEMENTS.to_vec()),
        (None, web::STATEMENTS.to_vec()),
        (None, bus::STATEMENTS.to_vec()),
        (None, crate::commands::STATEMENTS.to_vec()),
        (Some(Kind::Market), civic::statements()),
    ];
    all.extend(tenancy::STATEMENTS.iter().map(|(kind, statements)| (Some(*kind), statements.to_vec())));
    all
}

impl Platform {
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        let settings = &config.settings;
        let clock = Arc::new(SystemClock);
        let ids = Arc::new(SnowIds::new(clock.clone(), settings.process.node.get() as u16));
        let store = Store::open(store_config(config), schema(), ids.clone()).await?;
        let operations = Operations::open(store.clone(), clock.clone(), ids.clone()).await?;
        let world = Arc::new(World { clock, random: Arc::new(SystemRandom), ids });
        Ok(Self { store, operations, world, bus: Mutex::default() })
    }

    pub fn directory(&self) -> &Arc<Directory> {
        self.operations.directory()
    }

    /// A market that is served.
    pub async fn market(&self, tenant: &str, slug: &str) -> Result<Market, Refusal> {
        let (tenant, row) = self.operations.market(tenant, slug).await?;
        Ok(self.store.market(&row.place(&tenant.slug)))
    }

    /// Completes or undoes what was interrupted in moving or archiving a market.
    pub async fn recover(&self, tenant: &str, slug: &str) -> Result<(), Failure> {
        let (tenant_row, row) = self.operations.market(tenant, slug).await?;
        if row.state == State::Moving {
            self.store.recover(&row.place(&tenant_row.slug), &Watch::silent()).await?;
            self.operations.set_state(tenant, slug, State::Active).await?;
        }
        Ok(())
    }

    /// Now, by the platform itself.
    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.world.clock.now(), actor: Actor::System }
    }

    pub fn check_apps(&self, apps: &[String]) -> Result<(), Failure> {
        match apps.iter().find(|app| !APPS.contains(&app.as_str())) {
            None => Ok(()),
            Some(app) => Err(Failure::usage(format!("there is no app {app:?}; there are {}", APPS.join(", ")))),
        }
    }

    /// Hands over the bus that follows this platform's commits.
    pub fn follow_with(&self, bus: Bus) {
        *self.bus.lock() = Some(bus);
    }

    pub fn take_bus(&self) -> Option<Bus> {
        self.bus.lock().take()
    }

    pub fn with_bus<T>(&self, ask: impl FnOnce(&Bus) -> T) -> Option<T> {
        self.bus.lock().as_ref().map(ask)
    }

    /// Something was changed by hand: look at this market soon.
    pub fn nudge(&self, market: &Market) {
        self.with_bus(|bus| bus.nudge(market));
    }
}

fn store_config(config: &Config) -> StoreConfig {
    let its = &config.settings.store;
    // With PostgreSQL a folder serves markets that live in files; only one process may hold it.
    let folder = config.is_given("store.folder").then(|| its.folder.clone());
    let mut config = match (&its.url, its.kind) {
        (Some(url), StoreKind::Postgres) => StoreConfig::postgres(url.0.expose()),
        _ => StoreConfig::embedded(&its.folder),
    };
    config.folder = config.folder.or(folder);
    let database = |(name, url): (&String, &crate::config::DatabaseUrl)| (name.clone(), url.0.expose().clone());
    config.databases = its.databases.iter().map(database).collect();
    config.pool_connections = its.pool_size.get() as usize;
    config.open_markets_max = its.open_markets_max.get() as usize;
    config.reader_threads = match its.reader_threads.get() {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        count => count as usize,
    };
    config
}

/// Which markets the bus looks after.
pub struct Served(pub Arc<Directory>, pub Market);

impl bus::Directory for Served {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        let homes = self.0.homes().into_iter().map(|home| (home, TimeZone::UTC));
        let system = std::iter::once((self.1.clone(), TimeZone::UTC));
        self.0.markets().into_iter().chain(homes).chain(system).collect()
    }

    fn zone(&self, market: &Market) -> Option<TimeZone> {
        match market.place().kind {
            Kind::Market => self.0.zone(market.place().id),
            Kind::Home | Kind::System => Some(TimeZone::UTC),
        }
    }
}
