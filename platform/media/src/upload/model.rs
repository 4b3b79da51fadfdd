use kernel::Id;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use crate::image::Unfit;
use crate::picture::Address;

kernel::id_kind!(
    /// A picture that somebody sent.
    MediaKind = "img"
);
pub type MediaId = Id<MediaKind>;

/// A picture that somebody sends, from the first chunk to the day it is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: MediaId,
    pub state: State,
    /// What it was sent for, such as `request`.
    pub purpose: String,
    /// What it belongs to, once that is known.
    pub subject: Option<i64>,
    /// Bytes that were announced, and those that are here.
    pub total: i64,
    pub received: i64,
    /// How often somebody began to decode it.
    pub decodings: i64,
    /// Where it stands, and its sides, once it is ready.
    pub picture: Option<(Address, u32, u32)>,
    /// Why it was refused.
    pub reason: Option<Unfit>,
    pub at: Timestamp,
    pub updated: Timestamp,
    pub version: i64,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Some of it is here.
    Receiving,
    /// All of it is here, and nobody has looked at it yet.
    Waiting,
    /// It is a picture.
    Ready,
    /// It is not, for a reason that is told.
    Refused,
    /// Gone for everyone; the row waits until its bytes are gone too.
    Removed,
}

impl State {
    const NAMES: [(State, &'static str); 5] = [
        (State::Receiving, "receiving"),
        (State::Waiting, "waiting"),
        (State::Ready, "ready"),
        (State::Refused, "refused"),
        (State::Removed, "removed"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("removed", |(_, name)| name)
    }
}

/// A piece of an upload, and the object that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub start: i64,
    pub bytes: i64,
    pub object: String,
}

/// The folder of names that holds the bytes as they were sent.
pub(crate) fn folder(id: MediaId) -> String {
    format!("upload/{id}")
}

impl FromValue for State {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(name) => {
                State::NAMES.iter().find(|(_, its)| *its == name).map(|(state, _)| *state)
            }
            _ => None,
        }
    }
}

impl FromRow for Upload {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let address: Option<Address> = row.get(7)?;
        let sides = (row.get::<Option<u32>>(8)?, row.get::<Option<u32>>(9)?);
        let reason: Option<String> = row.get(10)?;
        Ok(Self {
            id: row.get(0)?,
            state: row.get(1)?,
            purpose: row.get(2)?,
            subject: row.get(3)?,
            total: row.get(4)?,
            received: row.get(5)?,
            decodings: row.get(6)?,
            picture: address.map(|address| (address, sides.0.unwrap_or(0), sides.1.unwrap_or(0))),
            reason: reason.map(|code| Unfit::named(&code).unwrap_or(Unfit::Unprocessed)),
            at: row.get(11)?,
            updated: row.get(12)?,
            version: row.get(13)?,
        })
    }
}

impl FromRow for Chunk {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { start: row.get(0)?, bytes: row.get(1)?, object: row.get(2)? })
    }
}
