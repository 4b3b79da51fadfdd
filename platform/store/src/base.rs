//! The store's own tables: events and jobs, written with every decision.

use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Decision, Id, IdSource, values};

use crate::error::StoreError;
use crate::market::Stamp;
use crate::row::{FromRow, Row};
use crate::schema::{Part, Step};

/// The tables behind every commit.
pub fn part() -> Part {
    const STEPS: &[Step] = &[crate::step!("0001")];
    Part { name: "store", kind: None, steps: STEPS }
}

kernel::statements! {
    short ADD_EVENT = "insert into event (id, name, subject, at, actor, body) values (?1, ?2, ?3, ?4, ?5, ?6)";
    short ADD_JOB = "insert into job (id, kind, body, key, priority, due, actor, at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing";
    /// What happened after a position, in order.
    short EVENTS_AFTER = "select pos, id, name, subject, at, actor, body from event where pos > ?1 order by pos limit ?2";
    short LAST_POSITION = "select coalesce(max(pos), 0) from event";
}

/// A fact as a consumer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Per market, contiguous from 1.
    pub pos: i64,
    pub id: i64,
    pub name: String,
    pub subject: i64,
    pub at: Timestamp,
    pub actor: Actor,
    pub body: String,
}

impl Event {
    pub fn subject<K>(&self) -> Id<K> {
        Id::from_raw(self.subject)
    }
}

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            pos: row.get(0)?,
            id: row.get(1)?,
            name: row.get(2)?,
            subject: row.get(3)?,
            at: row.get(4)?,
            actor: Actor::from_raw(row.get(5)?),
            body: row.get(6)?,
        })
    }
}

/// A decision as the engines see it: rows first, so that an aggregate's lock is taken before its
/// events get their sequence; then events; then jobs.
pub(crate) fn flatten(decision: Decision, stamp: Stamp, ids: &dyn IdSource) -> Vec<Change> {
    let Decision { mut changes, events, jobs } = decision;
    let actor = stamp.actor.to_raw();
    changes.reserve(events.len() + jobs.len());
    changes.extend(events.into_iter().map(|event| {
        ADD_EVENT.with(values![ids.next(), event.name, event.subject, stamp.at, actor, event.body])
    }));
    changes.extend(jobs.into_iter().map(|job| {
        ADD_JOB
            .with(values![ids.next(), job.kind, job.body, job.key, job.priority, job.due, actor, stamp.at])
            .any_rows()
    }));
    changes
}
