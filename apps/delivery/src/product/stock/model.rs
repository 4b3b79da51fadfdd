use kernel::Id;
use kernel::jiff::Timestamp;
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use crate::product::Product;
use crate::store::StoreId;
use crate::stored;

kernel::id_kind!(
    /// A count of things on a shelf, of one product or of several together.
    StockKind = "stk",
    /// Things that are kept for one buyer, for a time.
    ReservationKind = "rsv",
);
pub type StockId = Id<StockKind>;
pub type ReservationId = Id<ReservationKind>;

/// At any time `0 <= reserved <= on_hand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    pub id: StockId,
    pub store: StoreId,
    /// On the shelf, those for whom somebody is paying included.
    pub on_hand: i64,
    pub reserved: i64,
}

impl Stock {
    /// How many can still be had.
    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved
    }
}

/// A line of an order.
#[derive(Debug, Clone, Copy)]
pub struct Want<'a> {
    pub product: &'a Product,
    pub count: u16,
}

/// What was reserved for an order, stock by stock. It is read and written whole, so that it is one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub id: ReservationId,
    /// The order, or whatever it is for.
    pub subject: i64,
    pub state: Reserved,
    /// If it is still held then, it is given back.
    pub until: Timestamp,
    /// In the order of their ids, each once.
    pub lines: Vec<(StockId, i64)>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reserved {
    Held,
    /// Paid for: no longer on the shelf.
    Sold,
    /// Given back without having been sold.
    Released,
    /// Sold, and put on the shelf again.
    Returned,
}

impl Reserved {
    const NAMES: [(Reserved, &'static str); 4] = [
        (Reserved::Held, "held"),
        (Reserved::Sold, "sold"),
        (Reserved::Released, "released"),
        (Reserved::Returned, "returned"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(its, _)| *its == self).map_or("released", |(_, name)| name)
    }
}

impl FromValue for Reserved {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        let ValueRef::Text(text) = value else { return None };
        Reserved::NAMES.iter().find(|(_, name)| *name == text).map(|(its, _)| *its)
    }
}

impl FromRow for Stock {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { id: row.get(0)?, store: row.get(1)?, on_hand: row.get(2)?, reserved: row.get(3)? })
    }
}

impl FromRow for Reservation {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let lines: Vec<(i64, i64)> = stored::read(&row.get::<String>(4)?)?;
        Ok(Self {
            id: row.get(0)?,
            subject: row.get(1)?,
            state: row.get(2)?,
            until: row.get(3)?,
            lines: lines.into_iter().map(|(stock, count)| (StockId::from_raw(stock), count)).collect(),
            at: row.get(5)?,
        })
    }
}
