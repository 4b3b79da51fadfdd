use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Id, Person, Provider};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Event;

use crate::limits;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whom {
    Buyer(Id<Person>),
    Rider(Id<Person>),
    /// All who work for a merchant.
    Staff(Id<Provider>),
    /// All who work for the market.
    Operators,
}

/// Why: each is a template, and has its words in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Assured,
    Accepted,
    Ready,
    OnWay,
    Delivered,
    NoRider,
    Cancelled,
    Refunded,
    PayWaiting,
    Unpaid,
    ShopNew,
    ShopCancelled,
    ShopStuck,
    Offered,
    Given,
    TakenBack,
    RideCancelled,
    Stuck,
    Unserved,
    Gateway,
    PayTrouble,
    OutageOrder,
    OutageRide,
}

impl Reason {
    pub const ALL: [(Reason, &'static str); 23] = [
        (Reason::Assured, "assured"),
        (Reason::Accepted, "accepted"),
        (Reason::Ready, "ready"),
        (Reason::OnWay, "on_way"),
        (Reason::Delivered, "delivered"),
        (Reason::NoRider, "no_rider"),
        (Reason::Cancelled, "cancelled"),
        (Reason::Refunded, "refunded"),
        (Reason::PayWaiting, "pay_waiting"),
        (Reason::Unpaid, "unpaid"),
        (Reason::ShopNew, "shop_new"),
        (Reason::ShopCancelled, "shop_cancelled"),
        (Reason::ShopStuck, "shop_stuck"),
        (Reason::Offered, "offered"),
        (Reason::Given, "given"),
        (Reason::TakenBack, "taken_back"),
        (Reason::RideCancelled, "ride_cancelled"),
        (Reason::Stuck, "stuck"),
        (Reason::Unserved, "unserved"),
        (Reason::Gateway, "gateway"),
        (Reason::PayTrouble, "pay_trouble"),
        (Reason::OutageOrder, "outage_order"),
        (Reason::OutageRide, "outage_ride"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(its, _)| *its == self).map_or("", |(_, name)| name)
    }

    /// Nobody sits and waits for it: it may come after a night's rest.
    pub fn may_wait(self) -> bool {
        self == Reason::Refunded
    }

    /// How long it is news.
    pub fn good_for(self) -> SignedDuration {
        if self.may_wait() { limits::NEWS_GOOD_FOR_LONG } else { limits::NEWS_GOOD_FOR }
    }

    /// What people choose about.
    pub fn topic(self, to: Whom) -> &'static str {
        match (self, to) {
            (Reason::OutageOrder | Reason::OutageRide, _) => "delivery.outages",
            (_, Whom::Buyer(_)) => "delivery.orders",
            (_, Whom::Rider(_)) => "delivery.rides",
            (_, Whom::Staff(_)) => "delivery.shop",
            (_, Whom::Operators) => "delivery.desk",
        }
    }

    /// How programs of the merchant or the market know it, where they hear of it.
    pub fn webhook(self) -> Option<&'static str> {
        match self {
            Reason::ShopNew => Some("delivery.order_new"),
            Reason::ShopCancelled => Some("delivery.order_cancelled"),
            Reason::Stuck => Some("delivery.order_stuck"),
            Reason::Unserved => Some("delivery.order_unserved"),
            Reason::Gateway => Some("delivery.payments_waiting"),
            Reason::PayTrouble => Some("delivery.payment_trouble"),
            _ => None,
        }
    }
}

/// One thing that somebody is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub to: Whom,
    pub reason: Reason,
    /// Of several with the same cause, each person is told one.
    pub cause: String,
    pub words: Map<String, Value>,
    /// Later nobody needs it.
    pub good_for: SignedDuration,
}

impl Note {
    pub fn new(to: Whom, reason: Reason, cause: String, words: Value) -> Self {
        let words = match words {
            Value::Object(words) => words,
            _ => Map::new(),
        };
        Self { to, reason, cause, words, good_for: reason.good_for() }
    }
}

/// An event, as a job keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    pub id: i64,
    pub name: String,
    pub subject: i64,
    pub at: Timestamp,
    pub actor: i64,
    pub body: String,
}

impl Happened {
    pub fn by(&self) -> Actor {
        Actor::from_raw(self.actor)
    }
}

impl From<&Event> for Happened {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id,
            name: event.name.clone(),
            subject: event.subject,
            at: event.at,
            actor: event.actor.to_raw(),
            body: event.body.clone(),
        }
    }
}
