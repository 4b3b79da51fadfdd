//! The workers of one market who are on duty, where each was last, and how they stand.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use geo::{BoundingBox, Point};
use kernel::Refusal;
use kernel::jiff::{SignedDuration, Timestamp};
use parking_lot::RwLock;

use super::grid::Grid;
use super::model::{Known, Sample, Worker};
use super::ping::{Duty, Heard, Ping, Seen, WorkerId};
use super::sample::SampleRule;
use crate::limits;
use crate::road::Paces;

pub struct Fleet {
    inner: RwLock<Inner>,
    silence: SignedDuration,
    rule: SampleRule,
}

#[derive(Default)]
struct Inner {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    by_worker: HashMap<WorkerId, u32, RandomState>,
    grid: Grid,
    samples: Vec<Sample>,
    swept: Option<Timestamp>,
}

struct Slot {
    worker: WorkerId,
    duty: Duty,
    ping: Option<Ping>,
    heard: Timestamp,
    sampled: Option<Ping>,
}

/// What became of a batch of pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    pub moved: usize,
    pub old: usize,
    pub ahead: usize,
    pub off_duty: usize,
}

/// Whom a search for the nearest wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub from: Point,
    pub limit: usize,
    pub within_m: f64,
    pub now: Timestamp,
}

/// Somebody near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub seen: Seen,
    /// Along the great circle.
    pub metres: f64,
    /// By the paces of their mode.
    pub seconds: f64,
}

impl Fleet {
    /// Whoever says nothing for so long is not there any more.
    pub fn new(silence: SignedDuration, rule: SampleRule) -> Self {
        Self { inner: RwLock::default(), silence, rule }
    }

    /// On duty from now on, or with another duty than before.
    pub fn begin(&self, worker: WorkerId, duty: Duty, now: Timestamp) -> Result<(), Refusal> {
        self.inner.write().begin(worker, duty, now)
    }

    /// Off duty.
    pub fn end(&self, worker: WorkerId) {
        self.inner.write().forget(worker);
    }

    /// What somebody is to carry now; nothing where they are not here.
    pub fn set_load(&self, worker: WorkerId, load: u16) {
        let mut inner = self.inner.write();
        if let Some(slot) = inner.slot_of(worker) {
            slot.duty.load = load;
        }
    }

    pub fn duty(&self, worker: WorkerId) -> Option<Duty> {
        let inner = self.inner.read();
        inner.slot(*inner.by_worker.get(&worker)?).map(|slot| slot.duty)
    }

    /// Where somebody is, unless they are silent.
    pub fn seen(&self, worker: WorkerId, now: Timestamp) -> Option<Seen> {
        let inner = self.inner.read();
        let slot = inner.slot(*inner.by_worker.get(&worker)?)?;
        slot.seen().filter(|seen| !self.is_silent(seen.heard, now))
    }

    pub fn len(&self) -> usize {
        self.inner.read().by_worker.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pings of any workers in any order. Others get their turn in between.
    pub fn hear(&self, pings: &[(WorkerId, Ping)], now: Timestamp) -> Counted {
        let mut counted = Counted::default();
        for turn in pings.chunks(limits::PINGS_PER_TURN) {
            let mut inner = self.inner.write();
            for (worker, ping) in turn {
                counted.count(inner.hear(*worker, ping, now, &self.rule));
            }
        }
        counted
    }

    /// The soonest there first, of those that `may`.
    pub fn nearest(&self, wanted: &Wanted, paces: &Paces, may: impl Fn(&Seen) -> bool) -> Vec<Near> {
        let inner = self.inner.read();
        let near = inner.grid.nearest(wanted.from, paces, wanted.within_m).filter_map(|found| {
            let seen = inner.slot(found.slot)?.seen()?;
            let fits = !self.is_silent(seen.heard, wanted.now) && may(&seen);
            fits.then_some(Near { seen, metres: found.metres, seconds: found.seconds })
        });
        near.take(wanted.limit).collect()
    }

    /// Some of those in a box.
    pub fn within(&self, bbox: &BoundingBox, limit: usize, now: Timestamp) -> Vec<Seen> {
        let inner = self.inner.read();
        let seen = inner.grid.within(bbox).filter_map(|slot| inner.slot(slot)?.seen());
        seen.filter(|seen| !self.is_silent(seen.heard, now)).take(limit).collect()
    }

    /// Everybody who is not silent, for a window.
    pub fn all(&self, limit: usize, now: Timestamp) -> Vec<Seen> {
        let inner = self.inner.read();
        let seen = inner.slots.iter().flatten().filter_map(Slot::seen);
        seen.filter(|seen| !self.is_silent(seen.heard, now)).take(limit).collect()
    }

    /// Forgets the silent, if that was not done a moment ago; says how many.
    pub fn sweep(&self, now: Timestamp) -> usize {
        let is_due =
            |inner: &Inner| inner.swept.is_none_or(|swept| now.duration_since(swept) >= limits::SWEEP_EVERY);
        if !is_due(&self.inner.read()) {
            return 0;
        }
        let mut inner = self.inner.write();
        inner.swept = Some(now);
        let silent: Vec<WorkerId> = inner
            .slots
            .iter()
            .flatten()
            .filter(|slot| self.is_silent(slot.heard, now))
            .map(|slot| slot.worker)
            .collect();
        silent.iter().for_each(|worker| inner.forget(*worker));
        silent.len()
    }

    fn is_silent(&self, heard: Timestamp, now: Timestamp) -> bool {
        now.duration_since(heard) > self.silence
    }

    /// Samples to be kept, once enough of them wait or one has waited long enough.
    pub fn due_samples(&self, now: Timestamp) -> Vec<Sample> {
        let is_due = |inner: &Inner| {
            let waits = inner.samples.first().map(|first| now.duration_since(first.heard));
            inner.samples.len() >= limits::SAMPLES_PER_COMMIT
                || waits.is_some_and(|waits| waits >= limits::SAMPLE_WAIT)
        };
        if !is_due(&self.inner.read()) {
            return Vec::new();
        }
        let mut inner = self.inner.write();
        let count = inner.samples.len().min(limits::SAMPLES_PER_COMMIT);
        inner.samples.drain(..count).collect()
    }

    /// As the rows of all those on duty say: whoever is not among them went off duty elsewhere.
    pub fn refresh(&self, on_duty: &[Worker]) {
        let duties: HashMap<WorkerId, Duty, RandomState> =
            on_duty.iter().map(|worker| (worker.id, worker.duty)).collect();
        let mut inner = self.inner.write();
        let gone: Vec<WorkerId> =
            inner.by_worker.keys().filter(|worker| !duties.contains_key(worker)).copied().collect();
        gone.iter().for_each(|worker| inner.forget(*worker));
        for slot in inner.slots.iter_mut().flatten() {
            slot.duty.load = duties.get(&slot.worker).map_or(slot.duty.load, |duty| duty.load);
        }
    }

    /// As it was kept, after a restart: whoever was heard of since is left as they are.
    pub fn restore(&self, known: &[Known], now: Timestamp) -> Result<(), Refusal> {
        let mut inner = self.inner.write();
        for row in known.iter().filter(|row| !self.is_silent(row.heard, now)) {
            if inner.by_worker.contains_key(&row.worker) {
                continue;
            }
            inner.begin(row.worker, row.duty, row.heard)?;
            // It is a row already.
            if let Some(slot) = inner.slot_of(row.worker) {
                slot.sampled = Some(row.ping);
            }
            inner.hear(row.worker, &row.ping, row.heard, &self.rule);
        }
        Ok(())
    }
}

impl Inner {
    fn slot(&self, slot: u32) -> Option<&Slot> {
        self.slots.get(slot as usize)?.as_ref()
    }

