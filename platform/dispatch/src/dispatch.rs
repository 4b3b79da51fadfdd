//! What is shared: whom the process knows of each market, by which roads it reckons, and with what settings.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Id, IdSource, Refusal};
use parking_lot::{Mutex, RwLock};
use store::{Market, StoreError};
use tokio::sync::OnceCell;

use crate::offer::Timing;
use crate::offer::companion::Companion;
use crate::position::model::Sample;
use crate::position::{Alone, Counted, Fleet, Ping, SampleRule, Seen, Shards, WorkerId, repo, split};
use crate::road::{Roads, Straight};
use crate::{assign, limits};

/// Sees workers move, as far as this process hears of it. It is asked in the midst of each ping.
pub trait Watcher: Send + Sync {
    fn moved(&self, market: &Market, seen: &Seen);
}

/// How a market works.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Whoever says nothing for so long is not there any more.
    pub silence: SignedDuration,
    pub sample: SampleRule,
    /// How long samples are kept.
    pub history: SignedDuration,
    pub timing: Timing,
    pub solver: assign::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            silence: SignedDuration::from_secs(90),
            sample: SampleRule::default(),
            history: SignedDuration::from_hours(24 * 30),
            timing: Timing::default(),
            solver: assign::Settings::default(),
        }
    }
}

pub struct Dispatch {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    common: Terms,
    own: RwLock<HashMap<i64, Terms>>,
    shards: Arc<dyn Shards>,
    companions: HashMap<&'static str, Arc<dyn Companion>>,
    watcher: Option<Arc<dyn Watcher>>,
    fleets: Mutex<HashMap<i64, Arc<Kept>>>,
    asked: AtomicU64,
}

/// By what a market is worked.
#[derive(Clone)]
struct Terms {
    settings: Arc<Settings>,
    roads: Arc<dyn Roads>,
}

struct Kept {
    fleet: Arc<Fleet>,
    restored: OnceCell<()>,
    asked: AtomicU64,
}

/// What is put together before it is shared.
pub struct Builder(Dispatch);

impl Builder {
    pub fn settings(mut self, settings: Settings) -> Self {
        self.0.common.settings = Arc::new(settings);
        self
    }

    /// By which every market reckons that has no roads of its own.
    pub fn roads(mut self, roads: Arc<dyn Roads>) -> Self {
        self.0.common.roads = roads;
        self
    }

    pub fn shards(mut self, shards: Arc<dyn Shards>) -> Self {
        self.0.shards = shards;
        self
    }

    /// Whoever commits something of an app's own together with the steps of its kind of job.
    pub fn companion(mut self, kind: &'static str, companion: Arc<dyn Companion>) -> Self {
        self.0.companions.insert(kind, companion);
        self
    }

    pub fn watcher(mut self, watcher: Arc<dyn Watcher>) -> Self {
        self.0.watcher = Some(watcher);
        self
    }

    pub fn build(self) -> Arc<Dispatch> {
        Arc::new(self.0)
    }
}

