//! Start and stop.

use std::sync::{Arc, Weak};
use std::time::Duration;

use kernel::{Clock, Random};
use store::{Listener, Market, News, Store};
use tokio::task::JoinSet;

use crate::counts::{Counters, Counts};
use crate::directory::Directory;
use crate::jobs::Jobs;
use crate::lag::Lag;
use crate::registry::{Registry, RegistryError};
use crate::relay::Relay;
use crate::sweep;

/// How much of the machine the bus may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Markets whose events are relayed at once.
    pub relay_workers: usize,
    /// Jobs that run at once.
    pub job_workers: usize,
    pub sweep_markets_per_s: u32,
    /// From the end of one sweep to the start of the next.
    pub sweep_rest: Duration,
    /// How often shared databases are asked for what other processes have left to do.
    pub look_out_rest: Duration,
    /// How often the clock is looked at while something waits for its moment.
    pub tick: Duration,
    /// How long running work may take to end when the bus stops.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            relay_workers: 4,
            job_workers: 16,
            sweep_markets_per_s: 100,
            sweep_rest: Duration::from_secs(60),
            look_out_rest: Duration::from_secs(1),
            tick: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}

/// The running bus. Dropping it cuts everything off, as a crash would; nothing is lost by that.
pub struct Bus {
    relay: Arc<Relay>,
    jobs: Arc<Jobs>,
    workers: JoinSet<()>,
    helpers: JoinSet<()>,
    grace: Duration,
}

impl Bus {
    /// Starts in the runtime of the caller. The store's nudges come here if nobody listens to it yet.
    pub fn start(
        store: &Store,
        directory: Arc<dyn Directory>,
        registry: Registry,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: Settings,
    ) -> Result<Bus, RegistryError> {
        registry.check()?;
        let (registry, counters) = (Arc::new(registry), Arc::new(Counters::default()));
        let relay =
            Relay::new(registry.clone(), directory.clone(), clock.clone(), random.clone(), counters.clone());
        let jobs = Jobs::new(registry, directory, clock, random, counters);
        let (relay, jobs) = (Arc::new(relay), Arc::new(jobs));
        let (mut workers, mut helpers) = (JoinSet::new(), JoinSet::new());
        for _ in 0..settings.relay_workers.max(1) {
            workers.spawn(relay.clone().serve());
        }
        for _ in 0..settings.job_workers.max(1) {
            workers.spawn(jobs.clone().serve());
        }
        for wake in [relay.wake.clone(), jobs.wake.clone()] {
            let tick = settings.tick;
            helpers.spawn(async move { wake.keep_time(tick).await });
        }
        let (per_s, rest) = (settings.sweep_markets_per_s, settings.sweep_rest);
        helpers.spawn(sweep::sweep(relay.clone(), jobs.clone(), per_s, rest));
        let rest = settings.look_out_rest;
        helpers.spawn(sweep::look_out(store.clone(), relay.clone(), jobs.clone(), rest));
        let bus = Bus { relay, jobs, workers, helpers, grace: settings.grace };
        store.listen(bus.listener());
        Ok(bus)
    }

    /// Where to say that something was committed: for whoever hears of it otherwise than from the
    /// store of this process.
    pub fn listener(&self) -> Arc<dyn Listener> {
        Arc::new(Ear { relay: Arc::downgrade(&self.relay), jobs: Arc::downgrade(&self.jobs) })
    }

    /// Look at this market soon: it is new, or an operator has changed something in it.
    pub fn nudge(&self, market: &Market) {
        self.jobs.forget_schedules(market);
        self.relay.wake.nudge(market, 0);
        self.jobs.wake.nudge(market, 0);
    }

    /// How far each consumer is behind, over all markets of this process.
    pub fn lag(&self) -> Vec<Lag> {
        let mut unseen = Vec::new();
        self.relay.wake.unseen(|market, events, since| {
            let place = market.place();
            unseen.push((place.kind, place.name.clone(), events, since));
        });
        self.relay.lags.sum(self.relay.registry.consumer_names(), &unseen, self.relay.clock.now())
    }

    pub fn counts(&self) -> Counts {
        Counts {
            markets_waiting: self.relay.wake.queued() as u64,
            job_markets_waiting: self.jobs.wake.queued() as u64,
            ..self.relay.counters.read()
        }
    }

    /// Takes nothing new; what runs may end within the grace and is cut off after it. When this
    /// returns, nothing of the bus is left running.
    pub async fn stop(mut self) {
        self.relay.wake.close();
        self.jobs.wake.close();
        self.helpers.shutdown().await;
        let ended = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, ended).await.is_err() {
            tracing::warn!(left = self.workers.len(), "work was cut off; it is taken up again later");
        }
        self.workers.shutdown().await;
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.relay.wake.close();
        self.jobs.wake.close();
    }
}

/// The store keeps its listener for ever; a bus that is gone is not kept alive by that.
struct Ear {
    relay: Weak<Relay>,
    jobs: Weak<Jobs>,
}

impl Listener for Ear {
    fn committed(&self, market: &Market, news: News) {
        let (Some(relay), Some(jobs)) = (self.relay.upgrade(), self.jobs.upgrade()) else { return };
        if news.events > 0 && relay.follows(market) {
            relay.wake.nudge(market, news.events.into());
        }
        if let Some(due) = news.earliest_job {
            jobs.wake.at(market, due);
        } else if news.events > 0 && !jobs.knows_schedules(market) {
            jobs.wake.nudge(market, 0);
        }
    }
}
