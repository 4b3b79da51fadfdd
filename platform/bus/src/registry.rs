//! Who follows what, per kind of market.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::Decision;
use store::Kind;

use crate::consumer::{AnyConsumer, Consumer};
use crate::handler::{AnyHandler, JobHandler};
use crate::schedule::Schedule;

/// Everything a process is ready to do. Built once, at the start.
#[derive(Default)]
pub struct Registry {
    consumers: Vec<(Kind, Arc<dyn AnyConsumer>)>,
    handlers: HashMap<&'static str, Arc<dyn AnyHandler>>,
    schedules: Vec<(Kind, Schedule)>,
    twice: Option<RegistryError>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    #[error("two consumers are called {0}")]
    Consumer(&'static str),
    #[error("two handlers run jobs of kind {0}")]
    Handler(&'static str),
    #[error("two schedules are called {0}")]
    Schedule(&'static str),
    #[error("schedule {schedule} wants jobs of kind {kind}, which nobody runs")]
    Orphan { schedule: &'static str, kind: &'static str },
}

impl Registry {
    pub fn consumer(mut self, kind: Kind, consumer: impl Consumer) -> Self {
        self.consumers.push((kind, Arc::new(consumer)));
        self
    }

    /// A handler serves every kind of market.
    pub fn handler(mut self, handler: impl JobHandler) -> Self {
        let kind = JobHandler::kind(&handler);
        if self.handlers.insert(kind, Arc::new(handler)).is_some() {
            self.twice.get_or_insert(RegistryError::Handler(kind));
        }
        self
    }

    pub fn schedule(mut self, kind: Kind, schedule: Schedule) -> Self {
        self.schedules.push((kind, schedule));
        self
    }

    /// Names must be distinct: a cursor or a job row belongs to one of them.
    pub(crate) fn check(&self) -> Result<(), RegistryError> {
        if let Some(error) = &self.twice {
            return Err(error.clone());
        }
        let mut seen = HashSet::new();
        for (kind, consumer) in &self.consumers {
            if !seen.insert((*kind, consumer.name())) {
                return Err(RegistryError::Consumer(consumer.name()));
            }
        }
        seen.clear();
        for (kind, schedule) in &self.schedules {
            if !seen.insert((*kind, schedule.name)) {
                return Err(RegistryError::Schedule(schedule.name));
            }
            if !self.handlers.contains_key(schedule.kind) {
                return Err(RegistryError::Orphan { schedule: schedule.name, kind: schedule.kind });
            }
        }
        Ok(())
    }

    pub(crate) fn consumers_of(&self, kind: Kind) -> impl Iterator<Item = &Arc<dyn AnyConsumer>> {
        self.consumers.iter().filter(move |(its, _)| *its == kind).map(|(_, consumer)| consumer)
    }

    /// Every consumer's name, once.
    pub(crate) fn consumer_names(&self) -> impl Iterator<Item = (Kind, &'static str)> {
        self.consumers.iter().map(|(kind, consumer)| (*kind, consumer.name()))
    }

    /// The consumers whose work can be made anew, each with what takes it away.
    pub fn rebuildable(&self, kind: Kind) -> impl Iterator<Item = (&'static str, Decision)> {
        self.consumers_of(kind).filter_map(|consumer| Some((consumer.name(), consumer.clear()?)))
    }

    pub(crate) fn handler_of(&self, kind: &str) -> Option<&Arc<dyn AnyHandler>> {
        self.handlers.get(kind)
    }

    pub(crate) fn schedules_of(&self, kind: Kind) -> impl Iterator<Item = &Schedule> {
        self.schedules.iter().filter(move |(its, _)| *its == kind).map(|(_, schedule)| schedule)
    }

    pub(crate) fn schedule_by_key(&self, kind: Kind, key: &str) -> Option<&Schedule> {
        self.schedules_of(kind).find(|schedule| schedule.key == key)
    }
}
