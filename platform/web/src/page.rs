//! Cursor pages: newest first, stable while rows are added.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Fault, Id, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

/// One page; `next` is absent on the last.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Send it as `cursor` to get the next page.
    pub next: Option<Cursor>,
}

/// Where the next page begins; opaque to callers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(#[schemars(length(max = 64))] String);

/// The two parameters of every list.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct PageQuery {
    /// How many items at most.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u16>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

impl Cursor {
    pub fn before<K>(id: Id<K>) -> Self {
        Self(URL_SAFE_NO_PAD.encode(id.raw().to_be_bytes()))
    }

    fn decode<K>(&self) -> Option<Id<K>> {
        let bytes: [u8; 8] = URL_SAFE_NO_PAD.decode(&self.0).ok()?.try_into().ok()?;
        Some(Id::from_raw(i64::from_be_bytes(bytes)))
    }
}

impl PageQuery {
    pub fn limit(&self) -> u16 {
        self.limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MAX)
    }

    /// Items before this id; the first page begins at the newest.
    pub fn before<K>(&self) -> Result<Id<K>, Refusal> {
        match &self.cursor {
            None => Ok(Id::from_raw(i64::MAX)),
            Some(cursor) => cursor.decode().ok_or_else(|| {
                Refusal::invalid(vec![Fault::new(
                    "?cursor",
                    "unknown_cursor",
                    "Use the `next` of the page before, as it was given.",
                )])
            }),
        }
    }
}

impl<T> Page<T> {
    /// Of one row more than asked for: the surplus row only tells that there is a next page.
    pub fn of<K>(mut rows: Vec<T>, limit: u16, id: impl Fn(&T) -> Id<K>) -> Self {
        let more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        let next = if more { rows.last().map(|last| Cursor::before(id(last))) } else { None };
        Self { items: rows, next }
    }
}
