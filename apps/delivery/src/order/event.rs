//! What is told of an order.

use kernel::{Id, NewEvent, Person, Provider};
use serde::{Deserialize, Serialize};

use super::model::{Order, OrderId, Paid};
use super::state::{Role, Status};
use crate::store::StoreId;

pub const PLACED: &str = "order.placed";
/// The money is certain: the merchant is asked.
pub const ASSURED: &str = "order.assured";
pub const MOVED: &str = "order.moved";
/// Somebody brings it, or somebody else.
pub const RIDER: &str = "order.rider";
/// It has not moved on for too long.
pub const STUCK: &str = "order.stuck";
/// Nobody was found to bring it.
pub const UNSERVED: &str = "order.unserved";
/// What came in was divided among those who earned it.
pub const EARNED: &str = "order.earned";
pub const REFUNDED: &str = "order.refunded";
/// Something is wrong with its money, and a person is to see to it; the reason says what.
pub const TROUBLE: &str = "order.trouble";

/// What every event of an order says: how it stands, and how it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub buyer: Id<Person>,
    pub store: StoreId,
    pub provider: Id<Provider>,
    pub rider: Option<Id<Person>>,
    /// Who brought it before.
    #[serde(default)]
    pub was: Option<Id<Person>>,
    pub status: Status,
    pub before: Option<Status>,
    pub paid: Paid,
    pub by: Role,
    pub reason: Option<String>,
    pub total: kernel::Money,
    /// Where the store is, as latitude and longitude in ten-millionths of a degree.
    pub from: (i32, i32),
    /// When it was placed, in microseconds.
    pub placed: i64,
}

pub fn of(name: &'static str, before: Option<&Order>, after: &Order, by: Role) -> NewEvent {
    let told = Told {
        buyer: after.buyer,
        store: after.store,
        provider: after.provider,
        rider: after.rider,
        was: before.and_then(|order| order.rider),
        status: after.status,
        before: before.map(|order| order.status),
        paid: after.paid,
        by,
        reason: after.reason.clone(),
        total: after.quote().total,
        from: (after.fixed.from.lat_e7(), after.fixed.from.long_e7()),
        placed: after.at.as_microsecond(),
    };
    NewEvent::new(name, after.id, &told)
}

pub fn about(event: &store::Event) -> Option<(OrderId, Told)> {
    let told = serde_json::from_str(&event.body).ok()?;
    Some((event.subject(), told))
}
