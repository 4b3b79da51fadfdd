use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::channel::Channel;

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was refused for good.
    Bounced,
    /// Its owner called our messages unwanted.
    Complained,
    /// Somebody of the staff entered it.
    Entered,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Bounced => "bounced",
            Reason::Complained => "complained",
            Reason::Entered => "entered",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Reason::Bounced, Reason::Complained, Reason::Entered].into_iter().find(|it| it.name() == name)
    }
}

/// An address as it is kept: nobody can tell which it is, but it can be asked for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Suppression {
    pub channel: Channel,
    pub reason: Reason,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl FromRow for Suppression {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = |what: &str| StoreError::Bug(format!("a suppression's {what} is unknown"));
        Ok(Self {
            channel: Channel::named(&row.get::<String>(0)?).ok_or_else(|| unknown("channel"))?,
            reason: Reason::named(&row.get::<String>(1)?).ok_or_else(|| unknown("reason"))?,
            at: row.get(2)?,
        })
    }
}

/// What a provider tells about a message that it took before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    pub provider: String,
    /// The provider's own name for the message; for e-mail its `Message-ID`, without brackets.
    pub reference: String,
    pub kind: BounceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceKind {
    /// There is no such recipient.
    Permanent,
    /// Full, busy, away.
    Temporary,
    /// The recipient called it unwanted.
    Complaint,
}
