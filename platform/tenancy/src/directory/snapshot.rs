//! All tenants, markets and hosts as of one moment, ready to be looked up.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use kernel::Id;
use kernel::jiff::tz::TimeZone;
use store::Store;
use web::{Features, Site};

use crate::market::{MarketRow, State};
use crate::tenant::Tenant;
use crate::words;

type Map<K, V> = HashMap<K, V, RandomState>;

/// One market that is served.
pub(super) struct Entry {
    pub(super) site: Arc<Site>,
    pub(super) row: MarketRow,
    /// `/tenant/market`.
    pub(super) base: Arc<str>,
}

#[derive(Clone, Default)]
pub(super) struct Snapshot {
    pub(super) version: i64,
    pub(super) tenants: Map<i64, Arc<Tenant>>,
    pub(super) markets: Map<i64, Arc<Entry>>,
    /// By `tenant/market`.
    paths: Map<Arc<str>, Arc<Entry>>,
    hosts: Map<Arc<str>, Arc<Entry>>,
}

/// Where an address leads.
#[derive(Clone)]
pub struct Resolved<'p> {
    pub site: Arc<Site>,
    /// The path within the market, beginning with a slash.
    pub rest: &'p str,
    /// What comes before it: `/tenant/market`, or nothing on the market's own host.
    pub base: Arc<str>,
}

impl Snapshot {
    pub(super) fn build(
        version: i64,
        tenants: Vec<Tenant>,
        rows: Vec<MarketRow>,
        hosts: Vec<(String, Id<kernel::Market>)>,
        store: &Store,
    ) -> Self {
        let mut snapshot = Self { version, ..Self::default() };
        snapshot.tenants = tenants.into_iter().map(|it| (it.id.raw(), Arc::new(it))).collect();
        for row in rows {
            snapshot.put(row, store);
        }
        for (host, market) in hosts {
            snapshot.bind(&host, market);
        }
        snapshot
    }

    /// Adds or replaces one market; one that is not served any more goes away.
    pub(super) fn put(&mut self, row: MarketRow, store: &Store) {
        let id = row.id;
        let entry = self.entry(row, store);
        match &entry {
            Some(entry) => {
                self.paths.insert(entry.base[1..].into(), entry.clone());
                self.markets.insert(id.raw(), entry.clone());
            }
            None => {
                if let Some(gone) = self.markets.remove(&id.raw()) {
                    self.paths.remove(&gone.base[1..]);
                }
            }
        }
        let its = |other: &Arc<Entry>| other.row.id == id;
        match entry {
            Some(entry) => self.hosts.values_mut().filter(|it| its(it)).for_each(|it| *it = entry.clone()),
            None => self.hosts.retain(|_, it| !its(it)),
        }
    }

    /// The market has these hosts and no others.
    pub(super) fn bind_only(&mut self, hosts: &[(String,)], market: Id<kernel::Market>) {
        self.hosts.retain(|_, it| it.row.id != market);
        hosts.iter().for_each(|(host,)| self.bind(host, market));
    }

    pub(super) fn bind(&mut self, host: &str, market: Id<kernel::Market>) {
        if let Some(entry) = self.markets.get(&market.raw()) {
            self.hosts.insert(host.into(), entry.clone());
        }
    }

    pub(super) fn host(&self, market: Id<kernel::Market>) -> Option<Arc<str>> {
        let its = self.hosts.iter().filter(|(_, entry)| entry.row.id == market);
        its.map(|(host, _)| host).min().cloned()
    }

    fn entry(&self, row: MarketRow, store: &Store) -> Option<Arc<Entry>> {
        let tenant = self.tenants.get(&row.tenant.raw())?;
        if !row.is_served() || tenant.state != crate::tenant::model::State::Active {
            return None;
        }
        let zone = TimeZone::get(&row.zone).unwrap_or_else(|_| {
            // It was known when the market was added: this machine's time zone database is older.
            tracing::error!(market = %row.id, zone = %row.zone, "this machine does not know the time zone");
            TimeZone::UTC
        });
        let site = Site {
            tenant: tenant.id,
            tenant_slug: tenant.slug.as_str().into(),
            tenant_name: tenant.name.as_str().into(),
            tier: tenant.tier,
            market_id: row.id,
            market_slug: row.slug.as_str().into(),
            market_name: row.name.as_str().into(),
            zone,
            currency: row.currency.as_str().into(),
            languages: tenant.languages.clone().into(),
            features: Features::new(row.features.clone()),
            home: store.market(&tenant.home()),
            market: store.market(&row.place(&tenant.slug)),
        };
        let base = format!("/{}/{}", tenant.slug, row.slug).into();
        Some(Arc::new(Entry { site: Arc::new(site), row, base }))
    }

    /// A market's own path leads to it on every host, or binding a host would hide all others there.
    /// No tenant is called as a path within a market begins: those words are reserved.
    pub(super) fn resolve<'p>(&self, host: &str, path: &'p str, nothing: &Arc<str>) -> Option<Resolved<'p>> {
        self.by_path(path).or_else(|| {
            if self.hosts.is_empty() {
                return None;
            }
            let host = words::lower(words::bare_host(host));
            let entry = self.hosts.get(&*host)?;
            Some(Resolved { site: entry.site.clone(), rest: path, base: nothing.clone() })
        })
    }

    fn by_path<'p>(&self, path: &'p str) -> Option<Resolved<'p>> {
        let inner = path.strip_prefix('/')?;
        let tenant = inner.find('/')?;
        let end = inner[tenant + 1..].find('/').map_or(inner.len(), |market| tenant + 1 + market);
        let entry = self.paths.get(&inner[..end])?;
        let rest = if end == inner.len() { "/" } else { &inner[end..] };
        Some(Resolved { site: entry.site.clone(), rest, base: entry.base.clone() })
    }

    pub(super) fn is_moving(&self, id: Id<kernel::Market>) -> bool {
        self.markets.get(&id.raw()).is_some_and(|entry| entry.row.state == State::Moving)
    }
}
