use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Currency, Id, Money, Provider};
use media::PictureView;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Kind, Standing, State, Store, StoreId};
use super::near::Nearby;
use super::preparation::{self, Learnt};
use crate::area::AreaText;
use crate::hours::HoursText;

/// A store among others.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StoreView {
    pub id: StoreId,
    pub name: String,
    pub kind: Kind,
    pub point: geo::Point,
    pub address: String,
    /// Orders can be placed.
    pub is_open: bool,
    /// Whether it delivers to the place that was named.
    pub delivers: Option<bool>,
    /// From the place that was named.
    pub distance_m: Option<u32>,
    /// How long an order takes that is placed now, as the store says.
    pub prepares_min: u16,
    pub basket_min: Money,
    pub takes_cash: bool,
    pub photo: Option<PictureView>,
}

/// One store, as everyone sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StoreDetail {
    pub id: StoreId,
    pub provider: Id<Provider>,
    pub name: String,
    pub kind: Kind,
    pub point: geo::Point,
    pub address: String,
    pub phone: Option<String>,
    pub about: Option<String>,
    #[serde(flatten)]
    pub standing: Standing,
    /// Orders take longer than they usually do.
    pub is_busy: bool,
    /// How long an order takes that is placed now, as it was at this hour of other days.
    pub prepares_min: i64,
    pub basket_min: Money,
    pub takes_cash: bool,
    pub has_power: bool,
    pub hours: HoursText,
    pub photo: Option<PictureView>,
}

/// One store, as its merchant sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OwnStore {
    pub id: StoreId,
    pub name: String,
    pub kind: Kind,
    pub point: geo::Point,
    pub address: String,
    pub phone: Option<String>,
    pub about: Option<String>,
    pub now: State,
    #[serde(flatten)]
    pub standing: Standing,
    pub prepares_min: u16,
    pub basket_min: Money,
    pub takes_cash: bool,
    pub has_power: bool,
    /// Hundredths of a percent that the market keeps, where that is not what it keeps of others.
    pub commission_bp: Option<u16>,
    pub hours: HoursText,
    /// Where it delivers to; told where one store is read by itself.
    pub area: Option<AreaText>,
    pub has_photo: bool,
    pub version: i64,
}

impl StoreView {
    pub fn of(nearby: &Nearby<'_>, currency: Currency, photo: Option<PictureView>) -> Self {
        let store = nearby.store;
        Self {
            id: store.id,
            name: store.name.clone(),
            kind: store.kind,
            point: store.point,
            address: store.address.clone(),
            is_open: nearby.is_open,
            delivers: nearby.place.map(|seen| seen.delivers),
            distance_m: nearby.place.map(|seen| seen.distance_m),
            prepares_min: store.prepares_min + store.busy_min(),
            basket_min: Money::new(store.basket_min, currency),
            takes_cash: store.takes_cash,
            photo,
        }
    }
}

impl StoreDetail {
    pub fn of(
        store: Store,
        learnt: Learnt,
        currency: Currency,
        (now, zone): (Timestamp, &TimeZone),
        photo: Option<PictureView>,
    ) -> Self {
        Self {
            standing: store.standing(now, zone),
            is_busy: store.busy_min() > 0,
            prepares_min: (preparation::expected_s(&store, learnt) + 59) / 60,
            basket_min: Money::new(store.basket_min, currency),
            hours: store.hours.to_text(),
            id: store.id,
            provider: store.provider,
            name: store.name,
            kind: store.kind,
            point: store.point,
            address: store.address,
            phone: store.phone,
            about: store.about,
            takes_cash: store.takes_cash,
            has_power: store.has_power,
            photo,
        }
    }
}

impl OwnStore {
    pub fn of(
        store: Store,
        area: Option<AreaText>,
        currency: Currency,
        (now, zone): (Timestamp, &TimeZone),
    ) -> Self {
        Self {
            standing: store.standing(now, zone),
            basket_min: Money::new(store.basket_min, currency),
            hours: store.hours.to_text(),
            has_photo: store.photo.is_some(),
            id: store.id,
            name: store.name,
            kind: store.kind,
            point: store.point,
            address: store.address,
            phone: store.phone,
            about: store.about,
            now: store.state,
            prepares_min: store.prepares_min,
            takes_cash: store.takes_cash,
            has_power: store.has_power,
            commission_bp: store.commission_bp,
            area,
            version: store.version,
        }
    }
}
