use kernel::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::request::model::{Request, RequestId, Status};

kernel::id_kind!(
    /// An object of the archive.
    ObjectKind = "arc"
);
pub type ObjectId = kernel::Id<ObjectKind>;

/// All that is kept of one request; nobody who reported or follows it is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub request: Request,
    pub history: Vec<Happened>,
    pub tie: Option<Tied>,
}

/// An entry of the history, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    pub id: i64,
    pub at: Timestamp,
    pub actor: i64,
    pub what: String,
    pub public: bool,
    pub body: String,
}

/// What undoing a merge needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tied {
    pub target: RequestId,
    pub counted: i64,
    pub status: Status,
    pub due: Option<Timestamp>,
    pub left_min: Option<i64>,
    pub closed: Option<Timestamp>,
    pub at: Timestamp,
}

/// A request and whatever is merged into it: they go together and come back together.
#[derive(Debug, Clone, PartialEq)]
pub struct Family(pub Vec<Kept>);

/// Where an archived request lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lies {
    pub request: RequestId,
    pub root: RequestId,
    pub object: ObjectId,
    pub start: i64,
    pub length: i64,
    pub hash: Vec<u8>,
}

/// An object as the tables know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub id: ObjectId,
    pub lines: i64,
    pub bytes: i64,
    pub hash: Vec<u8>,
}

/// A place in the order of closing: microseconds and id.
pub type From = (i64, i64);
/// Before the first.
pub const FIRST: From = (i64::MIN, 0);

pub fn name(object: ObjectId) -> String {
    format!("archive/{}.jsonl.gz", object.raw())
}

impl FromRow for Happened {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (id, at, actor) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Self { id, at, actor, what: row.get(3)?, public: row.get(4)?, body: row.get(5)? })
    }
}

impl FromRow for Tied {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            target: row.get(0)?,
            counted: row.get(1)?,
            status: row.get(2)?,
            due: row.get(3)?,
            left_min: row.get(4)?,
            closed: row.get(5)?,
            at: row.get(6)?,
        })
    }
}

impl FromRow for Lies {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            request: row.get(0)?,
            root: row.get(1)?,
            object: row.get(2)?,
            start: row.get(3)?,
            length: row.get(4)?,
            hash: row.get(5)?,
        })
    }
}

impl FromRow for Object {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { id: row.get(0)?, lines: row.get(1)?, bytes: row.get(2)?, hash: row.get(3)? })
    }
}
