use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

/// What kind of thing a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub code: String,
    pub name: String,
    /// Whether new requests may use it.
    pub open: bool,
}

/// A category as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryView {
    pub code: String,
    pub name: String,
    /// How many requests were reported in it, a moment ago.
    pub requests: i64,
}

impl FromRow for Category {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { code: row.get(0)?, name: row.get(1)?, open: row.get(2)? })
    }
}

impl FromRow for CategoryView {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { code: row.get(0)?, name: row.get(1)?, requests: row.get(2)? })
    }
}
