//! Cursors, parked events and jobs as rows, and every statement of this crate.

use kernel::jiff::Timestamp;
use kernel::{Actor, Change, values};
use store::schema::{Part, Step};
use store::{Event, FromRow, Row, StoreError};

use crate::handler::Job;

/// The tables behind the relay, in every kind of market. Jobs are the store's table.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001")];
    Part { name: "bus", kind: None, steps: STEPS }
}

kernel::statements! {
    short CURSORS = "select consumer, pos, turn, tries, span, due, error from cursor order by consumer";
    short CURSOR = "select consumer, pos, turn, tries, span, due, error from cursor where consumer = ?1";
    short ADD_CURSOR = "insert into cursor (consumer, pos, turn) values (?1, 0, 0) on conflict do nothing";
    /// Every change of what a consumer has done takes a turn: of two that started from the same
    /// turn, one is too late.
    short ADVANCE = "update cursor set pos = ?3, turn = turn + 1, tries = 0, span = ?4, due = 0, error = null \
         where consumer = ?1 and turn = ?2";
    short WAIT = "update cursor set turn = turn + 1, tries = ?3, span = ?4, due = ?5, error = ?6 \
         where consumer = ?1 and turn = ?2";
    short TAKE_TURN = "update cursor set turn = turn + 1 where consumer = ?1 and turn = ?2";
    short WAKE = "update cursor set turn = turn + 1, due = 0 where consumer = ?1";
    short REWIND = "update cursor set pos = ?2, turn = turn + 1, tries = 0, span = 0, due = 0, error = null \
         where consumer = ?1";

    short EVENTS = "select pos, id, name, subject, at, actor, body from event where pos > ?1 order by pos limit ?2";
    long EXTENT = "select count(*), coalesce(min(pos), 1), coalesce(max(pos), 0) from event where pos is not null";
    short NEXT_EVENT_AT = "select at from event where pos > ?1 order by pos limit 1";

    short PARKED_COUNTS = "select consumer, count(*), max(released) from parked group by consumer";
    /// Those subjects of a stretch of events that have something parked.
    short PARKED_SUBJECTS = "select subject, max(released) from parked where consumer = ?1 and subject in \
         (select subject from event where pos > ?2 and pos <= ?3) group by subject";
    short PARK = "insert into parked (consumer, pos, id, name, subject, at, actor, body, tries, released, parked, error) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    short PARKED = "select consumer, pos, id, name, subject, at, actor, body, tries, released, parked, error \
         from parked order by consumer, pos limit ?1";
    short RELEASED = "select pos, id, name, subject, at, actor, body from parked \
         where consumer = ?1 and released = 1 order by pos limit ?2";
    short UNPARK = "delete from parked where consumer = ?1 and pos = ?2";
    short PARK_AGAIN = "update parked set released = 0, \
         tries = case when pos = ?3 then tries + 1 else tries end, \
         error = case when pos = ?3 then ?4 else error end \
         where consumer = ?1 and subject = ?2";
    short PARKED_SUBJECT = "select subject from parked where consumer = ?1 and pos = ?2";
    short RELEASE = "update parked set released = 1 where consumer = ?1 and subject = ?2";
    short RELEASE_BEHIND = "update parked set released = 1 where consumer = ?1 and subject = ?2 and pos <> ?3";
    short RELEASE_ALL = "update parked set released = 1 where consumer = ?1";
    short UNPARK_AFTER = "delete from parked where consumer = ?1 and pos > ?2";

    /// The next lower priority that has waiting jobs, and when its first one is due.
    short NEXT_PRIORITY = "select priority, due from job where state = 'waiting' and priority < ?1 \
         order by priority desc, due limit 1";
    short DUE_JOBS = "select id, kind, body, key, priority, due, state, attempts, lease, holder, actor, at from job \
         where state = 'waiting' and priority = ?1 and due <= ?2 order by due limit ?3";
    short RUNNING_JOBS = "select id, kind, body, key, priority, due, state, attempts, lease, holder, actor, at from job \
         where state = 'running' order by lease limit ?1";
    /// Only the very row that was read: whoever was faster has changed holder, lease or due time.
    short CLAIM = "update job set state = 'running', attempts = attempts + 1, holder = ?2, lease = ?3 \
         where id = ?1 and state = ?4 and holder = ?5 and lease = ?6 and due = ?7";
    /// The holder is drawn anew for every claim, so it names the lease.
    short RENEW = "update job set lease = ?3 where id = ?1 and state = 'running' and holder = ?2";
    short FINISH = "delete from job where id = ?1 and state = 'running' and holder = ?2";
    short RESCHEDULE = "update job set state = 'waiting', due = ?3, attempts = 0, holder = 0, lease = 0, error = null \
         where id = ?1 and state = 'running' and holder = ?2";
    short RETRY = "update job set state = 'waiting', due = ?3, holder = 0, lease = 0, error = ?4 \
         where id = ?1 and state = 'running' and holder = ?2";
    short BURY = "update job set state = 'dead', due = ?3, holder = 0, lease = 0, error = ?4, key = ?5 \
         where id = ?1 and state = 'running' and holder = ?2";
    short SCHEDULED = "select id, due, attempts from job where key = ?1 and state in ('waiting', 'running')";
    short PULL_FORWARD = "update job set due = ?2 where id = ?1 and state = 'waiting' and attempts = 0 and due > ?2";
    short DEAD = "select id, kind, body, key, attempts, due, at, error from job where state = 'dead' \
         order by priority desc, due limit ?1";
    short DEAD_KEY = "select key from job where id = ?1 and state = 'dead'";
    short REVIVE = "update job set state = 'waiting', due = ?2, attempts = 0, error = null where id = ?1 and state = 'dead'";
    long DEAD_TO_PRUNE = "select count(*), min(due) from job where state = 'dead'";
    long PRUNE_OLD = "delete from job where state = 'dead' and due < ?1";
    long PRUNE_MANY = "delete from job where id in \
         (select id from job where state = 'dead' order by due desc limit ?2 offset ?1) and state = 'dead'";
}

