//! Where one part of the house meets another: adapters of a few lines each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use civic::Civic;
use civic::address::{Addresses, ByAreas, Gazetteer, Nominatim, OverHttp, Resolver};
use civic::deadline::follow::Mailbox;
use civic::deadline::model::Recipient;
use delivery::Delivery;
use futures_util::future::BoxFuture;
use identity::Identity;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use money::gateway::simulated::Simulated;
use money::gateway::wire;
use money::ledger::Tellers;
use money::payment::Payments;
use money::{Money, settle};
use outward::Outward;
use store::{Listener, Market, News, Place, StoreError};
use telemetry::{Bounds, Histogram, Logs, Metrics};
use tenancy::Directory;
use tokio::task::JoinSet;
use web::{Caller, Endpoint, Scope, Site};

use crate::config::{Settings, Switch};
use crate::descriptors;
use crate::edge::{self, Allowance, Asked, Edge, EdgeConfig, Readiness, Times};
use crate::outside::{self, Needs, Outside};
use crate::platform::Platform;
use crate::reach::home;

const WINDOW_S: u32 = 15 * 60;
const READINESS_EVERY: Duration = Duration::from_secs(1);

/// Which market an address means.
pub struct Sites(pub Arc<Directory>);

impl edge::Sites for Sites {
    fn resolve<'a>(&self, host: Option<&str>, path: &'a str) -> Option<edge::Resolved<'a>> {
        let found = self.0.resolve(host.unwrap_or(""), path)?;
        Some(edge::Resolved { site: found.site, base: found.base, rest: found.rest })
    }
}

/// Who is behind a token or a key.
pub struct Callers(pub Arc<Identity>);

impl edge::Callers for Callers {
    fn caller(&self, site: &Arc<Site>, authorization: Option<&str>) -> Asked {
        let Some(header) = authorization else { return Asked::Ready(Ok(Caller::anonymous())) };
        if let Some(known) = self.0.verifier().known(site, header) {
            return Asked::Ready(Ok(known));
        }
        let (identity, site, header) = (self.0.clone(), site.clone(), header.to_owned());
        Asked::Later(Box::pin(async move { identity.verifier().caller(&site, Some(&header)).await }))
    }
}

/// Hears of every commit, and passes it on to the memory of the edge and to the bus.
#[derive(Default)]
pub struct Ear {
    edge: OnceLock<Arc<Edge>>,
    bus: OnceLock<Arc<dyn Listener>>,
    live: OnceLock<Arc<dyn Listener>>,
    commits: OnceLock<Commits>,
}

/// What a commit costs.
struct Commits {
    batch: Histogram,
    seconds: Histogram,
}

impl Ear {
    pub fn edge(&self, edge: Arc<Edge>) {
        let _ = self.edge.set(edge);
    }

    pub fn measure(&self, metrics: &Metrics) {
        let batch = "Decisions that became durable together";
        let seconds = "From the start of a batch to its durable commit, in seconds";
        let _ = self.commits.set(Commits {
            batch: metrics.histogram("store_commit_batch", batch, Bounds::COUNT),
            seconds: metrics.histogram("store_commit_seconds", seconds, Bounds::LATENCY),
        });
    }

    pub fn bus(&self, bus: Arc<dyn Listener>) {
        let _ = self.bus.set(bus);
    }

    pub fn live(&self, live: Arc<dyn Listener>) {
        let _ = self.live.set(live);
    }
}

impl Listener for Ear {
    fn committed(&self, market: &Market, news: News) {
        // Also where nothing was told to others: what a consumer counts is read through the edge too.
        if let Some(edge) = self.edge.get() {
            edge.changed(market.place().id.raw());
        }
        for others in [&self.bus, &self.live] {
            if let Some(others) = others.get() {
                others.committed(market, news);
            }
        }
    }

    fn wrote(&self, decisions: usize, took: Duration) {
        if let Some(commits) = self.commits.get() {
            commits.batch.observe(decisions as u64);
            commits.seconds.observe_duration(took);
        }
    }
}

pub fn edge_config(settings: &Settings) -> EdgeConfig {
    let limits = &settings.limits;
    let per = |count: u64, window_s| Allowance::per(u32::try_from(count).unwrap_or(u32::MAX), window_s);
    EdgeConfig {
        tiers: [
            per(limits.free_per_15_minutes.get(), WINDOW_S),
            per(limits.basic_per_15_minutes.get(), WINDOW_S),
            per(limits.premium_per_15_minutes.get(), WINDOW_S),
        ],
        anonymous: per(limits.anonymous_per_minute.get(), 60),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        metrics_from: match settings.telemetry.metrics {
            Switch::On => settings.server.metrics_from.clone(),
            Switch::Off => Vec::new(),
        },
        trace_one_in: settings.telemetry.trace_one_in.get() as u32,
        body_bytes_max: settings.server.body_max_bytes.get() as usize,
        handler_time: Duration::from_millis(settings.server.request_timeout_ms.get()),
        cache_bytes_max: settings.server.cache_mb.get() << 20,
        connections_max: descriptors::share(settings).connections,
        ..EdgeConfig::default()
    }
}

