//! The cuts of the markets that are asked for, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{Point, ShapeIndex};
use kernel::jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use store::{Market, StoreError};

use super::model::{Area, AreaCuts, Cut};
use super::{limits, repo};

/// Where and when power is cut, at one version.
#[derive(Default)]
pub struct Plan {
    pub version: i64,
    index: Option<ShapeIndex>,
    /// Code and name, as the index counts.
    areas: Vec<(String, String)>,
    cuts: BTreeMap<String, Vec<Cut>>,
}

impl Plan {
    pub fn new(version: i64, areas: Vec<Area>, cuts: Vec<AreaCuts>) -> Self {
        let (names, shapes): (Vec<_>, Vec<_>) =
            areas.into_iter().map(|area| ((area.code, area.name), area.shape)).unzip();
        let index = (!shapes.is_empty()).then(|| ShapeIndex::new(&shapes));
        let cuts = cuts.into_iter().map(|its| (its.area, its.cuts)).collect();
        Self { version, index, areas: names, cuts }
    }

    /// The codes of the areas that a point lies in.
    pub fn areas_at(&self, point: Point) -> impl Iterator<Item = &str> {
        let places = self.index.iter().flat_map(move |index| index.at(point));
        places.map(|place| self.areas[place].0.as_str())
    }

    /// What an area is called: its code, if nobody gave it a name.
    pub fn name<'a>(&'a self, area: &'a str) -> &'a str {
        self.areas.iter().find(|(code, _)| code == area).map_or(area, |(_, name)| name)
    }

    /// All areas that are known, by their outline or by a cut.
    pub fn codes(&self) -> Vec<&str> {
        let known = self.areas.iter().map(|(code, _)| code.as_str());
        let mut codes: Vec<&str> = known.chain(self.cuts.keys().map(String::as_str)).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The cut that an area is in, and those to come.
    pub fn from(&self, area: &str, now: Timestamp) -> &[Cut] {
        let cuts = self.cuts.get(area).map_or(&[][..], Vec::as_slice);
        &cuts[cuts.partition_point(|cut| cut.until <= now)..]
    }

    pub fn is_cut(&self, area: &str, now: Timestamp) -> Option<&Cut> {
        self.from(area, now).first().filter(|cut| cut.from <= now)
    }

    /// When power next goes or comes back in an area.
    pub fn next_change(&self, area: &str, now: Timestamp) -> Option<Timestamp> {
        self.from(area, now).first().map(|cut| if cut.from > now { cut.from } else { cut.until })
    }

    /// When it does so anywhere.
    pub fn next_change_anywhere(&self, now: Timestamp) -> Option<Timestamp> {
        self.cuts.keys().filter_map(|area| self.next_change(area, now)).min()
    }

    /// The next cut of each area that begins after a moment.
    fn next_cuts(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Cut)> {
        let next = move |area: &str| self.from(area, now).iter().find(|cut| cut.from > now);
        self.cuts.keys().filter_map(move |area| Some((area.as_str(), next(area)?)))
    }

    /// Those of them that begin within a time.
    pub fn coming(&self, within: SignedDuration, now: Timestamp) -> BTreeMap<&str, &Cut> {
        self.next_cuts(now).filter(|(_, cut)| cut.from.duration_since(now) <= within).collect()
    }

    /// When the first of them will.
    pub fn next_coming(&self, within: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let first = self.next_cuts(now).map(|(_, cut)| cut.from).min()?;
        first.checked_sub(within).ok()
    }

    /// Until when an area takes no orders without power of one's own: from a while before a cut to its
    /// end, and on, where the next one is so near.
    pub fn dark_until(&self, area: &str, lead: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let near = |cut: &Cut, at: Timestamp| cut.from.duration_since(at) <= lead;
        let mut until = None;
        for cut in self.from(area, now) {
            if !near(cut, until.unwrap_or(now)) {
                break;
            }
            until = Some(cut.until);
        }
        until
    }

    /// The same for a place.
    pub fn closed_until(
        &self,
        point: Point,
        has_backup: bool,
        lead: SignedDuration,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if has_backup {
            return None;
        }
        self.areas_at(point).filter_map(|area| self.dark_until(area, lead, now)).max()
    }
}

/// One short read tells whether what is in memory still holds.
pub struct Outages(Cache<(i64, i64), Arc<Plan>>);

impl Default for Outages {
    fn default() -> Self {
        Self(Cache::new(limits::PLANS_MAX))
    }
}

impl Outages {
    pub async fn of(&self, market: &Market) -> Result<Arc<Plan>, StoreError> {
        let version = repo::set(market).await?.map_or(0, |set| set.version);
        let key = (market.place().id.raw(), version);
        if let Some(plan) = self.0.get(&key) {
            return Ok(plan);
        }
        let load = Box::pin(async { repo::load(market).await.map(Arc::new) });
        Box::pin(self.0.get_or_insert_async(&key, load)).await
    }
}
