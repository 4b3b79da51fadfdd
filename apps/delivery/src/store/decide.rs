use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Change, Ctx, Currency, Decision, Fault, Id, NewEvent, Provider, Refusal};
use serde::{Deserialize, Serialize};

use super::model::{NewStore, State, Store, StoreId};
use super::preparation::{self, Learnt};
use super::repo;
use crate::area::{self, NewArea};
use crate::hours::{Hours, HoursText};
use crate::limits;
use crate::product::model::amount_fault;

pub const CHANGED: &str = "store.changed";

/// What followers of `store.changed` learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub store: StoreId,
    pub provider: Id<Provider>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Added,
    Settings,
    State,
    Hours,
    Area,
    Photo,
    Commission,
}

/// A new store; `others` are those that the provider has.
pub fn add(
    provider: Id<Provider>,
    new: &NewStore,
    others: i64,
    currency: Currency,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Store), Refusal> {
    if others >= limits::STORES_PER_PROVIDER_MAX as i64 {
        let message = format!("A merchant has at most {} stores.", limits::STORES_PER_PROVIDER_MAX);
        return Err(Refusal::conflict("too_many_stores", message));
    }
    let bare = Store {
        id: ctx.fresh(),
        provider,
        name: String::new(),
        kind: new.kind,
        address: String::new(),
        phone: None,
        about: None,
        photo: None,
        point: new.point,
        radius_m: Some(limits::RADIUS_M),
        state: State::Open,
        prepares_min: 0,
        basket_min: 0,
        has_power: false,
        takes_cash: false,
        commission_bp: None,
        hours: Hours::default(),
        menu_version: 0,
        at: ctx.now,
        updated: ctx.now,
        version: 1,
    };
    let store = said(bare, new, currency)?;
    Ok((told(&store, repo::add(&store), What::Added), store))
}

/// What a merchant says of a store becomes this.
pub fn set(
    before: &Store,
    new: &NewStore,
    currency: Currency,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Store), Refusal> {
    let after = said(before.clone(), new, currency)?;
    Ok(changed(before, after, ctx.now, What::Settings, |after| repo::set(after, ctx.now)))
}

pub fn set_state(before: &Store, state: State, ctx: &Ctx<'_>) -> Result<(Decision, Store), Refusal> {
    if let Some(fault) = state.fault(ctx.now) {
        return Err(Refusal::invalid(vec![fault]));
    }
    let after = Store { state, ..before.clone() };
    Ok(changed(before, after, ctx.now, What::State, |_| repo::set_state(before, state, ctx.now)))
}

pub fn set_hours(before: &Store, text: &HoursText, ctx: &Ctx<'_>) -> Result<(Decision, Store), Refusal> {
    let hours = Hours::of(text, "").map_err(Refusal::invalid)?;
    let after = Store { hours, ..before.clone() };
    Ok(changed(before, after, ctx.now, What::Hours, |after| repo::set_hours(before, &after.hours, ctx.now)))
}

/// The area is written each time: whether a shape is another one is not worth asking.
pub fn set_area(before: &Store, new: &NewArea, ctx: &Ctx<'_>) -> (Decision, Store) {
    let (radius_m, area) = match new {
        NewArea::Within(radius_m) => (Some(*radius_m), area::repo::remove(before.id)),
        NewArea::Shape(shape) => (None, area::repo::put(before.id, shape)),
    };
    let after = Store { radius_m, ..next(before.clone(), ctx.now) };
    let decision = told(&after, repo::set_radius(before, radius_m, ctx.now), What::Area);
    (decision.change(area), after)
}

pub fn set_photo(before: &Store, photo: Option<String>, ctx: &Ctx<'_>) -> (Decision, Store) {
    let after = Store { photo, ..before.clone() };
    changed(before, after, ctx.now, What::Photo, |after| {
        repo::set_photo(before, after.photo.as_deref(), ctx.now)
    })
}

/// What the market keeps of its orders; nothing is what it keeps of others.
pub fn set_commission(
    before: &Store,
    basis_points: Option<u16>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Store), Refusal> {
    if basis_points.is_some_and(|its| its > limits::VAT_BP_MAX) {
        let fault =
            Fault::new("/commission_bp", "out_of_range", "Must be at most 10000, which is all of it.");
        return Err(Refusal::invalid(vec![fault]));
    }
    let after = Store { commission_bp: basis_points, ..before.clone() };
    Ok(changed(before, after, ctx.now, What::Commission, |_| {
        repo::set_commission(before, basis_points, ctx.now)
    }))
}

/// An order was prepared in this time. It counts for the hour in which it was placed.
pub fn prepared(store: StoreId, placed: Timestamp, took_s: i64, before: Learnt, ctx: &Ctx<'_>) -> Decision {
    let hour = preparation::hour(placed, ctx.zone);
    let learnt = preparation::learn(before, took_s);
    Decision::nothing().change(repo::put_preparation(store, hour, learnt))
}

fn changed(
    before: &Store,
    after: Store,
    now: Timestamp,
    what: What,
    change: impl FnOnce(&Store) -> Change,
) -> (Decision, Store) {
    if after == *before {
        return (Decision::nothing(), after);
    }
    let change = change(&after);
    let after = next(after, now);
    (told(&after, change, what), after)
}

fn next(store: Store, now: Timestamp) -> Store {
    Store { updated: now, version: store.version + 1, ..store }
}

fn told(store: &Store, change: Change, what: What) -> Decision {
    let event = Changed { store: store.id, provider: store.provider, what };
    Decision::nothing().change(change).change(repo::changed()).event(NewEvent::new(CHANGED, store.id, &event))
}

/// The store as it is with what is said of it, or everything that is wrong with that.
fn said(store: Store, new: &NewStore, currency: Currency) -> Result<Store, Refusal> {
    let mut faults = Vec::new();
    let mut tidy = |field: &str, value: &str, lines| {
        faults.extend(text::fault(field, value, lines));
        value.trim().to_owned()
    };
    let name = tidy("/name", &new.name, Lines::One);
    let address = tidy("/address", &new.address, Lines::One);
    let phone = new.phone.as_ref().map(|phone| tidy("/phone", phone, Lines::One));
    let about = new.about.as_ref().map(|about| tidy("/about", about, Lines::Many));
    for (field, value) in [("/name", &name), ("/address", &address)] {
        if text::is_blank(value) {
            faults.push(Fault::new(field, "blank", "Must not be blank."));
        }
    }
    if let Some(phone) = phone.as_ref().filter(|phone| !phone.is_empty() && !is_phone(phone)) {
        let message = format!("{phone:?} is no telephone number.");
        faults.push(Fault::new("/phone", "bad_phone", message));
    }
    if let Some(basket) = new.basket_min {
        faults.extend(amount_fault("/basket_min", Some(basket), currency));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    Ok(Store {
        name,
        kind: new.kind,
        address,
        phone: phone.filter(|phone| !phone.is_empty()),
        about: about.filter(|about| !about.is_empty()),
        point: new.point,
        prepares_min: new.prepares_min,
        basket_min: new.basket_min.map_or(0, |basket| basket.minor()),
        has_power: new.has_power,
        takes_cash: new.takes_cash,
        ..store
    })
}

/// Digits with what people put between them.
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (5..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-() /".contains(c))
}
