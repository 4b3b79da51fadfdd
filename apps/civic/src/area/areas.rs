//! The areas of the markets that are asked for, in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cache::{Cache, Keep, Made};
use geo::{Point, Shape, ShapeIndex};
use store::{Market, StoreError};

use super::model::{AreaName, AreaSet};
use super::repo;
use crate::limits;

/// All areas of a market, for looking up points. An index belongs to the versions of the market's
/// kinds of area; when one of these changes, another index is made and the old one is forgotten in time.
pub struct Areas {
    since: Instant,
    /// Counts the imports of this process: what was read before one of them is not asked for again.
    imports: AtomicU64,
    versions: Cache<Result<Arc<[AreaSet]>, StoreError>>,
    indexes: Cache<Result<Arc<Index>, StoreError>>,
}

/// The areas of one market, kind by kind.
pub struct Index {
    kinds: Vec<(String, ShapeIndex, Vec<AreaName>)>,
}

impl Default for Areas {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            imports: AtomicU64::new(0),
            versions: Cache::new(limits::AREA_VERSIONS_BYTES_MAX),
            indexes: Cache::new(limits::AREA_INDEX_BYTES_MAX),
        }
    }
}

impl Areas {
    /// The areas that a point lies in: of each kind one, where areas of a kind do not overlap.
    pub async fn at(&self, market: &Market, point: Point) -> Result<Vec<AreaName>, StoreError> {
        Ok(self.index(market).await?.at(point))
    }

    /// The market's index as it is now: for many points.
    pub async fn index(&self, market: &Market) -> Result<Arc<Index>, StoreError> {
        let now_ns = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let id = market.place().id.raw();
        let sets = self.sets(now_ns, market).await?;
        let named: Vec<String> = sets.iter().map(|set| format!("{}:{}", set.kind, set.version)).collect();
        let path = named.join(",");
        let make = || {
            let (market, sets) = (market.clone(), sets.clone());
            async move {
                let made = load(&market, &sets).await;
                let keep = match &made {
                    Ok((index, true)) => Some(keep(limits::AREA_INDEX_FRESH_S, index.bytes())),
                    _ => None,
                };
                Made { value: made.map(|(index, _)| Arc::new(index)), keep }
            }
        };
        match self.indexes.get_or_make(now_ns, id, &path, make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Something has been imported here: the next question sees it. Other processes see it a moment later.
    pub fn changed(&self) {
        self.imports.fetch_add(1, Ordering::SeqCst);
    }

    async fn sets(&self, now_ns: u64, market: &Market) -> Result<Arc<[AreaSet]>, StoreError> {
        let make = || {
            let market = market.clone();
            async move {
                let sets = repo::sets(&market).await;
                let bytes = limits::AREA_KINDS_MAX * size_of::<AreaSet>();
                let keep = sets.is_ok().then(|| keep(limits::AREA_VERSIONS_FRESH_S, bytes));
                Made { value: sets.map(Arc::from), keep }
            }
        };
        let imports = self.imports.load(Ordering::SeqCst).to_string();
        match self.versions.get_or_make(now_ns, market.place().id.raw(), &imports, make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }
}

fn keep(fresh_s: u32, bytes: usize) -> Keep {
    Keep { fresh_s, stale_s: 0, bytes }
}

impl Index {
    pub fn at(&self, point: Point) -> Vec<AreaName> {
        let each = self.kinds.iter();
        each.flat_map(|(_, index, names)| index.at(point).map(|place| names[place].clone())).collect()
    }

    /// The code of the first area of this kind that a point lies in.
    pub fn code_at(&self, kind: &str, point: Point) -> Option<&str> {
        let (_, index, names) = self.kinds.iter().find(|(its, _, _)| its == kind)?;
        index.at(point).next().map(|place| names[place].code.as_str())
    }

    fn bytes(&self) -> usize {
        let names = |names: &Vec<AreaName>| {
            names.iter().map(|name| size_of::<AreaName>() + name.name.len()).sum::<usize>()
        };
        self.kinds.iter().map(|(_, index, its)| index.bytes() + names(its)).sum::<usize>() + 1_024
    }
}

/// The index, and whether it is of these very versions.
async fn load(market: &Market, wanted: &[AreaSet]) -> Result<(Index, bool), StoreError> {
    let mut index = Index { kinds: Vec::new() };
    for _ in 0..limits::AREA_READ_TRIES {
        let before = repo::sets(market).await?;
        index = read(market).await?;
        let after = repo::sets(market).await?;
        if before == after {
            return Ok((index, after == wanted));
        }
    }
    Ok((index, false))
}

async fn read(market: &Market) -> Result<Index, StoreError> {
    let mut kinds: Vec<(String, Vec<Shape>, Vec<AreaName>)> = Vec::new();
    let (mut kind, mut code) = (String::new(), String::new());
    for _ in 0..limits::AREA_KINDS_MAX * limits::AREAS_PER_KIND_MAX {
        let areas = repo::shapes(market, (&kind, &code)).await?;
        let is_last = areas.len() < limits::AREAS_READ_AT_ONCE;
        for area in areas {
            (kind, code) = (area.kind.clone(), area.code.clone());
            if kinds.last().is_none_or(|last| last.0 != area.kind) {
                kinds.push((area.kind.clone(), Vec::new(), Vec::new()));
            }
            if let Some((_, shapes, names)) = kinds.last_mut() {
                shapes.push(area.shape);
                names.push(AreaName { kind: area.kind, code: area.code, name: area.name });
            }
        }
        if is_last {
            break;
        }
    }
    // Some milliseconds for a large city, once for each version.
    let indexed =
        |(kind, shapes, names): (String, Vec<Shape>, Vec<AreaName>)| (kind, ShapeIndex::new(&shapes), names);
    Ok(Index { kinds: kinds.into_iter().map(indexed).collect() })
}
