use crate::change::Change;
use crate::event::{NewEvent, NewJob};

/// What one command changes: committed whole or not at all.
///
/// No change may read what another one of the same decision writes: PostgreSQL may run them as one
/// statement over one snapshot. Decisions are computed from loaded state, so none needs to.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a decision changes nothing until it is committed"]
pub struct Decision {
    pub changes: Vec<Change>,
    pub events: Vec<NewEvent>,
    pub jobs: Vec<NewJob>,
}

impl Decision {
    /// Nothing to do, which is also an answer.
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    pub fn changes(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    pub fn event(mut self, event: NewEvent) -> Self {
        self.events.push(event);
        self
    }

    pub fn job(mut self, job: NewJob) -> Self {
        self.jobs.push(job);
        self
    }

    /// Both or neither.
    pub fn and(mut self, other: Decision) -> Self {
        self.changes.extend(other.changes);
        self.events.extend(other.events);
        self.jobs.extend(other.jobs);
        self
    }

    pub fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.events.is_empty() && self.jobs.is_empty()
    }
}