/// How far a consumer is in one market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub consumer: String,
    /// Everything up to here is handled, parked, or not wanted.
    pub pos: i64,
    pub(crate) turn: i64,
    /// Failures since it last moved.
    pub tries: i64,
    /// Wanted events it is given at once while the guilty one is looked for; 0 is as many as there are.
    pub(crate) span: i64,
    /// It waits until then.
    pub due: Timestamp,
    pub error: Option<String>,
}

impl FromRow for Cursor {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            consumer: row.get(0)?,
            pos: row.get(1)?,
            turn: row.get(2)?,
            tries: row.get(3)?,
            span: row.get(4)?,
            due: row.get(5)?,
            error: row.get(6)?,
        })
    }
}

/// An event that a consumer could not handle, or one of the same subject that came behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    pub consumer: String,
    pub event: Event,
    /// 0: it was never tried, it waits behind another one of its subject.
    pub tries: i64,
    /// It will be tried again soon.
    pub released: bool,
    pub since: Timestamp,
    pub error: Option<String>,
}

impl FromRow for Parked {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            consumer: row.get(0)?,
            event: Event {
                pos: row.get(1)?,
                id: row.get(2)?,
                name: row.get(3)?,
                subject: row.get(4)?,
                at: row.get(5)?,
                actor: Actor::from_raw(row.get(6)?),
                body: row.get(7)?,
            },
            tries: row.get(8)?,
            released: row.get(9)?,
            since: row.get(10)?,
            error: row.get(11)?,
        })
    }
}

/// What is written with an event that is parked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parking<'a> {
    pub(crate) consumer: &'a str,
    pub(crate) tries: i64,
    pub(crate) released: bool,
    pub(crate) now: Timestamp,
    pub(crate) error: Option<&'a str>,
}

pub(crate) fn park(event: &Event, parking: Parking<'_>) -> Change {
    PARK.with(values![
        parking.consumer,
        event.pos,
        event.id,
        &event.name,
        event.subject,
        event.at,
        event.actor.to_raw(),
        &event.body,
        parking.tries,
        parking.released,
        parking.now,
        parking.error,
    ])
}

/// A job with what its claim depends on.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) job: Job,
    pub(crate) state: String,
    pub(crate) lease: Timestamp,
    pub(crate) holder: i64,
}

impl FromRow for JobRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            job: Job {
                id: row.get(0)?,
                kind: row.get(1)?,
                body: row.get(2)?,
                key: row.get(3)?,
                priority: row.get::<i64>(4)?.clamp(i16::MIN.into(), i16::MAX.into()) as i16,
                due: row.get(5)?,
                attempts: row.get(7)?,
                actor: Actor::from_raw(row.get(10)?),
                at: row.get(11)?,
            },
            state: row.get(6)?,
            lease: row.get(8)?,
            holder: row.get(9)?,
        })
    }
}

/// A job that will not be tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    pub id: i64,
    pub kind: String,
    pub body: String,
    pub key: Option<String>,
    pub attempts: i64,
    pub died: Timestamp,
    pub at: Timestamp,
    pub error: Option<String>,
}

impl FromRow for DeadJob {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            body: row.get(2)?,
            key: row.get(3)?,
            attempts: row.get(4)?,
            died: row.get(5)?,
            at: row.get(6)?,
            error: row.get(7)?,
        })
    }
}
