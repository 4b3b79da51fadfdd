use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Id, Money, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use crate::hours::Hours;
use crate::{limits, stored};

kernel::id_kind!(
    /// A place that sells.
    StoreKind = "sto"
);
pub type StoreId = Id<StoreKind>;

/// What a store mostly sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Food,
    Groceries,
    Pharmacy,
    Liquor,
    Flowers,
    Household,
    Other,
}

/// What its people say of it just now; its hours come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Open,
    /// Orders take so many minutes longer.
    Busy {
        #[schemars(range(min = 1, max = 180))]
        more_min: u16,
    },
    /// No orders until then.
    Paused {
        #[schemars(with = "String", extend("format" = "date-time"))]
        until: Timestamp,
    },
    /// For good, or until somebody opens it again: not in any list.
    Closed,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    pub id: StoreId,
    pub provider: Id<Provider>,
    pub name: String,
    pub kind: Kind,
    pub address: String,
    pub phone: Option<String>,
    pub about: Option<String>,
    /// The id of the picture that was sent for it.
    pub photo: Option<String>,
    pub point: Point,
    /// How far it delivers. Nothing where its area is a shape, which is kept apart.
    pub radius_m: Option<u32>,
    pub state: State,
    /// How long an order takes, as its people say.
    pub prepares_min: u16,
    /// The least that an order comes to, in minor units.
    pub basket_min: i64,
    /// It stays open when the power is cut.
    pub has_power: bool,
    pub takes_cash: bool,
    /// Hundredths of a percent that the market keeps, where that is not what it keeps of others.
    pub commission_bp: Option<u16>,
    pub hours: Hours,
    /// Grows with each change to what it sells.
    pub menu_version: i64,
    pub at: Timestamp,
    pub updated: Timestamp,
    pub version: i64,
}

/// What a merchant says of a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStore {
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    pub kind: Kind,
    pub point: Point,
    #[schemars(length(min = 1, max = 300))]
    pub address: String,
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub phone: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub about: Option<String>,
    /// How long an order takes.
    #[schemars(range(min = 1, max = 240))]
    pub prepares_min: u16,
    /// The least that an order comes to.
    #[serde(default)]
    pub basket_min: Option<Money>,
    /// It stays open when the power is cut.
    #[serde(default)]
    pub has_power: bool,
    #[serde(default)]
    pub takes_cash: bool,
}

/// Whether orders can be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    pub is_open: bool,
    /// When it closes, if that is known.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub closes_at: Option<Timestamp>,
    /// When it opens next, if it is closed and that is known.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub opens_at: Option<Timestamp>,
}

impl Store {
    pub fn is_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        match self.state {
            State::Closed => false,
            State::Paused { until } if now < until => false,
            _ => self.hours.is_open(now, zone),
        }
    }

    pub fn standing(&self, now: Timestamp, zone: &TimeZone) -> Standing {
        if self.is_open(now, zone) {
            let closes_at = self.hours.closes_at(now, zone);
            return Standing { is_open: true, closes_at, opens_at: None };
        }
        let opens_at = match self.state {
            State::Closed => None,
            State::Paused { until } => self.hours.opens_next(until.max(now), zone),
            State::Open | State::Busy { .. } => self.hours.opens_next(now, zone),
        };
        Standing { is_open: false, closes_at: None, opens_at }
    }

    /// How much longer orders take just now.
    pub fn busy_min(&self) -> u16 {
        match self.state {
            State::Busy { more_min } => more_min,
            _ => 0,
        }
    }
}

impl Kind {
    const NAMES: [(Kind, &'static str); 7] = [
        (Kind::Food, "food"),
        (Kind::Groceries, "groceries"),
        (Kind::Pharmacy, "pharmacy"),
        (Kind::Liquor, "liquor"),
        (Kind::Flowers, "flowers"),
        (Kind::Household, "household"),
        (Kind::Other, "other"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(its, _)| *its == self).map_or("other", |(_, name)| name)
    }
}

impl FromValue for Kind {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Text(text) = value else { return None };
        Kind::NAMES.iter().find(|(_, name)| *name == text).map(|(its, _)| *its)
    }
}

impl State {
    /// As kept: its name, and the minutes or the time that go with it.
    pub(super) fn stored(self) -> (&'static str, Option<i64>) {
        match self {
            State::Open => ("open", None),
            State::Busy { more_min } => ("busy", Some(more_min.into())),
            State::Paused { until } => ("paused", Some(until.as_microsecond())),
            State::Closed => ("closed", None),
        }
    }

    pub(super) fn from_stored(name: &str, value: Option<i64>) -> Result<Self, StoreError> {
        let minutes = || value.and_then(|value| u16::try_from(value).ok());
        let time = || value.and_then(|value| Timestamp::from_microsecond(value).ok());
        let state = match name {
            "open" => Some(State::Open),
            "busy" => minutes().map(|more_min| State::Busy { more_min }),
            "paused" => time().map(|until| State::Paused { until }),
            "closed" => Some(State::Closed),
            _ => None,
        };
        state.ok_or_else(|| StoreError::Bug("a store's state cannot be read".into()))
    }

    /// Whether it can be set now.
    pub(super) fn fault(self, now: Timestamp) -> Option<kernel::Fault> {
        let fault = |field, message: String| Some(kernel::Fault::new(field, "out_of_range", message));
        match self {
            State::Busy { more_min } if !(1..=limits::BUSY_MIN_MAX).contains(&more_min) => {
                fault("/more_min", format!("Must be from 1 to {} minutes.", limits::BUSY_MIN_MAX))
            }
            State::Paused { until } if until <= now || until > now + limits::PAUSE_MAX => {
                fault("/until", "Must be in the week to come.".to_owned())
            }
            _ => None,
        }
    }
}

impl FromRow for Store {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let point = Point::from_e7(row.get(8)?, row.get(9)?);
        Ok(Self {
            id: row.get(0)?,
            provider: row.get(1)?,
            name: row.get(2)?,
            kind: row.get(3)?,
            address: row.get(4)?,
            phone: row.get(5)?,
            about: row.get(6)?,
            photo: row.get(7)?,
            point: point.map_err(|_| StoreError::Bug("a store lies outside the world".into()))?,
            radius_m: row.get(10)?,
            state: State::from_stored(&row.get::<String>(11)?, row.get(12)?)?,
            prepares_min: row.get(13)?,
            basket_min: row.get(14)?,
            has_power: row.get(15)?,
            takes_cash: row.get(16)?,
            commission_bp: row.get(17)?,
            hours: stored::read(&row.get::<String>(18)?)?,
            menu_version: row.get(19)?,
            at: row.get(20)?,
            updated: row.get(21)?,
            version: row.get(22)?,
        })
    }
}
