use kernel::Id;
use kernel::jiff::Timestamp;
use store::{FromRow, Row, StoreError};
use web::{Role, Scope};

use crate::role::model::{role, scope};

kernel::id_kind!(
    /// One API key.
    ApiKey = "key",
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub id: Id<ApiKey>,
    pub name: String,
    /// Loses what this person loses; none when it is the tenant's own.
    pub owner: Option<Id<kernel::Person>>,
    pub role: Option<Role>,
    pub place: Scope,
    /// The market it was made in.
    pub site: Id<kernel::Market>,
    pub scopes: Vec<String>,
    pub at: Timestamp,
    pub expires: Timestamp,
    pub revoked: bool,
}

impl KeyRow {
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires
    }
}

impl FromRow for KeyRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = || StoreError::Bug("a key is unknown to this version".into());
        let scopes: String = row.get(7)?;
        let role = match row.get::<Option<String>>(3)? {
            Some(name) => Some(role(&name).ok_or_else(unknown)?),
            None => None,
        };
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            owner: row.get(2)?,
            role,
            place: scope(&row.get::<String>(4)?, row.get(5)?).ok_or_else(unknown)?,
            site: row.get(6)?,
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            at: row.get(8)?,
            expires: row.get(9)?,
            revoked: row.get::<i64>(10)? != 0,
        })
    }
}
