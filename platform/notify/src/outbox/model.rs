use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use store::{FromRow, Row, StoreError};

use crate::channel::Channel;
use crate::message::model::MessageId;

/// A message as its recipient would have got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Written {
    pub id: MessageId,
    pub channel: Channel,
    pub to: String,
    pub subject: String,
    pub body: String,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl FromRow for Written {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let channel = Channel::named(&row.get::<String>(1)?);
        Ok(Self {
            id: row.get(0)?,
            channel: channel
                .ok_or_else(|| StoreError::Bug("a written message's channel is unknown".into()))?,
            to: row.get(2)?,
            subject: row.get(3)?,
            body: row.get(4)?,
            at: row.get(5)?,
        })
    }
}
