use kernel::jiff::Timestamp;
use kernel::{Currency, Money};
use store::{FromRow, Row, StoreError};

use crate::payment::model::Method;

/// A market's account at a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Given by the market; the owner of the ledger's account `gateway`.
    pub number: i64,
    /// The kind of gateway.
    pub adapter: String,
    pub name: String,
    pub method: Method,
    pub currency: Currency,
    /// Up to, and without, the path of a call.
    pub url: String,
    /// Sealed: only this deployment can read them.
    pub secrets: Vec<u8>,
    /// What a payment costs: so much, in minor units, and so many hundredths of a percent.
    pub fixed: i64,
    pub basis_points: i64,
    pub enabled: bool,
    /// Among equals the lowest is taken.
    pub priority: i64,
    /// The largest payment it takes, in minor units.
    pub amount_max: Option<i64>,
    pub version: i64,
    pub at: Timestamp,
}

impl Account {
    /// What a payment costs there, in minor units. More than there can be is as dear as can be.
    pub fn cost(&self, amount: Money) -> i64 {
        let part = amount.basis_points(self.basis_points, kernel::Rounding::HalfUp).map(Money::minor);
        part.ok().and_then(|part| part.checked_add(self.fixed)).unwrap_or(i64::MAX)
    }
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.get(0)?,
            adapter: row.get(1)?,
            name: row.get(2)?,
            method: row.get(3)?,
            currency: crate::payment::rows::currency(row, 4)?,
            url: row.get(5)?,
            secrets: row.get(6)?,
            fixed: row.get(7)?,
            basis_points: row.get(8)?,
            enabled: row.get(9)?,
            priority: row.get(10)?,
            amount_max: row.get(11)?,
            version: row.get(12)?,
            at: row.get(13)?,
        })
    }
}
