//! The stores of the markets that are asked for, in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cache::{Cache, Keep, Made};
use geo::{Point, Shape};
use store::{Market, StoreError};

use super::model::{State, Store, StoreId};
use super::repo;
use crate::area::{self, Reach, Reaches};
use crate::limits;

/// Reads a market's stores once for each version of them. What another process changes is seen a moment
/// later.
pub struct Stores {
    since: Instant,
    /// Counts the changes of this process: what was read before one of them is asked for again.
    changes: AtomicU64,
    versions: Cache<Result<i64, StoreError>>,
    all: Cache<Result<Arc<All>, StoreError>>,
}

/// The stores of one market that are not closed for good, and where they deliver to.
#[derive(Default)]
pub struct All {
    stores: Vec<Store>,
    places: HashMap<StoreId, usize>,
    reaches: Reaches,
}

impl Default for Stores {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            changes: AtomicU64::new(0),
            versions: Cache::new(limits::VERSIONS_BYTES_MAX),
            all: Cache::new(limits::STORES_BYTES_MAX),
        }
    }
}

impl Stores {
    pub async fn of(&self, market: &Market) -> Result<Arc<All>, StoreError> {
        let now_ns = self.now_ns();
        let version = self.version(now_ns, market).await?;
        let make = || {
            let market = market.clone();
            async move {
                let read = read(&market).await.map(Arc::new);
                let keep = read.as_ref().ok().map(|all| keep(limits::READ_FRESH_S, all.bytes()));
                Made { value: read, keep }
            }
        };
        let id = market.place().id.raw();
        match self.all.get_or_make(now_ns, id, &version.to_string(), make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Something has been changed here: the next question sees it.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    async fn version(&self, now_ns: u64, market: &Market) -> Result<i64, StoreError> {
        let make = || {
            let market = market.clone();
            async move {
                let version = repo::version(&market).await;
                let keep = version.is_ok().then(|| keep(limits::VERSIONS_FRESH_S, size_of::<i64>()));
                Made { value: version, keep }
            }
        };
        let changes = self.changes.load(Ordering::SeqCst).to_string();
        match self.versions.get_or_make(now_ns, market.place().id.raw(), &changes, make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }
}

pub(crate) fn keep(fresh_s: u32, bytes: usize) -> Keep {
    Keep { fresh_s, stale_s: 0, bytes }
}

/// Of rows that change while they are read the version changes too, and then they are read again.
async fn read(market: &Market) -> Result<All, StoreError> {
    let mut shapes = HashMap::new();
    let mut after = 0;
    loop {
        let areas = area::repo::some(market, after).await?;
        let is_last = areas.len() < limits::AREAS_READ_AT_ONCE;
        after = areas.last().map_or(after, |area| area.store.raw());
        shapes.extend(areas.into_iter().map(|area| (area.store, area.shape)));
        if is_last {
            break;
        }
    }
    let mut stores = Vec::new();
    let mut after = 0;
    while stores.len() < limits::STORES_MAX {
        let some = repo::some(market, after).await?;
        let is_last = some.len() < limits::STORES_READ_AT_ONCE;
        after = some.last().map_or(after, |store| store.id.raw());
        stores.extend(some.into_iter().filter(|store| store.state != State::Closed));
        if is_last {
            break;
        }
    }
    Ok(All::of(stores, shapes))
}

impl All {
    pub fn of(stores: Vec<Store>, mut shapes: HashMap<StoreId, Shape>) -> Self {
        let reach = |store: &Store| match (store.radius_m, shapes.remove(&store.id)) {
            (None, Some(shape)) => Reach::Shape(shape),
            (radius_m, _) => {
                Reach::Within { centre: store.point, radius_m: radius_m.unwrap_or(limits::RADIUS_M) }
            }
        };
        let reaches = Reaches::new(stores.iter().map(reach).collect::<Vec<_>>());
        let places = stores.iter().enumerate().map(|(place, store)| (store.id, place)).collect();
        Self { stores, places, reaches }
    }

    /// In the order of their ids.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    pub fn one(&self, id: StoreId) -> Option<&Store> {
        self.places.get(&id).map(|place| &self.stores[*place])
    }

    /// The stores that deliver to a place, in the order of their ids.
    pub fn delivering_to(&self, point: Point) -> impl Iterator<Item = &Store> {
        self.reaches.at(point).into_iter().map(|place| &self.stores[place])
    }

    /// Whether this one does.
    pub fn delivers(&self, id: StoreId, point: Point) -> bool {
        self.places.get(&id).is_some_and(|place| self.reaches.has(*place, point))
    }

    fn bytes(&self) -> usize {
        // Besides what is counted each has texts and hours of a few hundred bytes.
        const TEXTS: usize = 600;
        self.stores.len() * (size_of::<Store>() + TEXTS) + self.reaches.bytes()
    }
}
