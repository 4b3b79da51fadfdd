//! Writers that remember what they were told, and the check of their memory against the server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::super::Dice;
use super::city::{City, Said};
use super::deeds::{Done, reported};

/// One report in so many is wrong on purpose.
const WRONG_ONE_IN: u64 = 10;
/// After one report in so many, something is done with the one before.
const MORE_ONE_IN: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<Result<Fresh, String>>>,
}

/// What one round left behind.
#[derive(Default)]
pub struct Fresh {
    taken: BTreeMap<u64, String>,
    refused: u64,
    unknown: BTreeMap<u64, bool>,
    pub done: Done,
    faults: Vec<String>,
}

impl Load {
    /// Numbers of this round begin at `first`.
    pub fn start(city: &City, writers: u64, first: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = |number: u64| {
            let (city, stop) = (city.clone(), stop.clone());
            let dice = Dice(seed ^ number);
            std::thread::spawn(move || write(&city, &stop, first + (number << 24), dice))
        };
        let writers = (0..writers).map(writer).collect();
        Self { stop, writers }
    }

    pub fn stop(self) -> Fresh {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Fresh::default();
        for writer in self.writers {
            match writer.join() {
                Ok(Ok(fresh)) => all.add(fresh),
                Ok(Err(fault)) => all.faults.push(fault),
                Err(_) => all.faults.push("a writer of the test itself panicked".into()),
            }
        }
        all
    }
}

fn write(city: &City, stop: &AtomicBool, first: u64, mut dice: Dice) -> Result<Fresh, String> {
    let mut fresh = Fresh::default();
    let mut number = first;
    let mut last: Option<String> = None;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let right = dice.below(WRONG_ONE_IN) != 0;
        if let Some(id) = last.as_deref().filter(|_| dice.below(MORE_ONE_IN) == 0) {
            fresh.done.go_on(city, id, number, &mut dice)?;
        }
        match city.report(number, right)? {
            Said::Taken(id) => {
                last = Some(id.clone());
                fresh.taken.insert(number, id);
            }
            Said::Refused => fresh.refused += 1,
            Said::Later | Said::Nothing => {
                fresh.unknown.insert(number, right);
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    Ok(fresh)
}

impl Fresh {
    fn add(&mut self, other: Fresh) {
        self.taken.extend(other.taken);
        self.refused += other.refused;
        self.unknown.extend(other.unknown);
        self.faults.extend(other.faults);
        self.done.add(other.done);
    }

    /// Asks again, with the same keys, about everything that got no answer.
    pub fn settle(&mut self, city: &City) -> Result<(), String> {
        if let Some(fault) = self.faults.first() {
            return Err(fault.clone());
        }
        let deadline = Instant::now() + PATIENCE;
        self.done.settle(city, || {
            std::thread::sleep(Duration::from_millis(20));
            Instant::now() < deadline
        })?;
        for (number, right) in std::mem::take(&mut self.unknown) {
            loop {
                match city.report(number, right)? {
                    Said::Taken(id) => drop(self.taken.insert(number, id)),
                    Said::Refused => self.refused += 1,
                    Said::Later | Said::Nothing if Instant::now() < deadline => {
                        std::thread::sleep(Duration::from_millis(20));
                        continue;
                    }
                    Said::Later | Said::Nothing => {
                        return Err(format!("report {number} gets no answer any more"));
                    }
                }
                break;
            }
        }
        Ok(())
    }
}

/// What all rounds left behind.
#[derive(Default)]
pub struct Outcomes {
    taken: BTreeMap<u64, String>,
    refused: u64,
    unread: Vec<u64>,
    done: Done,
    deeds: usize,
}

impl Outcomes {
    pub fn add(&mut self, fresh: Fresh) {
        self.unread.extend(fresh.taken.keys());
        self.taken.extend(fresh.taken);
        self.refused += fresh.refused;
        self.deeds += fresh.done.count();
        self.done.add(fresh.done);
    }

    /// The new ones are read one by one; `full` also lists everything there is.
    pub fn check(&mut self, city: &City, full: bool) -> Result<(), String> {
        for number in std::mem::take(&mut self.unread) {
            let id = &self.taken[&number];
            if city.read(id)? != Some(format!("report {number}")) {
                return Err(format!("report {number} was acknowledged as {id} and is lost"));
            }
            // The same key again: the same answer, not a second request.
            if number % 7 == 0 && city.report(number, true)? != Said::Taken(id.clone()) {
                return Err(format!("report {number} is not {id} when it is sent again"));
            }
        }
        self.done.check(city)?;
        self.done.forget();
        let wanted = self.taken.len() as u64;
        let deadline = Instant::now() + PATIENCE;
        while city.counted()? != wanted {
            if Instant::now() > deadline {
                return Err(format!("events counted {}, acknowledged {wanted}", city.counted()?));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        while reported(&city.get_known("/trends")?) != Some(wanted) {
            if Instant::now() > deadline {
                return Err(format!("trends do not count {wanted}: {}", city.get_known("/trends")?));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if full {
            let ids = city.every_id()?;
            let listed: BTreeSet<&String> = ids.iter().collect();
            let acknowledged: BTreeSet<&String> = self.taken.values().collect();
            if listed != acknowledged || ids.len() != listed.len() {
                return Err(format!(
                    "{} requests are listed ({} different), {} were acknowledged",
                    ids.len(),
                    listed.len(),
                    acknowledged.len()
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (taken, refused, deeds) = (self.taken.len(), self.refused, self.deeds);
        write!(f, "{taken} acknowledged, {deeds} deeds with them, {refused} refused, all as they should be")
    }
}