pub fn civic(needs: &Needs<'_>, outside: &Outside) -> Arc<Civic> {
    let Needs { settings, secret, directory, world } = *needs;
    let (countries, zones) = (directory.clone(), directory.clone());
    let asked_per_minute = u32::try_from(settings.limits.anonymous_per_minute.get()).unwrap_or(u32::MAX);
    let country = Arc::new(move |tenant| countries.country(tenant));
    Civic::builder(world.clock.clone(), secret, country, asked_per_minute)
        .zones(Arc::new(move |market| zones.zone(market)))
        .addresses(addresses(settings, &outside.outward))
        .media(outside.media.clone())
        .archive(Arc::new(outside.media.objects().clone()))
        .outward(outside.outward.clone())
        .public_url(outside::public_url(settings))
        .build()
}

pub fn money(needs: &Needs<'_>, outside: &Outside) -> Money {
    let Needs { settings, secret, directory, world } = *needs;
    let places = Arc::new(Served { directory: directory.clone(), url: outside::public_url(settings) });
    let payments = Payments::new(money::payment::Parts {
        secret: secret.to_vec(),
        adapters: wire::adapters(&outside.outward).with(Arc::new(Simulated::default())),
        ledger: Arc::new(money::Books),
        places: places.clone(),
        outward: outside.outward.clone(),
        world: world.clone(),
    });
    let settlement = settle::Desk::new(secret, places, world.clone());
    Money { tellers: Tellers::new(world.clock.clone(), world.ids.clone()), payments, settlement }
}

/// Where a market is, and where gateways reach it.
struct Served {
    directory: Arc<Directory>,
    url: Option<String>,
}

impl money::payment::Places for Served {
    fn zone(&self, market: &Market) -> TimeZone {
        self.directory.zone(market.place().id).unwrap_or(TimeZone::UTC)
    }

    fn base(&self, market: &Market) -> Option<String> {
        let url = self.url.as_deref()?;
        Some(format!("{url}/{}", market.place().name))
    }
}

pub fn delivery(needs: &Needs<'_>, outside: &Outside, money: &Money) -> Arc<Delivery> {
    Delivery::new(delivery::Parts {
        media: Some(outside.media.clone()),
        payments: money.payments.clone(),
        world: needs.world.clone(),
    })
}

/// Of whom addresses are asked: of the market's own points, and of somebody else if there is anybody.
fn addresses(settings: &Settings, outward: &Arc<Outward>) -> Addresses {
    let its = &settings.addresses;
    let own: Arc<dyn Resolver> = Arc::new(Gazetteer);
    let (Switch::On, Some(url)) = (its.nominatim, &its.nominatim_url) else {
        return Addresses::of(vec![own]);
    };
    let fetch = OverHttp { outward: outward.clone(), user_agent: its.nominatim_user_agent.0.clone() };
    let (base, language) = (url.0.clone(), its.nominatim_language.0.clone());
    let other: Arc<dyn Resolver> = Arc::new(Nominatim { fetch, base, within: Arc::new(ByAreas), language });
    Addresses::of(if its.nominatim_first == Switch::On { vec![other, own] } else { vec![own, other] })
}

/// Who works for a city, and where they read mail: their tenant's home knows.
pub struct Staff(pub Arc<Directory>);

impl Staff {
    async fn found(&self, market: &Market, to: &Recipient) -> Result<Vec<identity::Mailbox>, StoreError> {
        let home = &home(&self.0, market)?;
        let agency = match to {
            Recipient::Address(_) => return Ok(Vec::new()),
            Recipient::Person(person) => {
                return Ok(identity::mailbox_of(home, *person).await?.into_iter().collect());
            }
            // A team has no list of members: whoever leads its agency is told.
            Recipient::Team(agency, _) => Some(*agency),
            Recipient::Managers(agency) => *agency,
        };
        if let Some(agency) = agency {
            let boxes = identity::mailboxes_of_managers(home, Scope::Provider(agency)).await?;
            if !boxes.is_empty() {
                return Ok(boxes);
            }
        }
        identity::mailboxes_of_managers(home, Scope::Market(market.place().id)).await
    }
}

impl civic::deadline::follow::Staff for Staff {
    fn reach<'a>(
        &'a self,
        market: &'a Market,
        recipient: &'a Recipient,
    ) -> BoxFuture<'a, Result<Vec<Mailbox>, StoreError>> {
        Box::pin(async move {
            let found = self.found(market, recipient).await?.into_iter();
            let its = |it: identity::Mailbox| Mailbox {
                person: Some(it.person),
                address: it.address,
                language: Some(it.language),
            };
            Ok(found.map(its).collect())
        })
    }
}

