//! What the desk's pages take from the endpoints' answers.

use geo::Point;
use kernel::jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::pages::views::Picture;

/// A request as staff see it.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    pub id: String,
    pub version: i64,
    pub category: String,
    pub status: String,
    pub description: String,
    pub place: Point,
    pub address: Option<String>,
    pub area: Option<String>,
    /// As JSON.
    pub answers: Option<String>,
    pub photos: Vec<Picture>,
    pub reported_at: Timestamp,
    pub due_at: Option<Timestamp>,
    pub agency: Option<String>,
    pub team: Option<String>,
    pub assignee: Option<String>,
    pub note: Option<String>,
    pub merged_into: Option<String>,
    pub seconds: i64,
    pub hidden: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct DeskEntry {
    pub at: Timestamp,
    pub what: String,
    pub person: Option<String>,
    pub public: bool,
    /// As JSON.
    pub body: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Count {
    pub count: i64,
    pub more: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Counts {
    pub waiting: Count,
    pub overdue: Count,
    pub due_soon: Count,
    pub unassigned: Count,
    pub mine: Count,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Kept {
    pub id: String,
    pub name: String,
    pub shared: bool,
    pub wanted: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Outcome {
    pub id: String,
    pub done: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct AgencyRow {
    pub provider: String,
}
