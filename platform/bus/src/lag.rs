//! How far consumers are behind: a few numbers for each, whatever the number of markets.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use store::Kind;

use crate::limits;

/// One consumer, summed over all markets this process has looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    pub consumer: &'static str,
    pub events: u64,
    /// Age of the oldest event that waits.
    pub oldest: SignedDuration,
    pub markets: u64,
    /// The market that is furthest behind, and by how many events.
    pub worst: Option<(Arc<str>, u64)>,
    pub parked: u64,
}

impl Lag {
    pub(crate) fn none(consumer: &'static str) -> Self {
        let oldest = SignedDuration::ZERO;
        Self { consumer, events: 0, oldest, markets: 0, worst: None, parked: 0 }
    }

    fn add(&mut self, market: &Arc<str>, behind: Behind, now: Timestamp) {
        self.parked += behind.parked;
        if behind.events == 0 {
            return;
        }
        self.events += behind.events;
        self.markets += 1;
        self.oldest = self.oldest.max(now.duration_since(behind.since));
        if self.worst.as_ref().is_none_or(|(_, most)| *most < behind.events) {
            self.worst = Some((market.clone(), behind.events));
        }
    }
}

/// One consumer in one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    pub(crate) events: u64,
    pub(crate) since: Timestamp,
    pub(crate) parked: u64,
}

/// Only the markets where something waits.
#[derive(Default)]
pub(crate) struct Lags(Mutex<HashMap<i64, MarketLag>>);

/// A market's name and those of its consumers that are behind.
type MarketLag = (Arc<str>, Vec<(&'static str, Behind)>);

impl Lags {
    pub(crate) fn note(&self, market: &store::Place, behind: Vec<(&'static str, Behind)>) {
        let id = market.id.raw();
        let mut lags = self.0.lock();
        if behind.is_empty() {
            lags.remove(&id);
        } else if lags.len() < limits::MARKETS_BEHIND_MAX || lags.contains_key(&id) {
            lags.insert(id, (market.name.clone(), behind));
        }
    }

    /// `unseen`: events of markets that wait for their turn, by kind.
    pub(crate) fn sum(
        &self,
        consumers: impl Iterator<Item = (Kind, &'static str)>,
        unseen: &[(Kind, Arc<str>, u64, Timestamp)],
        now: Timestamp,
    ) -> Vec<Lag> {
        let mut lags: Vec<Lag> = Vec::new();
        for (kind, name) in consumers {
            if !lags.iter().any(|lag| lag.consumer == name) {
                lags.push(Lag::none(name));
            }
            let Some(lag) = lags.iter_mut().find(|lag| lag.consumer == name) else { continue };
            for (_, market, events, since) in unseen.iter().filter(|(its, ..)| *its == kind) {
                lag.add(market, Behind { events: *events, since: *since, parked: 0 }, now);
            }
        }
        for (market, behind) in self.0.lock().values() {
            for (name, behind) in behind {
                if let Some(lag) = lags.iter_mut().find(|lag| lag.consumer == *name) {
                    lag.add(market, *behind, now);
                }
            }
        }
        lags
    }
}
