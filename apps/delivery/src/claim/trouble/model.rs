use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::order::OrderId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// What a cancelled order was to give back did not arrive.
    RefundFailed,
    /// What was reserved for it could not be taken.
    CaptureFailed,
    /// The buyer had the money taken back by a bank.
    ChargedBack,
}

impl Trouble {
    pub const ALL: [(Trouble, &'static str); 3] = [
        (Trouble::RefundFailed, "refund_failed"),
        (Trouble::CaptureFailed, "capture_failed"),
        (Trouble::ChargedBack, "charged_back"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or("", |(_, name)| name)
    }

    pub fn from_number(number: i64) -> Result<Self, StoreError> {
        let found = usize::try_from(number).ok().and_then(|it| Self::ALL.get(it));
        found.map(|(it, _)| *it).ok_or_else(|| StoreError::Bug(format!("no trouble is {number}")))
    }
}

/// As it was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub order: OrderId,
    pub what: Trouble,
    pub at: Timestamp,
    /// Somebody has seen to it.
    pub done: bool,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let what = Trouble::from_number(row.get(1)?)?;
        Ok(Self { order: row.get(0)?, what, at: row.get(2)?, done: row.get(3)? })
    }
}
