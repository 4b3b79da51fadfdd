//! The areas of the markets that are asked for, in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cache::{Cache, Keep, Made};
use geo::{BoundingBox, Point, Shape, ShapeIndex};
use store::{Market, StoreError};

use super::model::{AreaName, AreaSet};
use super::outline::{self, Outline};
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
#[derive(Default)]
pub struct Index {
    kinds: Vec<Kind>,
}

struct Kind {
    name: String,
    shapes: ShapeIndex,
    names: Vec<AreaName>,
    outlines: Vec<Outline>,
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
    #[cfg(test)]
    pub(crate) fn of(areas: impl IntoIterator<Item = (AreaName, Shape)>) -> Self {
        let mut kinds = Vec::new();
        for (name, shape) in areas {
            enter(&mut kinds, name, shape);
        }
        indexed(kinds)
    }

    pub fn at(&self, point: Point) -> Vec<AreaName> {
        let each = self.kinds.iter();
        each.flat_map(|kind| kind.shapes.at(point).map(|place| kind.names[place].clone())).collect()
    }

    /// The code of the first area of this kind that a point lies in.
    pub fn code_at(&self, kind: &str, point: Point) -> Option<&str> {
        let kind = self.kinds.iter().find(|its| its.name == kind)?;
        kind.shapes.at(point).next().map(|place| kind.names[place].code.as_str())
    }

    /// The code of the first area that a point lies in, of the first kind that has one there.
    pub fn first_at(&self, point: Point) -> Option<&str> {
        self.kinds.iter().find_map(|kind| Some(kind.names[kind.shapes.at(point).next()?].code.as_str()))
    }

    /// The codes of one kind of area, or of all.
    pub fn codes(&self, kind: Option<&str>) -> impl Iterator<Item = &str> {
        let kinds = self.kinds.iter().filter(move |its| kind.is_none_or(|kind| its.name == kind));
        kinds.flat_map(|kind| kind.names.iter().map(|name| name.code.as_str()))
    }

    /// The areas that reach into a part of the map, of the kind that divides it most finely and still has
    /// no more of them there than this.
    pub fn outlines(&self, bbox: &BoundingBox, at_most: usize) -> Vec<&Outline> {
        outline::finest(self.kinds.iter().map(|kind| kind.outlines.as_slice()), bbox, at_most)
    }

    /// The areas of one kind, of the first if none is named, that reach into a part of the map.
    pub fn outlines_of(&self, kind: Option<&str>, bbox: &BoundingBox) -> impl Iterator<Item = &Outline> {
        let kind = self.kinds.iter().find(|its| kind.is_none_or(|kind| its.name == kind));
        kind.into_iter().flat_map(|kind| &kind.outlines).filter(|it| it.reaches(bbox))
    }

    fn bytes(&self) -> usize {
        let names = |names: &[AreaName]| {
            names.iter().map(|name| size_of::<AreaName>() + name.name.len()).sum::<usize>()
        };
        let outlines = |them: &[Outline]| them.iter().map(Outline::bytes).sum::<usize>();
        let kinds = self.kinds.iter();
        kinds.map(|it| it.shapes.bytes() + names(&it.names) + outlines(&it.outlines)).sum::<usize>() + 1_024
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

/// Areas of one kind, before they are indexed.
type Unindexed = (String, Vec<Shape>, Vec<AreaName>);

async fn read(market: &Market) -> Result<Index, StoreError> {
    let mut kinds = Vec::new();
    let (mut kind, mut code) = (String::new(), String::new());
    for _ in 0..limits::AREA_KINDS_MAX * limits::AREAS_PER_KIND_MAX {
        let areas = repo::shapes(market, (&kind, &code)).await?;
        let is_last = areas.len() < limits::AREAS_READ_AT_ONCE;
        for area in areas {
            (kind, code) = (area.kind.clone(), area.code.clone());
            enter(&mut kinds, AreaName { kind: area.kind, code: area.code, name: area.name }, area.shape);
        }
        if is_last {
            break;
        }
    }
    Ok(indexed(kinds))
}

/// They come in the order of their kinds.
fn enter(kinds: &mut Vec<Unindexed>, name: AreaName, shape: Shape) {
    if kinds.last().is_none_or(|last| last.0 != name.kind) {
        kinds.push((name.kind.clone(), Vec::new(), Vec::new()));
    }
    if let Some((_, shapes, names)) = kinds.last_mut() {
        shapes.push(shape);
        names.push(name);
    }
}

/// Some milliseconds for a large city, once for each version.
fn indexed(kinds: Vec<Unindexed>) -> Index {
    let indexed = |(name, shapes, names): Unindexed| Kind {
        outlines: shapes.iter().zip(&names).map(|(shape, it)| Outline::of(&it.name, shape)).collect(),
        shapes: ShapeIndex::new(&shapes),
        name,
        names,
    };
    Index { kinds: kinds.into_iter().map(indexed).collect() }
}
