//! Which stores come first for somebody at a place.

use std::collections::HashSet;

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::all::All;
use super::model::{Kind, Store};
use crate::limits;

/// A store as it stands to somebody.
#[derive(Debug, Clone, Copy)]
pub struct Nearby<'a> {
    pub store: &'a Store,
    pub is_open: bool,
    /// Nothing where nobody said where they are.
    pub place: Option<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    pub distance_m: u32,
    pub delivers: bool,
}

/// What somebody looks for, and when.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub point: Option<Point>,
    pub kind: Option<Kind>,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

/// Before the first.
pub const START: [i64; 3] = [-1; 3];

impl Nearby<'_> {
    /// By which they are in order: those that deliver here and are open, those that deliver here, the
    /// others; the nearer first.
    pub fn key(&self) -> [i64; 3] {
        let delivers = self.place.is_none_or(|seen| seen.delivers);
        let rank = match (delivers, self.is_open) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        let distance_m = self.place.map_or(0, |seen| seen.distance_m);
        [rank, distance_m.into(), self.store.id.raw()]
    }
}

/// So many after a key, in order.
pub fn nearby<'a>(all: &'a All, look: &Look<'_>, after: [i64; 3], limit: usize) -> Vec<Nearby<'a>> {
    let seen = |store: &'a Store, place| Nearby { store, is_open: store.is_open(look.now, look.zone), place };
    let wanted = |store: &&Store| look.kind.is_none_or(|kind| store.kind == kind);
    let Some(point) = look.point else {
        return first(
            all.stores().iter().filter(wanted).map(|store| seen(store, None)).collect(),
            after,
            limit,
        );
    };
    let metres = |store: &Store| store.point.distance_m(point).round() as u32;
    let here: Vec<&Store> = all.delivering_to(point).filter(wanted).collect();
    let delivering =
        here.iter().map(|store| seen(store, Some(Seen { distance_m: metres(store), delivers: true })));
    let mut found = first(delivering.collect(), after, limit);
    if found.len() < limit {
        let known: HashSet<_> = here.iter().map(|store| store.id).collect();
        let others = all.stores().iter().filter(|store| !known.contains(&store.id)).filter(wanted);
        let others = others
            .map(|store| (store, metres(store)))
            .filter(|(_, distance_m)| f64::from(*distance_m) <= limits::NEAR_M_MAX)
            .map(|(store, distance_m)| seen(store, Some(Seen { distance_m, delivers: false })));
        let missing = limit - found.len();
        found.extend(first(others.collect(), after, missing));
    }
    found
}

fn first(mut stores: Vec<Nearby<'_>>, after: [i64; 3], limit: usize) -> Vec<Nearby<'_>> {
    stores.retain(|nearby| nearby.key() > after);
    stores.sort_unstable_by_key(Nearby::key);
    stores.truncate(limit);
    stores
}
