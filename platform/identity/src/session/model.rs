use kernel::Id;
use kernel::jiff::Timestamp;
use store::{FromRow, Row, StoreError};

kernel::id_kind!(
    /// One person signed in on one device.
    Session = "ses",
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: Id<Session>,
    pub person: Id<kernel::Person>,
    /// What the client calls itself.
    pub device: String,
    pub at: Timestamp,
    /// When it was last refreshed.
    pub seen: Timestamp,
    pub expires: Timestamp,
    pub ended: bool,
}

impl SessionRow {
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.ended && now < self.expires
    }
}

impl FromRow for SessionRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            person: row.get(1)?,
            device: row.get(2)?,
            at: row.get(3)?,
            seen: row.get(4)?,
            expires: row.get(5)?,
            ended: row.get::<i64>(6)? != 0,
        })
    }
}

/// One refresh token, by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshRow {
    pub session: Id<Session>,
    pub used: Option<Timestamp>,
    pub expires: Timestamp,
}

impl FromRow for RefreshRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let used: i64 = row.get(1)?;
        let used = (used != 0).then(|| Timestamp::from_microsecond(used).unwrap_or(Timestamp::MAX));
        Ok(Self { session: row.get(0)?, used, expires: row.get(2)? })
    }
}
