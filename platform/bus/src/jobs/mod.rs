//! Durable jobs: claimed by one worker, renewed while they run, finished with their effect.

mod cron;
mod pick;
mod prune;
mod run;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Random};
use parking_lot::Mutex;
use store::{Market, Stamp, StoreError};

use self::pick::Pick;
use crate::counts::Counters;
use crate::directory::{self, Directory};
use crate::limits;
use crate::registry::Registry;
use crate::wake::{Taken, Wake};

pub(crate) struct Jobs {
    pub(crate) registry: Arc<Registry>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) wake: Arc<Wake>,
    running: Arc<Running>,
    /// Markets whose schedules are known to have their rows.
    scheduled: Mutex<HashSet<i64>>,
}

impl Jobs {
    pub(crate) fn new(
        registry: Arc<Registry>,
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        counters: Arc<Counters>,
    ) -> Self {
        let wake = Wake::new(clock.clone(), Duration::ZERO);
        let (running, scheduled) = (Arc::default(), Mutex::default());
        Self { registry, directory, clock, random, counters, wake, running, scheduled }
    }

    fn stamp(&self, actor: Actor) -> Stamp {
        Stamp { at: self.clock.now(), actor }
    }

    fn after(&self, wait: SignedDuration) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(wait).unwrap_or(now)
    }

    /// One of a fixed number of workers: each runs one job at a time.
    pub(crate) async fn serve(self: Arc<Self>) {
        while let Some(taken) = self.wake.take().await {
            self.turn(taken).await;
        }
    }

    async fn turn(&self, taken: Taken) {
        let market = directory::current(&*self.directory, &taken.market);
        match self.prepare_and_pick(&market).await {
            Ok(Pick::Job(row, place)) => {
                // Others may look for more here while this one runs.
                taken.again();
                drop(taken);
                self.run(&market, *row).await;
                drop(place);
                self.wake.nudge(&market, 0);
            }
            Ok(Pick::Later(due)) => self.wake.at(&market, due),
            Ok(Pick::Nothing) | Err(StoreError::Missing(_)) => {}
            Err(error) => {
                tracing::warn!(market = %market.place().name, %error, "no job can be taken here now");
                self.wake.at(&market, self.after(limits::OUT_OF_REACH_WAIT));
            }
        }
    }

    async fn prepare_and_pick(&self, market: &Market) -> Result<Pick, StoreError> {
        self.keep_schedules(market).await?;
        self.pick(market).await
    }
}

/// What this process runs, so that its own workers do not race for the same rows.
#[derive(Default)]
struct Running(Mutex<HashMap<i64, Vec<i64>>>);

impl Running {
    fn ids(&self, market: i64) -> Vec<i64> {
        self.0.lock().get(&market).cloned().unwrap_or_default()
    }

    /// `None` when another worker of this process was faster.
    fn reserve(self: &Arc<Self>, market: i64, job: i64) -> Option<Reserved> {
        let mut running = self.0.lock();
        let ids = running.entry(market).or_default();
        if ids.contains(&job) || ids.len() >= limits::JOBS_PER_MARKET_MAX {
            return None;
        }
        ids.push(job);
        Some(Reserved { running: self.clone(), market, job })
    }
}

/// One job's place among those that run here; given up when dropped.
struct Reserved {
    running: Arc<Running>,
    market: i64,
    job: i64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut running = self.running.0.lock();
        if let Some(ids) = running.get_mut(&self.market) {
            ids.retain(|id| *id != self.job);
            if ids.is_empty() {
                running.remove(&self.market);
            }
        }
    }
}
