//! Requests themselves, for a tile or a box that is close enough to the ground.
//!
//! They are looked up status by status, what is still to be done first, so that a full tile shows
//! that rather than what is over. What is looked at is bounded, and whoever asks hears whether that
//! was all.

use geo::{BoundingBox, Spot};
use store::{Market, StoreError};

use super::limits;
use super::repo::{self, Pin};
use super::told::STATUSES;
use super::which::Which;

/// What is still to be done first.
const ORDER: [usize; STATUSES.len()] = [0, 6, 1, 2, 3, 4, 5];

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    pub pins: Vec<Pin>,
    /// There are more, or may be.
    pub truncated: bool,
}

/// Those in the box for which `is_in` holds. One statement after the other: most tiles are full, or
/// empty, after the first few.
pub async fn read(
    market: &Market,
    bbox: &BoundingBox,
    which: &Which,
    is_in: impl Fn(Spot) -> bool + Send,
) -> Result<Points, StoreError> {
    let mut points = Points::default();
    let mut seen = 0;
    let ranges = geo::cover(bbox, limits::POINT_RANGES_MAX);
    for place in ORDER.into_iter().filter(|place| which.statuses[*place]) {
        for range in &ranges {
            let most = limits::POINTS_MAX.min(limits::POINTS_SEEN_MAX - seen);
            let params = repo::points(STATUSES[place], *range, most as i64 + 1);
            let rows: Vec<Pin> = market.list(repo::POINTS, params).await?;
            points.truncated |= rows.len() > most;
            seen += rows.len().min(most);
            let shown = rows.into_iter().filter(|pin| {
                !pin.unseen && which.has_request(&pin.category, pin.at) && is_in(Spot::of(pin.place))
            });
            points.pins.extend(shown);
            if points.pins.len() > limits::POINTS_MAX {
                points.pins.truncate(limits::POINTS_MAX);
                points.truncated = true;
            }
            if points.truncated {
                return Ok(points);
            }
        }
    }
    Ok(points)
}
