use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Person, Provider};
use media::PictureView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::photos::Pictured;
use crate::request::model::{Request, RequestId, Source, Status};
use crate::request::state::Who;

/// Whose desk it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub who: Who,
    /// Staff of this agency only; `None` for the market's own staff.
    pub agency: Option<Id<Provider>>,
}

/// What staff do to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Move { to: Status, reason: Option<String> },
    Assign { to: Option<Id<Person>> },
    Route { agency: Id<Provider>, team: Option<String>, reason: Option<String> },
    Note { text: String },
    Answer { text: String },
    Edit(Edit),
    Hide { hidden: bool, reason: Option<String> },
    Merge { into: RequestId },
    Unmerge,
}

impl Act {
    pub fn name(&self) -> &'static str {
        match self {
            Act::Move { .. } => "move",
            Act::Assign { .. } => "assign",
            Act::Route { .. } => "route",
            Act::Note { .. } => "note",
            Act::Answer { .. } => "answer",
            Act::Edit(_) => "edit",
            Act::Hide { .. } => "hide",
            Act::Merge { .. } => "merge",
            Act::Unmerge => "unmerge",
        }
    }
}

/// What was reported wrongly; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    #[schemars(length(min = 1, max = 64))]
    pub category: Option<String>,
    pub place: Option<Point>,
    #[schemars(length(min = 1, max = 64))]
    pub area: Option<String>,
    #[schemars(length(min = 1, max = 300))]
    pub address: Option<String>,
    /// Refused if the request has another version by now.
    pub version: Option<i64>,
}

/// A request as staff see it. Who reported it and how to reach them is not in it: that is asked for
/// apart, and written down.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DeskView {
    pub id: RequestId,
    pub version: i64,
    pub category: String,
    pub status: Status,
    pub description: String,
    pub place: Point,
    pub address: Option<String>,
    pub zipcode: Option<String>,
    pub area: Option<String>,
    /// The answers to the category's own questions, as JSON.
    pub answers: Option<String>,
    /// Its pictures that are ready to be seen.
    pub photos: Vec<PictureView>,
    #[serde(skip)]
    pictured: bool,
    pub source: Source,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub reported_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated_at: Timestamp,
    #[schemars(with = "Option<String>")]
    pub due_at: Option<Timestamp>,
    /// Working minutes that are left while it waits for somebody outside.
    pub left_min: Option<i64>,
    #[schemars(with = "Option<String>")]
    pub closed_at: Option<Timestamp>,
    pub agency: Option<Id<Provider>>,
    pub team: Option<String>,
    pub assignee: Option<Id<Person>>,
    /// The latest public answer.
    pub note: Option<String>,
    pub merged_into: Option<RequestId>,
    pub seconds: i64,
    pub hidden: bool,
}

impl Pictured for DeskView {
    fn request(&self) -> RequestId {
        self.id
    }

    fn has_pictures(&self) -> bool {
        self.pictured
    }

    fn show(&mut self, pictures: Vec<PictureView>) {
        self.photos = pictures;
    }
}

impl From<Request> for DeskView {
    fn from(it: Request) -> Self {
        Self {
            id: it.id,
            version: it.version,
            category: it.category,
            status: it.status,
            description: it.description,
            place: it.place,
            address: it.address,
            zipcode: it.zipcode,
            area: it.area,
            answers: it.answers,
            photos: Vec::new(),
            pictured: !it.photos.is_empty(),
            source: it.source,
            reported_at: it.at,
            updated_at: it.updated,
            due_at: it.due,
            left_min: it.left_min,
            closed_at: it.closed,
            agency: it.agency,
            team: it.team,
            assignee: it.assignee,
            note: it.note,
            merged_into: it.merged,
            seconds: it.seconds,
            hidden: it.hidden,
        }
    }
}

/// How to reach whoever reported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Contact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// One entry of what happened to a request.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    #[serde(skip)]
    pub id: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    pub what: String,
    /// The person who did it; none for the platform, for a program and for somebody without an account.
    pub person: Option<Id<Person>>,
    pub public: bool,
    /// What was said or changed, as JSON.
    pub body: String,
}

/// That a request repeats another one, and how it stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    pub request: RequestId,
    /// The one it was merged into; the request itself names the root of them all.
    pub target: RequestId,
    /// What it added to the count of those who said "me too".
    pub counted: i64,
    pub status: Status,
    pub due: Option<Timestamp>,
    pub left_min: Option<i64>,
    pub closed: Option<Timestamp>,
}

impl FromRow for Tie {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            request: row.get(0)?,
            target: row.get(1)?,
            counted: row.get(2)?,
            status: row.get(3)?,
            due: row.get(4)?,
            left_min: row.get(5)?,
            closed: row.get(6)?,
        })
    }
}

impl FromRow for Contact {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { name: row.get(0)?, email: row.get(1)?, phone: row.get(2)? })
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let person = match kernel::Actor::from_raw(row.get(2)?) {
            kernel::Actor::Person(id) => Some(id),
            _ => None,
        };
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            person,
            what: row.get(3)?,
            public: row.get(4)?,
            body: row.get(5)?,
        })
    }
}
