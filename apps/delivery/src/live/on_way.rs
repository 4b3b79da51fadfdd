//! Who brings which of the followed orders.

use std::collections::HashMap;

use kernel::jiff::Timestamp;
use kernel::{Id, Person};

use super::limits;
use crate::order::OrderId;

#[derive(Debug, Default)]
pub struct OnWay {
    /// Of each order of which it is known: who has it on board.
    orders: HashMap<OrderId, Option<Id<Person>>>,
    riders: HashMap<Id<Person>, Rider>,
}

#[derive(Debug, Default)]
struct Rider {
    orders: Vec<OrderId>,
    /// When their place was last passed on.
    told: Option<Timestamp>,
}

impl OnWay {
    /// What a row says: it may be older than a step that has come in meanwhile, and holds only without one.
    pub fn suppose(&mut self, order: OrderId, rider: Option<Id<Person>>) {
        if !self.orders.contains_key(&order) {
            self.set(order, rider);
        }
    }

    pub fn set(&mut self, order: OrderId, rider: Option<Id<Person>>) {
        let before = self.orders.insert(order, rider).flatten();
        if before == rider {
            return;
        }
        self.leave(order, before);
        if let Some(rider) = rider {
            self.riders.entry(rider).or_default().orders.push(order);
        }
    }

    pub fn forget(&mut self, order: OrderId) {
        let before = self.orders.remove(&order).flatten();
        self.leave(order, before);
    }

    fn leave(&mut self, order: OrderId, rider: Option<Id<Person>>) {
        let Some(rider) = rider else { return };
        if let Some(its) = self.riders.get_mut(&rider) {
            its.orders.retain(|other| *other != order);
            if its.orders.is_empty() {
                self.riders.remove(&rider);
            }
        }
    }

    /// The orders whose followers are to learn where somebody is now; none too soon after the last time.
    pub fn due(&mut self, rider: Id<Person>, now: Timestamp) -> &[OrderId] {
        let Some(its) = self.riders.get_mut(&rider) else { return &[] };
        if its.told.is_some_and(|told| now.duration_since(told) < limits::RIDER_EVERY) {
            return &[];
        }
        its.told = Some(now);
        &its.orders
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.riders.is_empty()
    }
}
