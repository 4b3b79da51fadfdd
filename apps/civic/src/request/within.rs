//! The requests within a box, in the order of cells. What is looked at for one page is bounded: where
//! what is wanted is rare, a page comes back short and says where to go on.

use geo::{BoundingBox, Cell, Point};
use kernel::jiff::Timestamp;
use kernel::values;
use store::{Market, Query, StoreError};

use super::model::Request;
use super::repo::{self, Filter, IN_CELLS, ONE, SEEN_UPTO};
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

/// Those within a box that come after a place.
pub async fn in_box(
    market: &Market,
    bbox: &BoundingBox,
    filter: &Filter,
    after: Place,
    limit: u16,
) -> Result<Found, StoreError> {
    let wanted = usize::from(limit) + 1;
    let (mut rows, mut from) = (Vec::new(), after);
    for _ in 0..limits::BOX_LOOKS_MAX {
        let (found, upto) = look(market, bbox, filter, from, wanted - rows.len()).await?;
        rows.extend(found);
        match upto {
            None => return Ok(Found { rows, stopped: None }),
            Some(_) if rows.len() == wanted => return Ok(Found { rows, stopped: None }),
            Some(upto) => from = upto,
        }
    }
    Ok(Found { rows, stopped: Some(from) })
}

/// One look at every range of cells and status: what was found, and up to where that is all there is;
/// `None` for the whole box.
async fn look(
    market: &Market,
    bbox: &BoundingBox,
    filter: &Filter,
    from: Place,
    wanted: usize,
) -> Result<(Vec<Request>, Option<Place>), StoreError> {
    // Some lie in a cell at the edge of the box and not in the box.
    let keys_max = 2 * wanted;
    let asked = asked(bbox, filter, from, keys_max);
    let mut keys: Vec<Place> = Vec::new();
    let mut upto: Option<Place> = None;
    for pair in market.snapshot(asked).await?.chunks(2) {
        let [found, seen] = pair else { continue };
        let found = found.list::<Place>()?;
        let end = match found.last() {
            Some(last) if found.len() == keys_max => Some(*last),
            _ => seen.one::<Place>()?,
        };
        upto = [upto, end].into_iter().flatten().min();
        keys.extend(found);
    }
    keys.retain(|key| upto.is_none_or(|upto| *key <= upto) && is_near(bbox, key.0));
    keys.sort_unstable();
    if keys.len() > wanted {
        keys.truncate(wanted);
        upto = keys.last().copied();
    }
    let each = keys.iter().map(|(_, id)| Query { sql: ONE, params: values![*id] });
    let mut rows = Vec::with_capacity(keys.len());
    for row in market.snapshot(each.collect()).await? {
        rows.extend(row.one::<Request>()?.filter(|it| fits(bbox, filter, it)));
    }
    Ok((rows, upto))
}

/// Two queries for each range and status: what is there, and the last that was looked at.
fn asked(bbox: &BoundingBox, filter: &Filter, from: Place, keys_max: usize) -> Vec<Query> {
    let statuses = repo::statuses(filter);
    let ranges_max = (limits::RANGES_PER_BOX_MAX / statuses.len()).max(limits::RANGES_PER_BOX_MIN);
    let ranges = geo::cover(bbox, ranges_max).into_iter().filter(|(_, high)| *high >= from.0);
    let since = filter.since.map_or(i64::MIN, Timestamp::as_microsecond);
    let until = filter.until.map_or(i64::MAX, Timestamp::as_microsecond);
    let category = filter.category.as_deref().unwrap_or_default();
    let pair = |(low, high): (i64, i64), status: &str| {
        let (cell, id) = from.max((low, 0));
        let seen = limits::BOX_SEEN_MAX;
        let keys = values![status, cell, id, high, seen, since, until, category, keys_max as i64];
        let upto = values![status, cell, id, high, seen - 1];
        [Query { sql: IN_CELLS, params: keys }, Query { sql: SEEN_UPTO, params: upto }]
    };
    ranges.flat_map(|range| statuses.iter().flat_map(move |it| pair(range, it.name()))).collect()
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
