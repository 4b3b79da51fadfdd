//! The requests within a box, in the order of cells. What is looked at for one page is bounded: where
//! what is wanted is rare, a page comes back short and says where to go on.

use geo::{BoundingBox, Cell, Point};
use kernel::jiff::Timestamp;
use kernel::values;
use store::{FromRow, Market, Query, Row, StoreError};

use super::model::{Request, RequestId, Status};
use super::repo::{self, Filter, IN_CELLS, SEEN_IN_CELLS};
use crate::limits;

/// A cell and the id of a request in it: where a page ends.
pub type Place = (i64, i64);

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Up to one more than a page.
    pub rows: Vec<Request>,
    /// Where to go on, if no more was looked at.
    pub stopped: Option<Place>,
}

/// What the index says of a request.
struct Seen {
    place: Place,
    category: String,
    at: Timestamp,
    is_public: bool,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let merged: Option<RequestId> = row.get(5)?;
        Ok(Self {
            place: (row.get(0)?, row.get(1)?),
            category: row.get(2)?,
            at: row.get(3)?,
            is_public: !row.get::<bool>(4)? && merged.is_none(),
        })
    }
}

/// Those within a box that come after a place. The first look is short, since most pages are full by
/// then; each further one goes further.
pub async fn in_box(
    market: &Market,
    bbox: &BoundingBox,
    filter: &Filter,
    after: Place,
    limit: u16,
) -> Result<Found, StoreError> {
    let wanted = usize::from(limit) + 1;
    let statuses = repo::statuses(filter);
    let ranges_max = (limits::RANGES_PER_BOX_MAX / statuses.len()).max(limits::RANGES_PER_BOX_MIN);
    let mut ranges = geo::cover(bbox, ranges_max);
    let (mut rows, mut from) = (Vec::new(), after);
    let (mut at_once, mut seen_max) = (limits::RANGES_AT_FIRST, 2 * wanted as i64);
    for _ in 0..limits::BOX_LOOKS_MAX {
        ranges.retain(|(_, high)| *high >= from.0);
        let some = &ranges[..at_once.min(ranges.len())];
        let Some((_, end)) = some.last() else { return Ok(Found { rows, stopped: None }) };
        let (mut keys, upto) = look(market, bbox, (filter, &statuses), some, (from, seen_max)).await?;
        from = upto.unwrap_or((end.saturating_add(1), 0));
        if keys.len() > wanted - rows.len() {
            keys.truncate(wanted - rows.len());
            from = keys.last().copied().unwrap_or(from);
        }
        rows.extend(read(market, bbox, filter, &keys).await?);
        if rows.len() == wanted {
            return Ok(Found { rows, stopped: None });
        }
        (at_once, seen_max) = (limits::RANGES_PER_BOX_MAX, (seen_max * 4).min(limits::BOX_SEEN_MAX));
    }
    Ok(Found { rows, stopped: Some(from) })
}

/// What may be wanted of some ranges, in order, and up to where that is all there is; `None` for all of
/// these ranges.
async fn look(
    market: &Market,
    bbox: &BoundingBox,
    (filter, statuses): (&Filter, &[Status]),
    ranges: &[(i64, i64)],
    (from, seen_max): (Place, i64),
) -> Result<(Vec<Place>, Option<Place>), StoreError> {
    let sql = if is_plain(filter) { IN_CELLS } else { SEEN_IN_CELLS };
    let query = |(low, high): (i64, i64), status: &Status| {
        let (cell, id) = from.max((low, 0));
        Query { sql, params: values![status.name(), cell, id, high, seen_max] }
    };
    let asked = ranges.iter().flat_map(|range| statuses.iter().map(move |status| query(*range, status)));
    let (mut keys, mut upto): (Vec<Place>, Option<Place>) = (Vec::new(), None);
    for places in places(market, filter, asked.collect()).await? {
        if places.len() as i64 == seen_max {
            upto = [upto, places.last().map(|it| it.0)].into_iter().flatten().min();
        }
        keys.extend(places.into_iter().filter(|it| it.1 && is_near(bbox, it.0.0)).map(|it| it.0));
    }
    keys.retain(|key| upto.is_none_or(|upto| *key <= upto));
    keys.sort_unstable();
    Ok((keys, upto))
}