    fn slot_of(&mut self, worker: WorkerId) -> Option<&mut Slot> {
        let slot = *self.by_worker.get(&worker)?;
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    fn begin(&mut self, worker: WorkerId, duty: Duty, now: Timestamp) -> Result<(), Refusal> {
        if let Some(slot) = self.by_worker.get(&worker).copied() {
            let Some(known) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else {
                return Ok(());
            };
            known.duty = duty;
            if let Some(ping) = &known.ping {
                self.grid.put(slot, ping.point, duty.mode);
            }
            return Ok(());
        }
        if self.by_worker.len() >= limits::WORKERS_MAX {
            let message = "There are as many on duty here as can be; try again later.";
            return Err(Refusal::unavailable("too_many_on_duty", message, 60));
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize] = Some(Slot { worker, duty, ping: None, heard: now, sampled: None });
        self.by_worker.insert(worker, slot);
        Ok(())
    }

    fn forget(&mut self, worker: WorkerId) {
        if let Some(slot) = self.by_worker.remove(&worker) {
            self.grid.take(slot);
            self.slots[slot as usize] = None;
            self.free.push(slot);
        }
    }

    fn hear(&mut self, worker: WorkerId, ping: &Ping, now: Timestamp, rule: &SampleRule) -> Heard {
        if ping.at.duration_since(now) > limits::AHEAD_MAX {
            return Heard::Ahead;
        }
        let Some(number) = self.by_worker.get(&worker).copied() else { return Heard::OffDuty };
        let Some(slot) = self.slots.get_mut(number as usize).and_then(Option::as_mut) else {
            return Heard::OffDuty;
        };
        slot.heard = slot.heard.max(now);
        if slot.ping.as_ref().is_some_and(|known| !ping.is_newer_than(known)) {
            return Heard::Old;
        }
        slot.ping = Some(*ping);
        if rule.is_due(slot.sampled.as_ref(), ping) && self.samples.len() < limits::SAMPLES_WAITING_MAX {
            slot.sampled = Some(*ping);
            self.samples.push(Sample { worker, ping: *ping, heard: now });
        }
        self.grid.put(number, ping.point, slot.duty.mode);
        Heard::Moved
    }
}

impl Slot {
    fn seen(&self) -> Option<Seen> {
        self.ping.map(|ping| Seen { worker: self.worker, duty: self.duty, ping, heard: self.heard })
    }
}

impl Counted {
    pub fn add(&mut self, other: Self) {
        self.moved += other.moved;
        self.old += other.old;
        self.ahead += other.ahead;
        self.off_duty += other.off_duty;
    }

    fn count(&mut self, heard: Heard) {
        let count = match heard {
            Heard::Moved => &mut self.moved,
            Heard::Old => &mut self.old,
            Heard::Ahead => &mut self.ahead,
            Heard::OffDuty => &mut self.off_duty,
        };
        *count += 1;
    }
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
