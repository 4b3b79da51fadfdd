use kernel::Id;
use kernel::jiff::Timestamp;
use store::{FromRow, Row, StoreError};

kernel::id_kind!(
    /// One code that was asked for.
    Code = "cod",
);

/// The digits are nowhere in it: they follow from the id and the master secret. It has no debug
/// form, because it holds how a person is reached.
#[derive(Clone)]
pub struct CodeRow {
    pub id: Id<Code>,
    pub contact: String,
    /// Whether it may make a person where there is none.
    pub sign_up: bool,
    pub name: Option<String>,
    pub language: Option<String>,
    pub password: Option<Vec<u8>>,
    pub used: bool,
    pub expires: Timestamp,
}

impl FromRow for CodeRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            contact: row.get(1)?,
            sign_up: row.get(2)?,
            name: row.get(3)?,
            language: row.get(4)?,
            password: row.get(5)?,
            used: row.get::<i64>(6)? != 0,
            expires: row.get(7)?,
        })
    }
}
