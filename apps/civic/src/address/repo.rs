use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingBox, Cell, Point};
use kernel::{Change, Decision, values};
use store::{Market, Query, StoreError};

use super::model::{AddressPoint, NewPoint, Street};
use super::words;
use crate::limits;

kernel::statements! {
    /// One word, or all that begin as it does.
    short BY_WORD = "select word, street from address_word where word >= ?1 and word < ?2 \
        order by word, street limit ?3";
    short STREET = "select id, name, place, words, lat, long from address_street where id = ?1";
    short ANY_STREET = "select id from address_street limit 1";
    short WITH_NUMBER = "select id, street, number, low, high, unit, postcode, lat, long from address_point \
        where street = ?1 and low between ?2 and ?3 and high >= ?4 order by low desc, id limit ?5";
    short IN_CELLS = "select id, street, number, low, high, unit, postcode, lat, long from address_point \
        where cell between ?1 and ?2 order by cell limit ?3";
    short ADD_STREET = "insert into address_street (id, name, place, words, lat, long) \
        values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (id) do nothing";
    short ADD_WORD = "insert into address_word (word, street) values (?1, ?2) on conflict (word, street) do nothing";
    /// Grows with each batch that is imported.
    short VERSION = "select version from address_set where id = 1";
    short BUMP = "insert into address_set (id, version) values (1, 1) \
        on conflict (id) do update set version = address_set.version + 1";
    short PUT = "insert into address_point \
        (id, street, number, low, high, unit, postcode, lat, long, cell) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict (id) do update set \
        number = excluded.number, low = excluded.low, high = excluded.high, unit = excluded.unit, \
        postcode = excluded.postcode, lat = excluded.lat, long = excluded.long, cell = excluded.cell";
}

/// A word, and whether others that begin so count too.
pub struct Wanted<'a> {
    pub word: &'a str,
    pub and_longer: bool,
}

/// The streets of each word, in the order of the words.
pub async fn by_words(market: &Market, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<i64>>, StoreError> {
    let query = |its: &Wanted<'_>| {
        let end = if its.and_longer { '\u{10ffff}' } else { '\u{1}' };
        let params = values![its.word, format!("{}{end}", its.word), limits::STREETS_PER_WORD_MAX];
        Query { sql: BY_WORD, params }
    };
    let rows = market.snapshot(wanted.iter().map(query).collect()).await?;
    let streets = |rows: &store::Rows| -> Result<Vec<i64>, StoreError> {
        Ok(rows.list::<(String, i64)>()?.into_iter().map(|(_, street)| street).collect())
    };
    rows.iter().map(streets).collect()
}

pub async fn streets(market: &Market, ids: &[i64]) -> Result<Vec<Street>, StoreError> {
    let queries = ids.iter().map(|id| Query { sql: STREET, params: values![*id] }).collect();
    let rows = market.snapshot(queries).await?;
    let found: Result<Vec<Option<Street>>, StoreError> = rows.iter().map(store::Rows::one).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Another number for other addresses.
pub async fn version(market: &Market) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(VERSION, values![]).await?.map_or(0, |(version,)| version))
}

pub async fn is_empty(market: &Market) -> Result<bool, StoreError> {
    Ok(market.one::<(i64,)>(ANY_STREET, values![]).await?.is_none())
}

/// The points of these streets whose numbers hold one of these ranges.
pub async fn with_numbers(
    market: &Market,
    streets: &[i64],
    numbers: &[(i64, i64)],
) -> Result<Vec<AddressPoint>, StoreError> {
    let asked = streets.iter().flat_map(|street| numbers.iter().map(move |range| (*street, *range)));
    let query = |(street, (low, high)): (i64, (i64, i64))| {
        let first = low.saturating_sub(limits::NUMBER_RANGE_MAX);
        let last = high.min(low + limits::NUMBER_RANGE_MAX);
        Query { sql: WITH_NUMBER, params: values![street, first, last, low, limits::POINTS_PER_STREET_MAX] }
    };
    let rows = market.snapshot(asked.map(query).collect()).await?;
    let found: Result<Vec<Vec<AddressPoint>>, StoreError> = rows.iter().map(store::Rows::list).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Points around this one, within so many metres and some beyond.
pub async fn around(market: &Market, point: Point, radius_m: f64) -> Result<Vec<AddressPoint>, StoreError> {
    let bbox = BoundingBox::around(point, radius_m);
    let query = |(low, high): (i64, i64)| Query {
        sql: IN_CELLS,
        params: values![low, high, limits::NEAREST_ROWS_PER_RANGE],
    };
    let ranges = geo::cover(&bbox, limits::NEAREST_RANGES);
    let rows = market.snapshot(ranges.into_iter().map(query).collect()).await?;
    let found: Result<Vec<Vec<AddressPoint>>, StoreError> = rows.iter().map(store::Rows::list).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Adds some points with their streets; what is there already stays, and moves to where it is now.
pub fn put(points: &[NewPoint]) -> Decision {
    let mut streets: BTreeMap<i64, &NewPoint> = BTreeMap::new();
    let mut each: BTreeMap<i64, &NewPoint> = BTreeMap::new();
    for point in points {
        streets.entry(point.street_id()).or_insert(point);
        each.insert(point.id(), point);
    }
    let mut decision = Decision::nothing().change(BUMP.with(values![]));
    for (id, point) in streets {
        let words = point.street_words();
        decision = decision.change(add_street(id, point, &words));
        let telling: BTreeSet<&str> = words::telling(&words).into_iter().collect();
        decision =
            decision.changes(telling.into_iter().map(|word| ADD_WORD.with(values![word, id]).any_rows()));
    }
    decision.changes(each.into_iter().map(|(id, point)| put_point(id, point)))
}

fn add_street(id: i64, point: &NewPoint, words: &[String]) -> Change {
    let (lat, long) = (point.point.lat_e7(), point.point.long_e7());
    ADD_STREET.with(values![id, &point.street, &point.place, words.join(" "), lat, long]).any_rows()
}

fn put_point(id: i64, point: &NewPoint) -> Change {
    let (low, high) = point.numbers();
    PUT.with(values![
        id,
        point.street_id(),
        &point.number,
        low,
        high,
        &point.unit,
        &point.postcode,
        point.point.lat_e7(),
        point.point.long_e7(),
        Cell::of(point.point).code(),
    ])
}
