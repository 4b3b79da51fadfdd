use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Id, id_kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::limits;
use crate::mode::Modes;
use crate::position::WorkerId;
use crate::position::model::point;

id_kind!(
    /// Something to be fetched and brought.
    JobKind = "job",
    /// A job as it is offered to one worker.
    OfferKind = "ofr",
);

pub type JobId = Id<JobKind>;
pub type OfferId = Id<OfferKind>;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $state:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $state),+ }

        impl $name {
            /// As it is kept in rows.
            pub fn name(self) -> &'static str {
                match self { $(Self::$state => $text),+ }
            }

            fn named(name: &str) -> Result<Self, StoreError> {
                match name {
                    $($text => Ok(Self::$state),)+
                    _ => Err(StoreError::Bug(format!("there is no state {name}"))),
                }
            }
        }
    };
}

states!(JobState {
    Waiting = "waiting",
    Offered = "offered",
    Assigned = "assigned",
    Done = "done",
    Cancelled = "cancelled",
});

states!(OfferState {
    Open = "open",
    Accepted = "accepted",
    Refused = "refused",
    Expired = "expired",
    /// Somebody else has it, or nobody is to have it any more.
    Withdrawn = "withdrawn",
});

impl JobState {
    /// Whether somebody is still to be found for it.
    pub fn is_looking(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// What an app wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What kind of job it is, such as `delivery`; with the subject it names the job.
    pub kind: String,
    /// What it is about: an order, a ride.
    pub subject: i64,
    pub pickup: Point,
    pub drop: Point,
    pub ready: Timestamp,
    pub due: Timestamp,
    /// What it takes of a worker's capacity.
    pub load: u16,
    pub modes: Modes,
    /// What the worker gets for it, in minor units.
    pub pay: i64,
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub what: NewJob,
    pub state: JobState,
    pub worker: Option<WorkerId>,
    /// The worker has it on board.
    pub picked_up: bool,
    /// Searches that have ended with nobody.
    pub tries: u16,
    /// How far the search goes: which of the market's rings.
    pub ring: u16,
    /// When somebody else may be offered it next.
    pub look: Timestamp,
    /// A person was told that nobody is found.
    pub alerted: bool,
    /// Since when somebody is looked for.
    pub since: Timestamp,
    pub version: i64,
}

/// A job as it is offered to one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub id: OfferId,
    pub job: JobId,
    pub worker: WorkerId,
    pub state: OfferState,
    /// From where the worker was to where the job begins, by the estimate that it was chosen by.
    pub metres: u32,
    pub seconds: u32,
    pub made: Timestamp,
    pub expires: Timestamp,
}

/// Somebody who is to be offered a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    pub worker: WorkerId,
    pub metres: u32,
    pub seconds: u32,
}

/// How far a search goes, one ring after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rings(Vec<u32>);

impl Rings {
    /// Metres, from the nearest; each is wider than the one before, or left out.
    pub fn of(metres: impl IntoIterator<Item = u32>) -> Self {
        let mut rings: Vec<u32> = Vec::new();
        for ring in metres.into_iter().take(limits::RINGS_MAX) {
            if rings.last().is_none_or(|last| *last < ring) {
                rings.push(ring);
            }
        }
        Self(if rings.is_empty() { Self::default().0 } else { rings })
    }

    /// Searches before a person is told.
    pub fn tries(&self) -> u16 {
        self.0.len() as u16
    }

    /// The last one holds for all that would come after it.
    pub fn metres(&self, ring: u16) -> u32 {
        let last = self.0.len() - 1;
        self.0[usize::from(ring).min(last)]
    }
}

impl Default for Rings {
    fn default() -> Self {
        Self(vec![5_000, 7_000, 9_000])
    }
}

/// How long things wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// How long a worker has to answer.
    pub answer: SignedDuration,
    /// After how long without an answer somebody else is offered the same job too.
    pub stagger: SignedDuration,
    /// How many have an offer of the same job at the same time.
    pub open_max: usize,
    /// After how long somebody is asked again who gave no answer.
    pub again: SignedDuration,
    /// How long one try lasts; then the search goes farther.
    pub retry: SignedDuration,
    pub rings: Rings,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            answer: SignedDuration::from_secs(40),
            stagger: SignedDuration::from_secs(15),
            open_max: 3,
            again: SignedDuration::from_secs(180),
            retry: SignedDuration::from_secs(20),
            rings: Rings::default(),
        }
    }
}

/// A job as a worker sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    pub id: JobId,
    pub kind: String,
    pub pickup: Point,
    pub drop: Point,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ready: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub due: Timestamp,
    pub load: u16,
    /// In minor units of the market's currency.
    pub pay: i64,
    pub state: JobState,
}

/// An offer as its worker sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfferView {
    pub id: OfferId,
    pub state: OfferState,
    /// From where they were to where it begins.
    pub metres: u32,
    pub seconds: u32,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires: Timestamp,
    pub job: JobView,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        let NewJob { kind, pickup, drop, ready, due, load, pay, .. } = job.what.clone();
        Self { id: job.id, kind, pickup, drop, ready, due, load, pay, state: job.state }
    }
}

impl OfferView {
    pub fn of(offer: &Offer, job: &Job) -> Self {
        let Offer { id, state, metres, seconds, expires, .. } = *offer;
        Self { id, state, metres, seconds, expires, job: job.into() }
    }
}

/// Columns of a job, from this one on.
pub(super) fn job(row: &Row<'_>, first: usize) -> Result<Job, StoreError> {
    let what = NewJob {
        kind: row.get(first + 1)?,
        subject: row.get(first + 2)?,
        pickup: point(row, first + 3)?,
        drop: point(row, first + 5)?,
        ready: row.get(first + 7)?,
        due: row.get(first + 8)?,
        load: row.get(first + 9)?,
        modes: Modes::from_bits(row.get(first + 10)?),
        pay: row.get(first + 11)?,
    };
    Ok(Job {
        id: row.get(first)?,
        what,
        state: JobState::named(&row.get::<String>(first + 12)?)?,
        worker: row.get(first + 13)?,
        picked_up: row.get(first + 14)?,
        tries: row.get(first + 15)?,
        ring: row.get(first + 16)?,
        look: row.get(first + 17)?,
        alerted: row.get(first + 18)?,
        since: row.get(first + 19)?,
        version: row.get(first + 20)?,
    })
}

impl FromRow for Job {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        job(row, 0)
    }
}

impl FromRow for Offer {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            job: row.get(1)?,
            worker: row.get(2)?,
            state: OfferState::named(&row.get::<String>(3)?)?,
            metres: row.get(4)?,
            seconds: row.get(5)?,
            made: row.get(6)?,
            expires: row.get(7)?,
        })
    }
}

/// An offer with its job.
pub struct Offered {
    pub offer: Offer,
    pub job: Job,
}

impl FromRow for Offered {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { offer: Offer::from_row(row)?, job: job(row, 8)? })
    }
}
