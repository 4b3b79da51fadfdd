use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use super::wire::Form;
use crate::request::model::RequestId;

/// Another system that takes requests by GeoReport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub code: String,
    pub name: String,
    /// Up to, and without, `/requests.xml`.
    pub url: String,
    pub jurisdiction: Option<String>,
    pub form: Form,
    /// Sealed: only this deployment can read it.
    pub api_key: Option<Vec<u8>>,
    pub open: bool,
}

/// A category goes to one service of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forwarding {
    #[schemars(length(min = 1, max = 64))]
    pub category: String,
    #[schemars(length(min = 1, max = 64))]
    pub endpoint: String,
    /// Their service_code.
    #[schemars(length(min = 1, max = 200))]
    pub service: String,
}

/// Where a request that goes elsewhere stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// To be sent, perhaps again.
    Waiting,
    /// They have it and say later under which id.
    Token,
    /// They have it; it is followed.
    There,
    /// Closed there.
    Over,
    /// They do not want it.
    Refused,
}

impl State {
    const NAMES: [(State, &'static str); 5] = [
        (State::Waiting, "waiting"),
        (State::Token, "token"),
        (State::There, "there"),
        (State::Over, "over"),
        (State::Refused, "refused"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("waiting", |(_, name)| name)
    }
}

/// One request on its way to another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    pub request: RequestId,
    pub endpoint: String,
    pub service: String,
    pub state: State,
    pub tries: i64,
    /// The last try may have arrived.
    pub unsure: bool,
    pub token: Option<String>,
    pub external: Option<String>,
    /// What went wrong last, in their words or ours.
    pub detail: Option<String>,
    /// Their latest notes, as they were passed on.
    pub note: Option<String>,
    pub since: Timestamp,
    /// When to try, or to look, again.
    pub due: Timestamp,
}

impl FromValue for State {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Text(text) = value else { return None };
        Self::NAMES.iter().find(|(_, name)| *name == text).map(|(state, _)| *state)
    }
}

impl FromValue for Form {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text("xml") => Some(Form::Xml),
            ValueRef::Text("json") => Some(Form::Json),
            _ => None,
        }
    }
}

impl FromRow for Endpoint {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            code: row.get(0)?,
            name: row.get(1)?,
            url: row.get(2)?,
            jurisdiction: row.get(3)?,
            form: row.get(4)?,
            api_key: row.get(5)?,
            open: row.get(6)?,
        })
    }
}

impl FromRow for Forwarding {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { category: row.get(0)?, endpoint: row.get(1)?, service: row.get(2)? })
    }
}

impl FromRow for Forward {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            request: row.get(0)?,
            endpoint: row.get(1)?,
            service: row.get(2)?,
            state: row.get(3)?,
            tries: row.get(4)?,
            unsure: row.get(5)?,
            token: row.get(6)?,
            external: row.get(7)?,
            detail: row.get(8)?,
            note: row.get(9)?,
            since: row.get(10)?,
            due: row.get(11)?,
        })
    }
}
