use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Person, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use crate::category::answers::Answers;
use crate::follower::model::NewContact;

kernel::id_kind!(
    /// A civic request.
    RequestKind = "req"
);
pub type RequestId = Id<RequestKind>;

/// A request as it is kept. Whose it is and how to reach them stands with its followers, apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: RequestId,
    pub category: String,
    pub status: Status,
    pub description: String,
    pub place: Point,
    pub reporter: Option<Id<Person>>,
    pub at: Timestamp,
    pub updated: Timestamp,
    pub version: i64,
    /// The answers to the category's own questions, as JSON: code to value, or list of values.
    pub answers: Option<String>,
    pub address: Option<String>,
    pub zipcode: Option<String>,
    /// The code of the area (ward, district) it lies in.
    pub area: Option<String>,
    /// Its pictures, by the ids of their uploads.
    pub photos: Vec<String>,
    pub source: Source,
    /// The provider that is responsible.
    pub agency: Option<Id<Provider>>,
    pub team: Option<String>,
    pub assignee: Option<Id<Person>>,
    /// When it should be done; not known while it waits for somebody outside.
    pub due: Option<Timestamp>,
    /// Working minutes that are left while it waits for somebody outside.
    pub left_min: Option<i64>,
    /// Since when it is resolved or closed.
    pub closed: Option<Timestamp>,
    /// The latest public answer.
    pub note: Option<String>,
    /// The request that this one is a duplicate of.
    pub merged: Option<RequestId>,
    /// How many others said "me too".
    pub seconds: i64,
    /// Not for the public: abuse, or private by nature.
    pub hidden: bool,
}

impl Request {
    /// As it is right after it was reported, with all that is optional left out.
    pub fn new(id: RequestId, category: &str, description: &str, place: Point, at: Timestamp) -> Self {
        Self {
            id,
            category: category.to_owned(),
            status: Status::Open,
            description: description.to_owned(),
            place,
            reporter: None,
            at,
            updated: at,
            version: 1,
            answers: None,
            address: None,
            zipcode: None,
            area: None,
            photos: Vec::new(),
            source: Source::Api,
            agency: None,
            team: None,
            assignee: None,
            due: None,
            left_min: None,
            closed: None,
            note: None,
            merged: None,
            seconds: 0,
            hidden: false,
        }
    }
}

/// The way by which a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    #[default]
    Api,
    Page,
    Open311,
    Import,
    Staff,
}

impl Source {
    const NAMES: [(Source, &'static str); 5] = [
        (Source::Api, "api"),
        (Source::Page, "page"),
        (Source::Open311, "open311"),
        (Source::Import, "import"),
        (Source::Staff, "staff"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(source, _)| *source == self).map_or("api", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, its)| *its == name).map(|(source, _)| *source)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    InProgress,
    UnderReview,
    PendingExternal,
    Resolved,
    Closed,
    Reopened,
}

impl Status {
    /// Something is still to be done.
    pub const UNDER_WAY: [Status; 5] =
        [Status::Open, Status::InProgress, Status::UnderReview, Status::PendingExternal, Status::Reopened];
    /// Nothing more is to be done.
    pub const OVER: [Status; 2] = [Status::Resolved, Status::Closed];

    const NAMES: [(Status, &'static str); 7] = [
        (Status::Open, "open"),
        (Status::InProgress, "in_progress"),
        (Status::UnderReview, "under_review"),
        (Status::PendingExternal, "pending_external"),
        (Status::Resolved, "resolved"),
        (Status::Closed, "closed"),
        (Status::Reopened, "reopened"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(status, _)| *status == self).map_or("open", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, its)| *its == name).map(|(status, _)| *status)
    }

    pub fn all() -> impl Iterator<Item = Status> {
        Self::NAMES.into_iter().map(|(status, _)| status)
    }

    /// Nothing more is to be done.
    pub fn is_over(self) -> bool {
        matches!(self, Status::Resolved | Status::Closed)
    }
}

/// What somebody reports.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The code of one of the market's categories.
    #[schemars(length(min = 1, max = 64))]
    pub category: String,
    /// What is wrong, in the reporter's words.
    #[schemars(length(min = 1, max = 4000))]
    pub description: String,
    /// Where it is. Without it, `address` must say so.
    pub place: Option<Point>,
    #[schemars(length(max = 250))]
    pub address: Option<String>,
    #[schemars(length(max = 20))]
    pub zipcode: Option<String>,
    /// Answers to the category's own questions, by their codes.
    #[serde(default)]
    pub answers: Answers,
    /// Pictures that were sent before, or are being sent, by the tickets of their uploads.
    #[serde(default)]
    #[schemars(length(max = 5), inner(length(max = 256), regex(pattern = r"^imt_[A-Za-z0-9_-]+$")))]
    pub photos: Vec<String>,
    /// How the reporter wants to hear of it; never shown to the public.
    pub contact: Option<NewContact>,
}

impl FromValue for Status {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(name) => Status::named(name),
            _ => None,
        }
    }
}

impl FromValue for Source {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(name) => Source::named(name),
            _ => None,
        }
    }
}

impl FromRow for Request {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let place = Point::from_e7(row.get(4)?, row.get(5)?)
            .map_err(|_| StoreError::Bug("a request lies outside the world".into()))?;
        Ok(Self {
            id: row.get(0)?,
            category: row.get(1)?,
            status: row.get(2)?,
            description: row.get(3)?,
            place,
            reporter: row.get(6)?,
            at: row.get(7)?,
            updated: row.get(8)?,
            version: row.get(9)?,
            answers: row.get(10)?,
            address: row.get(11)?,
            zipcode: row.get(12)?,
            area: row.get(13)?,
            photos: row.get::<Option<String>>(14)?.map(|it| photos(&it)).unwrap_or_default(),
            source: row.get(15)?,
            agency: row.get(16)?,
            team: row.get(17)?,
            assignee: row.get(18)?,
            due: row.get(19)?,
            left_min: row.get(20)?,
            closed: row.get(21)?,
            note: row.get(22)?,
            merged: row.get(23)?,
            seconds: row.get(24)?,
            hidden: row.get(25)?,
        })
    }
}

/// Ids have no blanks, so that a list of them needs no other mark.
fn photos(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
