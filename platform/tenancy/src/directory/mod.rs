//! All tenants, markets and hosts in memory: every request asks, so asking must cost next to nothing
//! and go on working while the database is away.

mod load;
mod snapshot;

use std::sync::Arc;

use arc_swap::ArcSwap;
use kernel::jiff::tz::TimeZone;
use kernel::{Change, Id, values};
use store::{Market, Place, Store, StoreError};

use crate::country::Country;
use crate::limits;
use crate::tenant::Tenant;
use snapshot::Snapshot;

pub(crate) use load::All;
pub use snapshot::Resolved;

kernel::statements! {
    short BEGIN = "insert into directory (id, version) values (1, 1) on conflict do nothing";
    short VERSION = "select version from directory where id = 1";
    short CHANGED = "update directory set version = version + 1 where id = 1";
}

/// Belongs to every decision that the directory must hear of.
pub(crate) fn changed() -> Change {
    CHANGED.with(values![])
}

pub struct Directory {
    store: Store,
    system: Market,
    snapshot: ArcSwap<Snapshot>,
    /// One refresh at a time; an older one never replaces a newer one.
    refreshing: tokio::sync::Mutex<()>,
    nothing: Arc<str>,
}

impl Directory {
    /// Reads everything once; the system's tables are there already.
    pub async fn open(store: Store) -> Result<Arc<Self>, StoreError> {
        let system = store.market(&Place::system());
        let directory = Self {
            store,
            system,
            snapshot: ArcSwap::default(),
            refreshing: tokio::sync::Mutex::new(()),
            nothing: "".into(),
        };
        directory.reload().await?;
        Ok(Arc::new(directory))
    }

    /// `/{tenant}/{market}/…`, otherwise a host that is bound to a market.
    pub fn resolve<'p>(&self, host: &str, path: &'p str) -> Option<Resolved<'p>> {
        self.snapshot.load().resolve(host, path, &self.nothing)
    }

    /// All markets that are served, and where their days begin.
    pub fn markets(&self) -> Vec<(Market, TimeZone)> {
        let snapshot = self.snapshot.load();
        snapshot.markets.values().map(|it| (it.site.market.clone(), it.site.zone.clone())).collect()
    }

    /// The homes of all tenants, which have jobs and chores too.
    pub fn homes(&self) -> Vec<Market> {
        let snapshot = self.snapshot.load();
        snapshot.tenants.values().map(|tenant| self.store.market(&tenant.home())).collect()
    }

    /// A market that is served, or a tenant's home, by its id.
    pub fn market(&self, id: Id<kernel::Market>) -> Option<Market> {
        let snapshot = self.snapshot.load();
        let market = snapshot.markets.get(&id.raw()).map(|entry| entry.site.market.clone());
        market.or_else(|| snapshot.tenants.get(&id.raw()).map(|tenant| self.store.market(&tenant.home())))
    }

    pub fn zone(&self, market: Id<kernel::Market>) -> Option<TimeZone> {
        self.snapshot.load().markets.get(&market.raw()).map(|entry| entry.site.zone.clone())
    }

    /// A host that is bound to this market; of several the first by name.
    pub fn host(&self, market: Id<kernel::Market>) -> Option<Arc<str>> {
        self.snapshot.load().host(market)
    }

    /// Where everything is kept: the system, each tenant's home, each market that is served.
    pub fn places(&self) -> Vec<Place> {
        let snapshot = self.snapshot.load();
        let homes = snapshot.tenants.values().map(|tenant| tenant.home());
        let markets = snapshot.markets.values().map(|it| it.site.market.place().clone());
        std::iter::once(Place::system()).chain(homes).chain(markets).collect()
    }

    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.snapshot.load().tenants.values().cloned().collect()
    }

    pub fn country(&self, tenant: Id<kernel::Tenant>) -> Option<Country> {
        Country::named(&self.snapshot.load().tenants.get(&tenant.raw())?.country)
    }

    /// What is switched on in a market for anyone at all.
    pub fn features(&self, market: Id<kernel::Market>) -> Vec<String> {
        let snapshot = self.snapshot.load();
        let entry = snapshot.markets.get(&market.raw());
        entry.map(|entry| entry.row.features.keys().cloned().collect()).unwrap_or_default()
    }

    pub fn is_moving(&self, market: Id<kernel::Market>) -> bool {
        self.snapshot.load().is_moving(market)
    }

    /// Hears of what other processes changed, for as long as it is polled. While the database is
    /// away the last known state goes on being served.
    pub async fn follow(&self) {
        let mut away = false;
        loop {
            tokio::time::sleep(limits::FOLLOW_EVERY).await;
            match self.refresh().await {
                Ok(()) => away = false,
                Err(error) if !away => {
                    away = true;
                    tracing::warn!(%error, "the directory cannot be refreshed; the last known one is served");
                }
                Err(_) => {}
            }
        }
    }

    /// Reads everything again if anything changed.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if self.version().await? == self.snapshot.load().version {
            return Ok(());
        }
        self.reload().await
    }
}
