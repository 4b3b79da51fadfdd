//! The open reports around a point, nearest first, within bounds however many there are.

use std::collections::BTreeMap;

use geo::{BoundingBox, Point};
use kernel::values;
use store::{Market, Query, StoreError};

use crate::limits;
use crate::map::repo::{POINTS, Pin, points};
use crate::request::model::Status;

/// What a new report may be the same as.
pub const OPEN: [Status; 5] =
    [Status::Open, Status::InProgress, Status::UnderReview, Status::PendingExternal, Status::Reopened];

kernel::statements! {
    short GROUPS = "select code, coalesce(kin, code) from category order by code limit ?1";
}

/// Each category's group.
pub async fn groups(market: &Market) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = market.list(GROUPS, values![limits::CATEGORIES_MAX as i64]).await?;
    Ok(rows.into_iter().collect())
}

/// Looks in a small circle first, and in a larger one only if there was little in it: where reports
/// lie thick, the nearest ones are enough.
pub async fn near(market: &Market, point: Point) -> Result<Vec<Pin>, StoreError> {
    let mut found: BTreeMap<i64, Pin> = BTreeMap::new();
    for radius_m in limits::NEARBY_RADII_M {
        let ranges = geo::cover(&BoundingBox::around(point, radius_m), limits::NEARBY_RANGES);
        let each = OPEN.iter().flat_map(|status| ranges.iter().map(move |range| (status, range)));
        let query = |(status, range): (&Status, &(i64, i64))| Query {
            sql: POINTS,
            params: points(*status, *range, limits::NEARBY_ROWS_PER_RANGE),
        };
        for rows in market.snapshot(each.map(query).collect()).await? {
            let near = rows.list::<Pin>()?.into_iter().filter(|its| !its.unseen);
            let near = near.filter(|its| its.place.distance_m(point) <= radius_m);
            found.extend(near.map(|its| (its.id.raw(), its)));
        }
        if found.len() >= limits::NEARBY_ROWS_ENOUGH {
            break;
        }
    }
    let mut found: Vec<Pin> = found.into_values().collect();
    found.sort_by(|a, b| a.place.distance_m(point).total_cmp(&b.place.distance_m(point)));
    Ok(found)
}
