use kernel::jiff::Timestamp;
use kernel::{Change, Id, Provider, values};
use store::{Market, StoreError};

use super::model::{State, Store, StoreId};
use super::preparation::Learnt;
use crate::{limits, stored};

macro_rules! columns {
    () => {
        "id, provider, name, kind, address, phone, about, photo, lat, long, radius_m, state, state_value, \
         prepares_min, basket_min, has_power, takes_cash, commission_bp, hours, menu_version, at, updated, version"
    };
}

kernel::statements! {
    short ONE = concat!("select ", columns!(), " from delivery_store where id = ?1");
    short OF_PROVIDER = concat!("select ", columns!(),
        " from delivery_store where provider = ?1 and id > ?2 order by id limit ?3");
    long ALL = concat!("select ", columns!(), " from delivery_store where id > ?1 order by id limit ?2");
    short HOW_MANY = "select count(*) from delivery_store where provider = ?1";
    short ADD = concat!("insert into delivery_store (", columns!(), ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
        ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 0, ?20, ?20, 1)");
    short SET = "update delivery_store set name = ?3, kind = ?4, address = ?5, phone = ?6, about = ?7, \
        lat = ?8, long = ?9, prepares_min = ?10, basket_min = ?11, has_power = ?12, takes_cash = ?13, \
        updated = ?14, version = version + 1 where id = ?1 and version = ?2";
    short SET_STATE = "update delivery_store set state = ?3, state_value = ?4, updated = ?5, \
        version = version + 1 where id = ?1 and version = ?2";
    short SET_HOURS = "update delivery_store set hours = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short SET_RADIUS = "update delivery_store set radius_m = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short SET_PHOTO = "update delivery_store set photo = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short SET_COMMISSION = "update delivery_store set commission_bp = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    /// What it sells has changed; what is said of the store itself has not.
    short MENU_CHANGED = "update delivery_store set menu_version = menu_version + 1 where id = ?1";
    short PART = "select version from delivery_part where part = ?1";
    short PART_CHANGED = "insert into delivery_part (part, version) values (?1, 1) \
        on conflict (part) do update set version = delivery_part.version + 1";
    short PREPARATION = "select seconds, seen from delivery_preparation where store = ?1 and hour = ?2";
    /// Of two orders at once one is counted after the other.
    short PUT_PREPARATION = "insert into delivery_preparation (store, hour, seconds, seen) values (?1, ?2, ?3, ?4) \
        on conflict (store, hour) do update set seconds = excluded.seconds, seen = excluded.seen \
        where delivery_preparation.seen = excluded.seen - 1";
}

/// What is kept in memory and read anew when its version has grown.
pub const STORES_PART: &str = "stores";

pub async fn one(market: &Market, id: StoreId) -> Result<Option<Store>, StoreError> {
    market.one(ONE, values![id]).await
}

/// One more than a page, in the order in which they were added.
pub async fn of_provider(
    market: &Market,
    provider: Id<Provider>,
    after: i64,
    limit: u16,
) -> Result<Vec<Store>, StoreError> {
    market.list(OF_PROVIDER, values![provider, after, i64::from(limit) + 1]).await
}

/// Some of all, in the order of their ids.
pub async fn some(market: &Market, after: i64) -> Result<Vec<Store>, StoreError> {
    market.list(ALL, values![after, limits::STORES_READ_AT_ONCE as i64]).await
}

pub async fn how_many(market: &Market, provider: Id<Provider>) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(HOW_MANY, values![provider]).await?.map_or(0, |(count,)| count))
}

/// How often the stores have changed.
pub async fn version(market: &Market) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(PART, values![STORES_PART]).await?.map_or(0, |(version,)| version))
}

/// What orders of a store took in an hour of the day, so far.
pub async fn preparation(market: &Market, store: StoreId, hour: u8) -> Result<Learnt, StoreError> {
    let row: Option<(i64, i64)> = market.one(PREPARATION, values![store, hour]).await?;
    Ok(row.map_or(Learnt::default(), |(seconds, seen)| Learnt { seconds, seen }))
}

pub fn add(store: &Store) -> Change {
    let (state, state_value) = store.state.stored();
    ADD.with(values![
        store.id,
        store.provider,
        &store.name,
        store.kind.name(),
        &store.address,
        store.phone.as_deref(),
        store.about.as_deref(),
        store.photo.as_deref(),
        store.point.lat_e7(),
        store.point.long_e7(),
        store.radius_m,
        state,
        state_value,
        store.prepares_min,
        store.basket_min,
        store.has_power,
        store.takes_cash,
        store.commission_bp,
        stored::to_text(&store.hours),
        store.at,
    ])
}

/// All that a merchant says of it; `after` holds the version that was read.
pub fn set(after: &Store, now: Timestamp) -> Change {
    SET.with(values![
        after.id,
        after.version,
        &after.name,
        after.kind.name(),
        &after.address,
        after.phone.as_deref(),
        after.about.as_deref(),
        after.point.lat_e7(),
        after.point.long_e7(),
        after.prepares_min,
        after.basket_min,
        after.has_power,
        after.takes_cash,
        now,
    ])
}

pub fn set_state(store: &Store, state: State, now: Timestamp) -> Change {
    let (name, value) = state.stored();
    SET_STATE.with(values![store.id, store.version, name, value, now])
}

pub fn set_hours(store: &Store, hours: &crate::hours::Hours, now: Timestamp) -> Change {
    SET_HOURS.with(values![store.id, store.version, stored::to_text(hours), now])
}

pub fn set_radius(store: &Store, radius_m: Option<u32>, now: Timestamp) -> Change {
    SET_RADIUS.with(values![store.id, store.version, radius_m, now])
}

pub fn set_photo(store: &Store, photo: Option<&str>, now: Timestamp) -> Change {
    SET_PHOTO.with(values![store.id, store.version, photo, now])
}

pub fn set_commission(store: &Store, basis_points: Option<u16>, now: Timestamp) -> Change {
    SET_COMMISSION.with(values![store.id, store.version, basis_points, now])
}

/// Part of every decision on what a store sells.
pub fn menu_changed(store: StoreId) -> Change {
    MENU_CHANGED.with(values![store])
}

/// Part of every decision on a store or on what it sells.
pub fn changed() -> Change {
    PART_CHANGED.with(values![STORES_PART])
}

pub fn put_preparation(store: StoreId, hour: u8, learnt: Learnt) -> Change {
    PUT_PREPARATION.with(values![store, hour, learnt.seconds, learnt.seen])
}