impl Dispatch {
    pub fn builder(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Builder {
        Builder(Self {
            clock,
            ids,
            common: Terms { settings: Arc::default(), roads: Arc::new(Straight::default()) },
            own: RwLock::default(),
            shards: Arc::new(Alone),
            companions: HashMap::new(),
            watcher: None,
            fleets: Mutex::default(),
            asked: AtomicU64::new(0),
        })
    }

    /// What one market has for its own. Settings of memory hold from the next start on.
    pub fn configure(&self, market: Id<kernel::Market>, settings: Settings, roads: Arc<dyn Roads>) {
        let mut own = self.own.write();
        if own.len() < limits::MARKETS_MAX || own.contains_key(&market.raw()) {
            own.insert(market.raw(), Terms { settings: Arc::new(settings), roads });
        }
    }

    fn terms(&self, market: &Market) -> Terms {
        self.own.read().get(&market.place().id.raw()).unwrap_or(&self.common).clone()
    }

    pub fn settings(&self, market: &Market) -> Arc<Settings> {
        self.terms(market).settings
    }

    pub fn roads(&self, market: &Market) -> Arc<dyn Roads> {
        self.terms(market).roads
    }

    pub(crate) fn companion(&self, kind: &str) -> Option<&Arc<dyn Companion>> {
        self.companions.get(kind)
    }

    /// The workers of a market. After a start those who were heard of lately are read first.
    pub async fn fleet(&self, market: &Market) -> Result<Arc<Fleet>, StoreError> {
        let kept = self.kept(market);
        let settings = self.settings(market);
        kept.restored.get_or_try_init(|| restore(market, &kept.fleet, self.clock.now(), &settings)).await?;
        Ok(kept.fleet.clone())
    }

    fn kept(&self, market: &Market) -> Arc<Kept> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let settings = self.settings(market);
        let mut fleets = self.fleets.lock();
        let id = market.place().id.raw();
        if !fleets.contains_key(&id) && fleets.len() >= limits::MARKETS_MAX {
            let eldest = fleets.iter().min_by_key(|(_, kept)| kept.asked.load(Ordering::Relaxed));
            if let Some(eldest) = eldest.map(|(id, _)| *id) {
                fleets.remove(&eldest);
            }
        }
        let kept = fleets.entry(id).or_insert_with(|| {
            let fleet = Arc::new(Fleet::new(settings.silence, settings.sample));
            Arc::new(Kept { fleet, restored: OnceCell::new(), asked: AtomicU64::new(asked) })
        });
        kept.asked.store(asked, Ordering::Relaxed);
        kept.clone()
    }

    /// Where one worker says to be. What comes back is to be kept as rows.
    pub async fn hear(
        &self,
        market: &Market,
        worker: WorkerId,
        pings: &[Ping],
        now: Timestamp,
    ) -> Result<(Counted, Vec<Sample>), Refusal> {
        let mut counted = Counted::default();
        let fleet = self.fleet(market).await?;
        for (owner, part) in split(&*self.shards, market.place().id, pings) {
            match owner {
                Some(node) => self.shards.hand_on(node, market.place().id, worker, part).await?,
                None => {
                    must_be_on_duty(market, &fleet, worker, now).await?;
                    let pings: Vec<(WorkerId, Ping)> = part.into_iter().map(|ping| (worker, ping)).collect();
                    let its = fleet.hear(&pings, now);
                    counted.add(its);
                    if its.moved > 0 {
                        self.tell(market, &fleet, worker, now);
                    }
                }
            }
        }
        fleet.sweep(now);
        Ok((counted, fleet.due_samples(now)))
    }

    fn tell(&self, market: &Market, fleet: &Fleet, worker: WorkerId, now: Timestamp) {
        let Some(watcher) = &self.watcher else { return };
        if let Some(seen) = fleet.seen(worker, now) {
            watcher.moved(market, &seen);
        }
    }
}

/// Another process may have put them on duty, or they were silent for a while.
async fn must_be_on_duty(
    market: &Market,
    fleet: &Fleet,
    worker: WorkerId,
    now: Timestamp,
) -> Result<(), Refusal> {
    if fleet.duty(worker).is_some() {
        return Ok(());
    }
    match repo::worker(market, worker).await?.filter(|known| known.on_duty) {
        Some(known) => fleet.begin(worker, known.duty, now),
        None => Err(Refusal::conflict("off_duty", "Go on duty first.")),
    }
}

async fn restore(
    market: &Market,
    fleet: &Fleet,
    now: Timestamp,
    settings: &Settings,
) -> Result<(), StoreError> {
    let since = now.saturating_sub(settings.silence + settings.sample.every).unwrap_or(now);
    let mut after = i64::MIN;
    loop {
        let page = repo::known(market, since, after).await?;
        // More than fit are heard of again with their next ping.
        if fleet.restore(&page, now).is_err() || (page.len() as i64) < limits::READ_AT_ONCE {
            return Ok(());
        }
        after = page.last().map_or(i64::MAX, |last| last.worker.raw());
    }
}