/// All that was looked at, each with whether it is wanted.
async fn places(
    market: &Market,
    filter: &Filter,
    asked: Vec<Query>,
) -> Result<Vec<Vec<(Place, bool)>>, StoreError> {
    if is_plain(filter) {
        let found = market.lists(asked).await?.into_iter();
        let judged = |(cell, id, hidden, merged): (i64, i64, bool, Option<RequestId>)| {
            ((cell, id), !hidden && merged.is_none())
        };
        return Ok(found.map(|some| some.into_iter().map(judged).collect()).collect());
    }
    let found = market.lists::<Seen>(asked).await?.into_iter();
    let judged = |it: Seen| (it.place, is_wanted(filter, &it));
    Ok(found.map(|some| some.into_iter().map(judged).collect()).collect())
}

/// Whether whatever the index has of a status is wanted.
fn is_plain(filter: &Filter) -> bool {
    filter.category.is_none() && filter.since.is_none() && filter.until.is_none()
}

fn is_wanted(filter: &Filter, it: &Seen) -> bool {
    it.is_public
        && filter.category.as_ref().is_none_or(|wanted| *wanted == it.category)
        && filter.since.is_none_or(|since| it.at >= since)
        && filter.until.is_none_or(|until| it.at < until)
}

/// The rows themselves, in the same order, but for those that are not what the index said or lie at the
/// edge of the box and not in it.
async fn read(
    market: &Market,
    bbox: &BoundingBox,
    filter: &Filter,
    keys: &[Place],
) -> Result<Vec<Request>, StoreError> {
    let ids: Vec<RequestId> = keys.iter().map(|(_, id)| RequestId::from_raw(*id)).collect();
    let mut rows = repo::some(market, &ids).await?;
    rows.retain(|it| fits(bbox, filter, it));
    rows.sort_by_key(|it| (Cell::of(it.place).code(), it.id));
    Ok(rows)
}

/// Whether a cell lies in the box, or so near to its edge that only the row itself can tell.
fn is_near(bbox: &BoundingBox, code: i64) -> bool {
    const EDGE_E7: i32 = 4;
    let Some(cell) = Cell::from_code(code) else { return false };
    let (lat, long) = (cell.centre().lat_e7(), cell.centre().long_e7());
    bbox.parts().any(|part| {
        let is_in = |it: i32, low: i32, high: i32| {
            it >= low.saturating_sub(EDGE_E7) && it <= high.saturating_add(EDGE_E7)
        };
        is_in(lat, part.south_e7(), part.north_e7()) && is_in(long, part.west_e7(), part.east_e7())
    })
}

/// It was found by the index a moment ago: this is the row as it is now.
fn fits(bbox: &BoundingBox, filter: &Filter, it: &Request) -> bool {
    let is_wanted = |wanted: &Option<String>, its: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| Some(wanted) == its)
    };
    is_in(bbox, it.place)
        && !it.hidden
        && it.merged.is_none()
        && repo::statuses(filter).contains(&it.status)
        && is_wanted(&filter.category, Some(&it.category))
        && is_wanted(&filter.area, it.area.as_deref())
        && filter.since.is_none_or(|since| it.at >= since)
        && filter.until.is_none_or(|until| it.at < until)
}

fn is_in(bbox: &BoundingBox, place: Point) -> bool {
    let (lat, long) = (place.lat_e7(), place.long_e7());
    bbox.parts().any(|part| {
        (part.south_e7()..=part.north_e7()).contains(&lat)
            && (part.west_e7()..=part.east_e7()).contains(&long)
    })
}
