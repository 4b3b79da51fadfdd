//! The open reports around a point, nearest first, within bounds however many there are.

use std::collections::BTreeMap;

use geo::{BoundingBox, Point};
use kernel::jiff::Timestamp;
use kernel::values;
use store::{FromRow, Market, Query, Row, StoreError};

use crate::limits;
use crate::request::model::{RequestId, Status};

/// What a new report may be the same as.
pub const OPEN: [Status; 5] =
    [Status::Open, Status::InProgress, Status::UnderReview, Status::PendingExternal, Status::Reopened];

kernel::statements! {
    short NEAR = "select id, category, status, description, lat, long, at from request \
        where status = ?1 and cell between ?2 and ?3 \
        and hidden = 0 and merged is null order by cell, id limit ?4";
    short GROUPS = "select code, coalesce(kin, code) from category order by code limit ?1";
}

/// A report that is known already.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    pub id: RequestId,
    pub category: String,
    pub status: Status,
    pub description: String,
    pub place: Point,
    pub at: Timestamp,
}

impl FromRow for Near {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let place = Point::from_e7(row.get(4)?, row.get(5)?)
            .map_err(|_| StoreError::Bug("a request lies outside the world".into()))?;
        Ok(Self {
            id: row.get(0)?,
            category: row.get(1)?,
            status: row.get(2)?,
            description: row.get(3)?,
            place,
            at: row.get(6)?,
        })
    }
}

/// Each category's group.
pub async fn groups(market: &Market) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = market.list(GROUPS, values![limits::CATEGORIES_MAX as i64]).await?;
    Ok(rows.into_iter().collect())
}

/// Looks in a small circle first, and in a larger one only if there was little in it: where reports
/// lie thick, the nearest ones are enough.
pub async fn near(market: &Market, point: Point) -> Result<Vec<Near>, StoreError> {
    let mut found: BTreeMap<i64, Near> = BTreeMap::new();
    for radius_m in limits::NEARBY_RADII_M {
        let ranges = geo::cover(&BoundingBox::around(point, radius_m), limits::NEARBY_RANGES);
        let each = OPEN.iter().flat_map(|status| ranges.iter().map(move |range| (status, range)));
        let query = |(status, (low, high)): (&Status, &(i64, i64))| Query {
            sql: NEAR,
            params: values![status.name(), *low, *high, limits::NEARBY_ROWS_PER_RANGE],
        };
        for rows in market.snapshot(each.map(query).collect()).await? {
            let near = rows.list::<Near>()?.into_iter();
            found.extend(
                near.filter(|its| its.place.distance_m(point) <= radius_m).map(|its| (its.id.raw(), its)),
            );
        }
        if found.len() >= limits::NEARBY_ROWS_ENOUGH {
            break;
        }
    }
    let mut found: Vec<Near> = found.into_values().collect();
    found.sort_by(|a, b| a.place.distance_m(point).total_cmp(&b.place.distance_m(point)));
    Ok(found)
}
