use kernel::{Id, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

/// What is told of an agency; its name stands with the provider that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Agency {
    pub provider: Id<Provider>,
    /// What it sees to, for everyone to read.
    pub about: Option<String>,
    /// How the public reaches it.
    pub contact: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Team {
    pub code: String,
    pub name: String,
}

/// One rule: whatever is of this category and in this area goes there. A rule that leaves one out holds
/// for all of them; one that leaves out both is the market's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub category: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub area: Option<String>,
    pub agency: Id<Provider>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub team: Option<String>,
}

/// A whole set of rules and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Routes {
    pub routes: Vec<Route>,
    /// Grows with each change to any of the market's rules.
    pub version: i64,
}

/// In a key there is no "none": an empty text stands for all.
pub fn key(part: &Option<String>) -> &str {
    part.as_deref().unwrap_or_default()
}

fn part(key: String) -> Option<String> {
    if key.is_empty() { None } else { Some(key) }
}

impl FromRow for Agency {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { provider: row.get(0)?, about: row.get(1)?, contact: row.get(2)? })
    }
}

impl FromRow for Team {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { code: row.get(0)?, name: row.get(1)? })
    }
}

impl FromRow for Route {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            category: part(row.get(0)?),
            area: part(row.get(1)?),
            agency: row.get(2)?,
            team: row.get(3)?,
        })
    }
}
