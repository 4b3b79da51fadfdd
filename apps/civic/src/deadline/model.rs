use kernel::jiff::Timestamp;
use kernel::{Id, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::request::model::{Request, RequestId};

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// Whoever it is given to; their team where it is given to nobody.
    Assignee,
    Team,
    /// The agency's managers.
    Manager,
}

/// One level: at this moment before or after a deadline, these are told. For each moment the most
/// specific rule holds: that for the category and agency, else for the category, else for the agency,
/// else the one for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Working minutes after the deadline; before it, if negative.
    #[schemars(range(min = -129600, max = 129600))]
    pub after_min: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id<Provider>>,
    #[schemars(length(max = 3))]
    pub tell: Vec<Tell>,
    /// An address of the city that is told too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 254))]
    pub email: Option<String>,
}

/// A request whose deadline is looked at, and up to which level it was told of that very deadline.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    pub id: RequestId,
    pub due: Timestamp,
    pub category: String,
    pub agency: Option<Id<Provider>>,
    pub upto_min: Option<i64>,
}

/// A level that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub after_min: i64,
    pub due: Timestamp,
    pub tell: Vec<Tell>,
}

/// One message that follows from it, for whoever sends messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same however often it is asked for: a key against repetition.
    pub key: String,
    pub request: RequestId,
    pub to: Recipient,
    pub after_min: i64,
    pub due: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    Person(Id<kernel::Person>),
    Team(Id<Provider>, String),
    Managers(Option<Id<Provider>>),
    Address(String),
}

impl Watched {
    pub fn of(request: &Request, due: Timestamp, upto_min: Option<i64>) -> Self {
        Self { id: request.id, due, category: request.category.clone(), agency: request.agency, upto_min }
    }
}

impl FromRow for Watched {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            due: row.get(1)?,
            category: row.get(2)?,
            agency: row.get(3)?,
            upto_min: row.get(4)?,
        })
    }
}
