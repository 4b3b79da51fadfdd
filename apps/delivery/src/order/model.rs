use dispatch::offer::JobId;
use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Currency, Id, Money, Person, Provider};
use money::payment::model::{Method, PaymentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use super::state::{Role, Status};
use crate::fee::model::{Mode, Quote, QuoteId};
use crate::product::ProductId;
use crate::product::stock::ReservationId;
use crate::store::StoreId;

kernel::id_kind!(
    /// What somebody bought.
    OrderKind = "ord",
);

pub type OrderId = Id<OrderKind>;

/// Whether the money for an order is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// The buyer, or a gateway, has something to do.
    Waiting,
    /// Reserved or taken; or it will be given to whoever brings it.
    Assured,
    /// Taken.
    Taken,
    /// It came to nothing, or went back.
    Over,
}

impl Paid {
    const ALL: [Paid; 4] = [Paid::Waiting, Paid::Assured, Paid::Taken, Paid::Over];
}

/// One line as it was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub product: ProductId,
    pub name: String,
    /// What was chosen, for people to read.
    pub options: Vec<String>,
    pub count: u32,
    /// One, with what was chosen, tax included.
    pub each: Money,
}

/// What never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fixed {
    pub quote_id: QuoteId,
    pub quote: Quote,
    pub lines: Vec<Line>,
    pub store_name: String,
    pub from: Point,
    pub to: Option<Point>,
    pub address: Option<String>,
    /// The buyer's telephone, for the rider.
    pub contact: Option<String>,
    pub note: Option<String>,
    pub method: Option<Method>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: OrderId,
    pub buyer: Id<Person>,
    pub store: StoreId,
    pub provider: Id<Provider>,
    pub status: Status,
    pub paid: Paid,
    pub payment: Option<PaymentId>,
    pub reservation: Option<ReservationId>,
    pub job: Option<JobId>,
    pub rider: Option<Id<Person>>,
    pub at: Timestamp,
    /// When it came to be as it is.
    pub since: Timestamp,
    pub ready: Option<Timestamp>,
    pub due: Option<Timestamp>,
    /// What the buyer says at the door.
    pub pin: String,
    /// The picture taken at the door.
    pub proof: Option<String>,
    pub reason: Option<String>,
    /// What a cancelled order keeps of the buyer's money, in minor units.
    pub kept: i64,
    /// What went back to the buyer, in minor units.
    pub returned: i64,
    /// What came in has been divided among those who earned it.
    pub earned: bool,
    /// Somebody was told that it does not move on.
    pub stuck: bool,
    pub version: i64,
    pub fixed: Fixed,
}

impl Order {
    pub fn quote(&self) -> &Quote {
        &self.fixed.quote
    }

    pub fn currency(&self) -> Currency {
        self.fixed.quote.total.currency()
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency())
    }

    pub fn is_fetched(&self) -> bool {
        self.fixed.quote.mode == Mode::Pickup
    }
}

/// A step in the life of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub version: i64,
    pub status: Status,
    pub role: Role,
    pub reason: Option<String>,
    pub at: Timestamp,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            version: row.get(0)?,
            status: status(row.get(1)?)?,
            role: Role::from_number(row.get(2)?).ok_or_else(|| bug("role"))?,
            reason: row.get(3)?,
            at: row.get(4)?,
        })
    }
}

fn status(number: i64) -> Result<Status, StoreError> {
    Status::from_number(number).ok_or_else(|| bug("status of an order"))
}

fn bug(what: &str) -> StoreError {
    StoreError::Bug(format!("an unknown {what}"))
}

impl FromRow for Order {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let paid: i64 = row.get(5)?;
        let fixed = serde_json::from_str(&row.get::<String>(22)?)
            .map_err(|error| StoreError::Bug(format!("a kept order: {error}")))?;
        Ok(Self {
            id: row.get(0)?,
            buyer: row.get(1)?,
            store: row.get(2)?,
            provider: row.get(3)?,
            status: status(row.get(4)?)?,
            paid: usize::try_from(paid)
                .ok()
                .and_then(|it| Paid::ALL.get(it).copied())
                .ok_or_else(|| bug("standing"))?,
            payment: row.get(6)?,
            reservation: row.get(7)?,
            job: row.get(8)?,
            rider: row.get(9)?,
            at: row.get(10)?,
            since: row.get(11)?,
            ready: row.get(12)?,
            due: row.get(13)?,
            pin: row.get(14)?,
            proof: row.get(15)?,
            reason: row.get(16)?,
            kept: row.get(17)?,
            returned: row.get(18)?,
            earned: row.get(19)?,
            stuck: row.get(20)?,
            version: row.get(21)?,
            fixed,
        })
    }
}
