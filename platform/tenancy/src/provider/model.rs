use kernel::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provider {
    pub id: Id<kernel::Provider>,
    pub name: String,
    pub state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    Closed,
}

impl FromRow for Provider {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let state = match row.get::<String>(2)?.as_str() {
            "active" => State::Active,
            "closed" => State::Closed,
            _ => return Err(StoreError::Bug("a provider's state is unknown to this version".into())),
        };
        Ok(Self { id: row.get(0)?, name: row.get(1)?, state })
    }
}
