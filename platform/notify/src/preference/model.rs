use kernel::{Id, Person};
use store::{FromRow, Row, StoreError};

/// Every topic, or every channel.
pub const ANY: &str = "*";

/// Whose choice it is, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Person(Id<Person>),
    /// A blinded address.
    Address([u8; 32]),
}

impl Owner {
    pub fn key(&self) -> String {
        match self {
            Owner::Person(id) => id.to_string(),
            Owner::Address(hash) => hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// One choice; of several that fit, the narrowest holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub topic: String,
    pub channel: String,
    pub allowed: bool,
}

impl FromRow for Choice {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { topic: row.get(0)?, channel: row.get(1)?, allowed: row.get(2)? })
    }
}
