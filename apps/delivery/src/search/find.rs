//! What fits, in order: of the stores that deliver to a place and are open first, the nearer before the
//! others; of one store what fits better first.

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use store::{Market, StoreError};

use super::names::Named;
use super::words::{Wanted, words};
use crate::catalogue::Catalogue;
use crate::limits;
use crate::product::ProductId;
use crate::store::near::{self, Look, Nearby, Seen};
use crate::store::{Store, StoreId};

/// Who asks for what.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub wanted: &'a Wanted,
    pub near: Point,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub stores: Vec<FoundStore>,
    pub products: Vec<FoundProduct>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FoundStore {
    pub store: Store,
    pub is_open: bool,
    pub delivers: bool,
    pub distance_m: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FoundProduct {
    pub id: ProductId,
    pub name: String,
    /// In minor units.
    pub price: i64,
    pub store: StoreId,
    pub store_name: String,
    pub is_open: bool,
    pub delivers: bool,
    pub distance_m: u32,
}

pub async fn search(
    catalogue: &Catalogue,
    market: &Market,
    question: &Question<'_>,
) -> Result<Found, StoreError> {
    let all = catalogue.stores.of(market).await?;
    let look = Look { point: Some(question.near), kind: None, now: question.now, zone: question.zone };
    let mut found = Found::default();
    for nearby in near::nearby(&all, &look, near::START, limits::SEARCHED_STORES_MAX) {
        let fits = question.wanted.fit(&words(&nearby.store.name)).is_some();
        if fits && found.stores.len() < limits::FOUND_STORES_MAX {
            found.stores.push(FoundStore::of(&nearby));
        }
        let missing = limits::FOUND_PRODUCTS_MAX - found.products.len();
        if missing > 0 {
            let names = catalogue.names.of(market, nearby.store).await?;
            let fitting = fitting(&names, question.wanted).into_iter();
            let fitting = fitting.take(missing.min(limits::FOUND_PER_STORE_MAX));
            found.products.extend(fitting.map(|named| FoundProduct::of(named, &nearby)));
        }
    }
    Ok(found)
}

/// The best first.
fn fitting<'a>(names: &'a [Named], wanted: &Wanted) -> Vec<&'a Named> {
    let mut fitting: Vec<(u8, &Named)> =
        names.iter().filter_map(|named| Some((wanted.fit(&named.words)?, named))).collect();
    fitting.sort_unstable_by_key(|(fit, named)| (*fit, &named.name, named.id));
    fitting.into_iter().map(|(_, named)| named).collect()
}

impl FoundStore {
    fn of(nearby: &Nearby<'_>) -> Self {
        let Seen { distance_m, delivers } = nearby.place.unwrap_or_default();
        Self { store: nearby.store.clone(), is_open: nearby.is_open, delivers, distance_m }
    }
}

impl FoundProduct {
    fn of(named: &Named, nearby: &Nearby<'_>) -> Self {
        let Seen { distance_m, delivers } = nearby.place.unwrap_or_default();
        Self {
            id: named.id,
            name: named.name.clone(),
            price: named.price,
            store: nearby.store.id,
            store_name: nearby.store.name.clone(),
            is_open: nearby.is_open,
            delivers,
            distance_m,
        }
    }
}
