use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

kernel::id_kind!(
    /// A civic request.
    RequestKind = "req"
);
pub type RequestId = Id<RequestKind>;

/// A request as it is kept.
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
}

/// What somebody reports.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The code of one of the market's categories.
    #[schemars(length(min = 1, max = 64))]
    pub category: String,
    /// What is wrong, in the reporter's words.
    #[schemars(length(min = 1, max = 4000))]
    pub description: String,
    pub place: Point,
}

/// A request as the public sees it: nobody's name is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestView {
    pub id: RequestId,
    pub category: String,
    pub status: Status,
    pub description: String,
    pub place: Point,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub reported_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated_at: Timestamp,
}

impl From<Request> for RequestView {
    fn from(request: Request) -> Self {
        Self {
            id: request.id,
            category: request.category,
            status: request.status,
            description: request.description,
            place: request.place,
            reported_at: request.at,
            updated_at: request.updated,
        }
    }
}

impl FromValue for Status {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(name) => Status::named(name),
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
        })
    }
}
