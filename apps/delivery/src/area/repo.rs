use geo::Shape;
use kernel::{Change, values};
use store::{FromRow, Market, Row, StoreError};

use crate::limits;
use crate::store::StoreId;

kernel::statements! {
    short ONE = "select store, shape from delivery_area where store = ?1";
    long ALL = "select store, shape from delivery_area where store > ?1 order by store limit ?2";
    short PUT = "insert into delivery_area (store, shape) values (?1, ?2) \
        on conflict (store) do update set shape = excluded.shape";
    short REMOVE = "delete from delivery_area where store = ?1";
}

/// The shape that a store delivers to.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub store: StoreId,
    pub shape: Shape,
}

impl FromRow for Area {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let shape = Shape::from_bytes(&row.get::<Vec<u8>>(1)?);
        let shape = shape.map_err(|_| StoreError::Bug("the shape of an area cannot be read".into()))?;
        Ok(Self { store: row.get(0)?, shape })
    }
}

pub async fn one(market: &Market, store: StoreId) -> Result<Option<Area>, StoreError> {
    market.one(ONE, values![store]).await
}

/// Some of all, in the order of their stores.
pub async fn some(market: &Market, after: i64) -> Result<Vec<Area>, StoreError> {
    market.list(ALL, values![after, limits::AREAS_READ_AT_ONCE as i64]).await
}

pub fn put(store: StoreId, shape: &Shape) -> Change {
    PUT.with(values![store, shape.to_bytes()])
}

/// Or nothing, where there is none.
pub fn remove(store: StoreId) -> Change {
    REMOVE.with(values![store]).any_rows()
}
