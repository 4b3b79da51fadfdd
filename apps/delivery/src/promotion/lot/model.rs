use kernel::jiff::Timestamp;
use kernel::{Id, Person};
use store::{FromRow, Row, StoreError};

/// Coins that came at once, by what they are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Because of what they came, such as an order; with the leg they are known by it.
    pub cause: i64,
    pub leg: &'static str,
    pub person: Id<Person>,
    pub expires: Timestamp,
    pub minor: i64,
}

/// What is left of a lot, or could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub expires: Timestamp,
    pub minor: i64,
}

/// Somebody with lots whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub person: Id<Person>,
    pub minor: i64,
    /// When the last of them was over.
    pub last: Timestamp,
}

impl FromRow for Left {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { expires: row.get(0)?, minor: row.get(1)? })
    }
}

impl FromRow for Due {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { person: row.get(0)?, minor: row.get(1)?, last: row.get(2)? })
    }
}
