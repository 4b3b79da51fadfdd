//! Who is told of a cut before it begins: pure.

use std::collections::{BTreeMap, BTreeSet};

use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Id, Person};
use serde_json::json;

use super::limits;
use super::{Cut, Plan};
use crate::order::Order;
use crate::order::state::Status;
use crate::store::{Store, StoreId};
use crate::tell::{Note, Reason, Whom};

/// Cuts that people of one area were told of, as they were announced then.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Warned(BTreeMap<Id<Person>, BTreeSet<(Timestamp, Timestamp)>>);

impl Warned {
    pub fn add(&mut self, person: Id<Person>, from: Timestamp, until: Timestamp) {
        self.0.entry(person).or_default().insert((from, until));
    }

    /// Whether somebody knows of a cut, or of one that is nearly the same.
    pub fn knows(&self, person: Id<Person>, cut: &Cut, moved: SignedDuration) -> bool {
        let near = |one: Timestamp, other: Timestamp| one.duration_since(other).abs() <= moved;
        let its = self.0.get(&person).into_iter().flatten();
        its.copied().any(|(from, until)| near(from, cut.from) && near(until, cut.until))
    }
}

/// Somebody in an area where the power will be cut, and what it means to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    pub person: Id<Person>,
    pub area: String,
    pub cut: Cut,
    /// The store that has their order; nothing for whoever brings orders.
    pub store: Option<String>,
}

/// Everybody whom a coming cut concerns, in an order that is always the same.
pub fn affected(
    plan: &Plan,
    coming: &BTreeMap<&str, &Cut>,
    riders: impl IntoIterator<Item = (Id<Person>, Point)>,
    orders: &[Order],
    stores: &[Store],
) -> Vec<Affected> {
    let at = |point: Point| plan.areas_at(point).find_map(|area| Some((area, *coming.get(area)?)));
    let dark = stores.iter().filter(|store| !store.has_power);
    let dark: BTreeMap<StoreId, (&str, &Cut)> =
        dark.filter_map(|store| Some((store.id, at(store.point)?))).collect();
    let one = |person, (area, cut): (&str, &Cut), store| Affected {
        person,
        area: area.to_owned(),
        cut: *cut,
        store,
    };
    let riders = riders.into_iter().filter_map(|(person, point)| Some(one(person, at(point)?, None)));
    // What has left the store needs no light there.
    let waiting = orders.iter().filter(|order| order.status < Status::PickedUp);
    let buyers = waiting.filter_map(|order| {
        let name = order.fixed.store_name.clone();
        Some(one(order.buyer, *dark.get(&order.store)?, Some(name)))
    });
    let mut all: Vec<Affected> = riders.chain(buyers).collect();
    all.sort_by(|one, other| {
        (&one.area, one.person, &one.store).cmp(&(&other.area, other.person, &other.store))
    });
    all.dedup_by(|one, other| (&one.area, one.person) == (&other.area, other.person));
    all
}

pub fn note(affected: &Affected, plan: &Plan, zone: &TimeZone) -> Note {
    let clock = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%H:%M").to_string();
    let Affected { person, area, cut, store } = affected;
    let (from, until) = (clock(cut.from), clock(cut.until));
    let (to, reason, words) = match store {
        Some(store) => {
            let words = json!({ "store": store, "from": from, "until": until });
            (Whom::Buyer(*person), Reason::OutageOrder, words)
        }
        None => {
            let words = json!({ "area": plan.name(area), "from": from, "until": until });
            (Whom::Rider(*person), Reason::OutageRide, words)
        }
    };
    let times = (cut.from.as_second(), cut.until.as_second());
    Note::new(to, reason, format!("delivery:outage:{area}:{}:{}", times.0, times.1), words)
}

/// When to look again: while a cut is coming every few minutes, because people come and go; otherwise when
/// the next one is near.
pub fn next_look(plan: &Plan, within: SignedDuration, now: Timestamp) -> Option<Timestamp> {
    if within.is_zero() {
        return None;
    }
    if plan.coming(within, now).is_empty() {
        return plan.next_coming(within, now);
    }
    // At full multiples of it, so that whoever asks for the next look asks for the same.
    let every = limits::LOOKED_EVERY.as_secs();
    Timestamp::from_second((now.as_second().div_euclid(every) + 1) * every).ok()
}

/// When a store takes orders again: within its hours, not paused, with power. Now, if it does.
pub fn reopens(
    store: &Store,
    plan: &Plan,
    lead: SignedDuration,
    (now, zone): (Timestamp, &TimeZone),
) -> Option<Timestamp> {
    let mut at = now;
    for _ in 0..limits::REOPENING_STEPS_MAX {
        let open = if store.is_open(at, zone) { at } else { store.standing(at, zone).opens_at? };
        match plan.closed_until(store.point, store.has_power, lead, open) {
            None => return Some(open),
            Some(until) => at = until,
        }
    }
    None
}