/// `others` are the endpoints of all others, whose scopes a key may have.
pub fn identity_settings(settings: &Settings, others: &[Endpoint]) -> identity::Settings {
    let (minutes, days) = (settings.identity.token_minutes.get(), settings.identity.refresh_days.get());
    identity::Settings {
        token_life: SignedDuration::from_mins(minutes as i64),
        refresh_life: SignedDuration::from_hours(24 * days as i64),
        scopes: others.iter().filter_map(|endpoint| endpoint.scope).collect(),
    }
}

pub fn times(settings: &Settings) -> Times {
    Times { head: Duration::from_millis(settings.server.header_timeout_ms.get()), ..Times::default() }
}

/// Ready while the system's rows can be read: looked at in the background, answered from memory.
pub fn watch_readiness(platform: &Arc<Platform>, background: &mut JoinSet<()>) -> Readiness {
    let is_ready = Arc::new(AtomicBool::new(true));
    let (seen, platform) = (is_ready.clone(), platform.clone());
    background.spawn(async move {
        let system = platform.store.market(&Place::system());
        loop {
            let found = system.settle().await;
            let was = seen.swap(found.is_ok(), Ordering::Relaxed);
            match found {
                Err(error) if was => tracing::error!(%error, "the database is out of reach"),
                Ok(_) if !was => tracing::info!("the database is back"),
                _ => {}
            }
            tokio::time::sleep(READINESS_EVERY).await;
        }
    });
    Arc::new(move || match is_ready.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err("the database is out of reach".to_owned()),
    })
}

/// Figures that others keep, read whenever the metrics are asked for.
pub fn measure(metrics: &Metrics, platform: &Arc<Platform>, logs: &Logs) {
    metrics.counter_of("log_dropped", "Log lines dropped because the buffer was full", logs.dropped());
    let store = platform.store.clone();
    let stat = move |read: fn(&store::Stats) -> usize| {
        let store = store.clone();
        move || read(&store.stats()) as i64
    };
    metrics.gauge_of("store_open_markets", "Market files that are open", stat(|stats| stats.open_files));
    metrics.gauge_of(
        "store_waiting_decisions",
        "Decisions that wait for a writer",
        stat(|stats| stats.waiting_decisions),
    );
    metrics.gauge_of(
        "store_pool_in_use",
        "Database connections at work",
        stat(|stats| stats.databases.iter().map(|database| database.connections_busy).sum()),
    );
    let counted = |read: fn(bus::Counts) -> u64| {
        let platform = platform.clone();
        move || platform.with_bus(|bus| read(bus.counts())).unwrap_or(0)
    };
    metrics.counter_of(
        "bus_events",
        "Events handled, once for each consumer",
        counted(|counts| counts.events),
    );
    metrics.counter_of("bus_failures", "Batches of events that failed", counted(|counts| counts.failures));
    metrics.counter_of("bus_parked", "Events set aside with their error", counted(|counts| counts.parked));
    metrics.counter_of("bus_jobs_done", "Jobs done", counted(|counts| counts.jobs_done));
    metrics.counter_of(
        "bus_jobs_failed",
        "Jobs that failed and are tried again",
        counted(|counts| counts.jobs_failed),
    );
    metrics.counter_of("bus_jobs_dead", "Jobs that failed for good", counted(|counts| counts.jobs_dead));
    let reaching = platform.clone();
    metrics.gauge_of("notify_channels_reaching", "Channels by which messages reach people", move || {
        let channels = notify::Channel::ALL.into_iter();
        channels.filter(|channel| reaching.outside.notify.reaches(*channel)).count() as i64
    });
    let lagging = platform.clone();
    metrics.gauge_of("bus_lag_events", "Events that the slowest consumer has yet to take", move || {
        let most = lagging.with_bus(|bus| bus.lag().iter().map(|lag| lag.events).max().unwrap_or(0));
        most.unwrap_or(0) as i64
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{self, Flag, Sources};

    #[tokio::test]
    async fn what_the_settings_and_the_endpoints_say_holds_for_people_and_keys() {
        let folder = testkit::folder();
        let flag =
            |key: &str, value: &str| Flag { name: "--set".into(), key: key.into(), value: value.into() };
        let place = flag("store.folder", &folder.path().display().to_string());
        let flags =
            vec![place.clone(), flag("identity.token_minutes", "60"), flag("identity.refresh_days", "30")];
        let load = |flags| config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let platform = Platform::open(&load(vec![place]), Arc::new(identity::NoChannel)).await.unwrap();
        for (flags, minutes, days) in [(Vec::new(), 15, 14), (flags, 60, 30)] {
            let chosen = identity_settings(&load(flags).settings, &platform.endpoints());
            assert_eq!(chosen.token_life, SignedDuration::from_mins(minutes));
            assert_eq!(chosen.refresh_life, SignedDuration::from_hours(24 * days));
        }
        let named: BTreeSet<&str> = platform.endpoints().iter().filter_map(|it| it.scope).collect();
        assert_eq!(platform.identity.scopes(), named, "a key may be made for each, and for no other");
    }
}
