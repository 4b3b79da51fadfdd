use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, Provider};
use serde::Serialize;
use store::Event;

use crate::order::OrderId;
use crate::order::event::{self, Told};
use crate::order::model::Paid;
use crate::order::state::{Role, Status};
use crate::store::StoreId;

/// One thing that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it stands among the events of its market.
    pub pos: i64,
    pub what: What,
    pub order: OrderId,
    pub at: Timestamp,
    pub told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Placed,
    Assured,
    Moved,
    Rider,
    Stuck,
    Unserved,
    Earned,
    Refunded,
    /// Something is wrong with its money.
    Trouble,
}

impl What {
    fn named(event: &str) -> Option<Self> {
        Some(match event {
            event::PLACED => Self::Placed,
            event::ASSURED => Self::Assured,
            event::MOVED => Self::Moved,
            event::RIDER => Self::Rider,
            event::STUCK => Self::Stuck,
            event::UNSERVED => Self::Unserved,
            event::EARNED => Self::Earned,
            event::REFUNDED => Self::Refunded,
            event::TROUBLE => Self::Trouble,
            _ => return None,
        })
    }
}

impl Step {
    /// What an event tells, if it is about an order.
    pub fn of(event: &Event) -> Option<Self> {
        let what = What::named(&event.name)?;
        let (order, told) = event::about(event)?;
        Some(Self { pos: event.pos, what, order, at: event.at, told })
    }

    /// Whoever has it on board.
    pub fn bringing(&self) -> Option<Id<Person>> {
        self.told.rider.filter(|_| is_on_way(self.told.status))
    }
}

/// It has left the store and has not come to the door: then its buyer may see where it is.
pub fn is_on_way(status: Status) -> bool {
    matches!(status, Status::PickedUp | Status::InTransit)
}

/// What somebody follows in a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A buyer's own order.
    Order(OrderId),
    /// What a store has to do.
    Store(StoreId),
    /// All orders, for operators.
    All,
}

impl Topic {
    /// Everyone who may have to hear of a step.
    pub fn of(step: &Step) -> [Self; 3] {
        [Self::Order(step.order), Self::Store(step.told.store), Self::All]
    }

    pub fn hears(self, step: &Step) -> bool {
        match self {
            Self::Order(order) => {
                order == step.order && !matches!(step.what, What::Stuck | What::Unserved | What::Earned)
            }
            // What is not paid for is nobody's work yet.
            Self::Store(store) => {
                store == step.told.store && step.told.paid != Paid::Waiting && step.what != What::Earned
            }
            Self::All => true,
        }
    }
}

/// A step as it is sent.
#[derive(Debug, Clone, Serialize)]
pub struct StepView {
    pub order: OrderId,
    pub what: What,
    pub status: Status,
    pub before: Option<Status>,
    pub paid: Paid,
    pub by: Role,
    pub reason: Option<String>,
    pub rider: Option<Id<Person>>,
    pub total: Money,
    pub at: Timestamp,
    /// For operators: whose it is, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whose: Option<Whose>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Whose {
    pub store: StoreId,
    pub provider: Id<Provider>,
    pub from: Option<Point>,
}

impl StepView {
    pub fn of(step: &Step, topic: Topic) -> Self {
        let told = &step.told;
        let whose = || Whose {
            store: told.store,
            provider: told.provider,
            from: Point::from_e7(told.from.0, told.from.1).ok(),
        };
        Self {
            order: step.order,
            what: step.what,
            status: told.status,
            before: told.before,
            paid: told.paid,
            by: told.by,
            reason: told.reason.clone(),
            rider: told.rider,
            total: told.total,
            at: step.at,
            whose: (topic == Topic::All).then(whose),
        }
    }
}
