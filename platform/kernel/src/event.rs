//! What a decision says happened, and what it leaves to be done.

use jiff::Timestamp;
use serde::Serialize;

/// A fact, written in the same commit as the rows it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// `noun.verb`, such as `request.reported`.
    pub name: &'static str,
    /// The aggregate it happened to. Change that aggregate's row in the same decision: its lock is
    /// what keeps the events of one aggregate in order.
    pub subject: i64,
    /// JSON.
    pub body: String,
}

impl NewEvent {
    pub fn new(name: &'static str, subject: impl Into<i64>, body: &impl Serialize) -> Self {
        // Bodies are plain structs of ours; one that cannot be written as JSON is a bug found by its first test.
        let body = serde_json::to_string(body).expect("an event's body is plain data");
        Self { name, subject: subject.into(), body }
    }
}

/// Work for later, kept in the same commit: everything slow or outside the machine is a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Which handler runs it, such as `notify.send`.
    pub kind: &'static str,
    /// JSON.
    pub body: String,
    pub due: Timestamp,
    /// Higher runs first among those due.
    pub priority: i16,
    /// While a job with this key is waiting or running, another one is not added.
    pub key: Option<String>,
}

impl NewJob {
    pub fn new(kind: &'static str, due: Timestamp, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("a job's body is plain data");
        Self { kind, body, due, priority: 0, key: None }
    }

    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }

    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

impl<K> From<crate::id::Id<K>> for i64 {
    fn from(id: crate::id::Id<K>) -> i64 {
        id.raw()
    }
}
