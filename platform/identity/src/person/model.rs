use kernel::Id;
use store::{FromRow, Row, StoreError};

/// It has no debug form: a name does not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: Id<kernel::Person>,
    pub name: String,
    pub language: String,
    /// As argon2id kept it; none for those who sign in by code alone.
    pub password: Option<Vec<u8>>,
    pub version: i64,
}

impl FromRow for PersonRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            language: row.get(2)?,
            password: row.get(3)?,
            version: row.get(4)?,
        })
    }
}
