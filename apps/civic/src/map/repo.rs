use kernel::{Change, Value, values};
use store::{FromRow, Query, Row, StoreError};

use super::limits;
use crate::request::model::{RequestId, Status};
use geo::{Cell, Point};
use kernel::jiff::Timestamp;

kernel::statements! {
    short ONE = "select counts from map_count where id = ?1";
    short PUT = "insert into map_count (id, counts) values (?1, ?2) \
        on conflict (id) do update set counts = excluded.counts";
    short REMOVE = "delete from map_count where id = ?1";
    long CLEAR = "delete from map_count";
    /// The blocks of one period that a tile needs.
    short FEW = "select id, counts from map_count where id between ?1 and ?2 order by id limit ?3";
    /// The same for a wider look.
    long MANY = "select id, counts from map_count where id between ?1 and ?2 order by id limit ?3";
    /// In the order of cells, whether they are shown or not: the limit bounds what is looked at. All of
    /// it is in the index, since the rows of one tile lie anywhere in the table.
    long POINTS = "select id, category, status, cell, at, hidden, merged from request \
        where status = ?1 and cell between ?2 and ?3 order by cell, id limit ?4";
}

pub fn clear() -> Change {
    CLEAR.with(values![]).any_rows()
}

pub fn blocks(is_wide: bool, first: i64, last: i64) -> Query {
    let params = values![first, last, limits::BLOCKS_MAX];
    Query { sql: if is_wide { MANY } else { FEW }, params }
}

pub fn points(status: Status, (first, last): (i64, i64), limit: i64) -> Vec<Value> {
    values![status.name(), first, last, limit]
}

/// What the map shows of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Pin {
    pub id: RequestId,
    pub category: String,
    pub status: Status,
    /// To within a hand's breadth: as its cell says.
    pub place: Point,
    pub at: Timestamp,
    /// The public does not see it by itself.
    pub unseen: bool,
}

impl FromRow for Pin {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let cell = Cell::from_code(row.get(3)?);
        let cell = cell.ok_or_else(|| StoreError::Bug("a request lies outside the world".into()))?;
        let merged: Option<RequestId> = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            category: row.get(1)?,
            status: row.get(2)?,
            place: cell.centre(),
            at: row.get(4)?,
            unseen: row.get::<bool>(5)? || merged.is_some(),
        })
    }
}
