//! Orders as they come, counted by cell and hour: for whoever follows orders.

use std::collections::BTreeMap;

use geo::Point;
use kernel::Change;
use kernel::jiff::Timestamp;

use super::calendar::HOUR_S;
use super::repo;
use crate::demand::model::cell_of;

/// What some orders add to the counts: where each is fetched, and when it was made. Each row is touched
/// once, however many orders fall into it.
pub fn counted(orders: impl IntoIterator<Item = (Point, Timestamp)>) -> Vec<Change> {
    let mut counts: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (place, at) in orders {
        *counts.entry((cell_of(place).code(), at.as_second().div_euclid(HOUR_S))).or_default() += 1;
    }
    counts.into_iter().map(|((cell, hour), orders)| repo::add(cell, hour, orders)).collect()
}
