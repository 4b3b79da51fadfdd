//! Cursor pages: newest first, stable while rows are added.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Fault, Refusal};
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
    /// Where a list ended, as the keys of its last row.
    pub fn at<const N: usize>(keys: [i64; N]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(keys.map(i64::to_be_bytes).as_flattened()))
    }

    fn keys<const N: usize>(&self) -> Option<[i64; N]> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
        let (keys, rest) = bytes.as_chunks::<8>();
        let keys: [[u8; 8]; N] = keys.try_into().ok()?;
        rest.is_empty().then_some(keys.map(i64::from_be_bytes))
    }
}

impl PageQuery {
    pub fn limit(&self) -> u16 {
        self.limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MAX)
    }

    /// The keys where the page before ended; `start` for the first page.
    pub fn from<const N: usize>(&self, start: [i64; N]) -> Result<[i64; N], Refusal> {
        let Some(cursor) = &self.cursor else { return Ok(start) };
        cursor.keys().ok_or_else(|| {
            let message = "Use the `next` of the page before, as it was given.";
            Refusal::invalid(vec![Fault::new("?cursor", "unknown_cursor", message)])
        })
    }
}

impl<T> Page<T> {
    /// Of one row more than asked for: the surplus row only tells that there is a next page.
    pub fn of<R: Into<T>, const N: usize>(
        mut rows: Vec<R>,
        limit: u16,
        keys: impl Fn(&R) -> [i64; N],
    ) -> Self {
        let more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        let next = if more { rows.last().map(|last| Cursor::at(keys(last))) } else { None };
        Self { items: rows.into_iter().map(Into::into).collect(), next }
    }
}
