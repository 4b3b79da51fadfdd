//! The names of one store's products, read once for each version of its menu.

use std::sync::Arc;
use std::time::Instant;

use cache::{Cache, Made};
use store::{Market, StoreError};

use super::words::words;
use crate::limits;
use crate::product::{self, ProductId};
use crate::store::Store;
use crate::store::all::keep;

/// A product that can be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: ProductId,
    pub name: String,
    /// In minor units.
    pub price: i64,
    pub words: Vec<String>,
}

pub struct Names {
    since: Instant,
    read: Cache<Result<Arc<[Named]>, StoreError>>,
}

impl Default for Names {
    fn default() -> Self {
        Self { since: Instant::now(), read: Cache::new(limits::NAMES_BYTES_MAX) }
    }
}

impl Names {
    /// In the order of their ids.
    pub async fn of(&self, market: &Market, store: &Store) -> Result<Arc<[Named]>, StoreError> {
        let now_ns = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let path = format!("{}:{}", store.id.raw(), store.menu_version);
        let make = || {
            let (market, store) = (market.clone(), store.id);
            async move {
                let read = read(&market, store).await;
                let keep = read.as_ref().ok().map(|names| keep(limits::READ_FRESH_S, bytes(names)));
                Made { value: read.map(Arc::from), keep }
            }
        };
        match self.read.get_or_make(now_ns, market.place().id.raw(), &path, make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }
}

async fn read(market: &Market, store: crate::store::StoreId) -> Result<Vec<Named>, StoreError> {
    let mut names = Vec::new();
    let mut after = 0;
    while names.len() < limits::PRODUCTS_PER_STORE_MAX {
        let some = product::repo::names(market, store, after).await?;
        let is_last = some.len() < limits::PRODUCTS_READ_AT_ONCE;
        after = some.last().map_or(after, |(id, ..)| id.raw());
        let named =
            |(id, name, price): (ProductId, String, i64)| Named { id, words: words(&name), name, price };
        names.extend(some.into_iter().map(named));
        if is_last {
            break;
        }
    }
    Ok(names)
}

fn bytes(names: &[Named]) -> usize {
    let one = |its: &Named| {
        let words: usize = its.words.iter().map(|word| size_of::<String>() + word.len()).sum();
        size_of::<Named>() + its.name.len() + words
    };
    names.iter().map(one).sum()
}
