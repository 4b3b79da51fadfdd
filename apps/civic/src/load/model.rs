use kernel::Id;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::request::model::Request;

kernel::id_kind!(
    /// A load of many requests.
    ImportKind = "imp"
);
pub type ImportId = Id<ImportKind>;

/// A request that has no id yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What the system it comes from calls it: the same key is never added twice.
    pub key: Option<String>,
    pub request: Request,
    /// Its number in the load, from one.
    pub number: i64,
}

/// A line that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Counted from one, the heading not among them.
    pub number: i64,
    /// Where the line begins, so that what is written again after an interruption is told apart.
    pub offset: i64,
    pub reasons: Vec<String>,
    /// The line itself, cut where it is very long.
    pub text: String,
}

/// What lies between two offsets of a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    pub from: i64,
    pub upto: i64,
    /// Lines in it, taken or not.
    pub lines: i64,
    pub drafts: Vec<Draft>,
    pub rejects: Vec<Reject>,
}

/// How far a load is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: ImportId,
    /// What it is loaded from, as a hash.
    pub source: Vec<u8>,
    pub name: String,
    /// Bytes of the file, or requests of a made-up city, that are dealt with.
    pub done: i64,
    pub total: i64,
    pub lines: i64,
    pub added: i64,
    /// Lines whose key was there already.
    pub known: i64,
    pub rejected: i64,
    /// When it was begun.
    pub at: Timestamp,
    pub updated: Timestamp,
}

impl Import {
    pub fn is_complete(&self) -> bool {
        self.done >= self.total
    }
}

impl FromRow for Import {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            source: row.get(1)?,
            name: row.get(2)?,
            done: row.get(3)?,
            total: row.get(4)?,
            lines: row.get(5)?,
            added: row.get(6)?,
            known: row.get(7)?,
            rejected: row.get(8)?,
            at: row.get(9)?,
            updated: row.get(10)?,
        })
    }
}

/// A load as a manager sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportView {
    pub id: ImportId,
    pub name: String,
    /// Whether all of it is dealt with.
    pub complete: bool,
    pub percent: u8,
    pub added: i64,
    /// Lines that were there already.
    pub known: i64,
    pub rejected: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub begun_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated_at: Timestamp,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        let percent = (i128::from(import.done) * 100 / i128::from(import.total.max(1))).clamp(0, 100);
        Self {
            id: import.id,
            complete: import.is_complete(),
            name: import.name,
            percent: percent as u8,
            added: import.added,
            known: import.known,
            rejected: import.rejected,
            begun_at: import.at,
            updated_at: import.updated,
        }
    }
}
