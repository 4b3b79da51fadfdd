use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, Refusal};
use media::PictureView;
use money::payment::model::{Method, PaymentId};
use schemars::JsonSchema;
use serde::Serialize;
use web::Call;

use super::super::model::{Entry, Line, Order, OrderId, Paid};
use super::super::state::{Role, Status};
use crate::fee::model::{Mode, Quote};
use crate::photos;
use crate::store::StoreId;

/// An order as somebody sees it. What is not theirs to know is left out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderView {
    pub id: OrderId,
    pub store: StoreId,
    pub store_name: String,
    pub status: Status,
    pub mode: Mode,
    pub lines: Vec<Line>,
    pub note: Option<String>,
    pub total: Money,
    pub paid: Paid,
    pub method: Option<Method>,
    /// For buyers and operators.
    pub payment: Option<PaymentId>,
    pub quote: Option<Quote>,
    /// What the buyer says at the door; nobody else sees it.
    pub pin: Option<String>,
    pub rider: Option<Id<Person>>,
    pub from: Point,
    pub to: Option<Point>,
    pub address: Option<String>,
    pub contact: Option<String>,
    /// Cash that whoever brings it takes.
    pub to_collect: Option<Money>,
    /// What whoever brings it gets for it.
    pub pay: Option<Money>,
    /// The picture taken at the door, for buyers and operators, as soon as it has been looked at.
    pub proof: Option<PictureView>,
    pub reason: Option<String>,
    /// What a cancelled order kept of the buyer's money.
    pub kept: Option<Money>,
    pub stuck: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub placed_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ready_at: Option<Timestamp>,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub due_at: Option<Timestamp>,
    pub version: i64,
}

impl OrderView {
    /// What everybody sees who has to do with it.
    fn common(order: &Order) -> Self {
        let fixed = &order.fixed;
        Self {
            id: order.id,
            store: order.store,
            store_name: fixed.store_name.clone(),
            status: order.status,
            mode: fixed.quote.mode,
            lines: fixed.lines.clone(),
            note: fixed.note.clone(),
            total: fixed.quote.total,
            paid: order.paid,
            method: fixed.method,
            payment: None,
            quote: None,
            pin: None,
            rider: order.rider,
            from: fixed.from,
            to: None,
            address: None,
            contact: None,
            to_collect: None,
            pay: None,
            proof: None,
            reason: order.reason.clone(),
            kept: None,
            stuck: false,
            placed_at: order.at,
            since: order.since,
            ready_at: order.ready,
            due_at: order.due,
            version: order.version,
        }
    }

    fn with_door(self, order: &Order) -> Self {
        let fixed = &order.fixed;
        Self { to: fixed.to, address: fixed.address.clone(), contact: fixed.contact.clone(), ..self }
    }

    pub fn for_buyer(order: &Order) -> Self {
        let kept = (order.kept > 0).then(|| order.money(order.kept));
        let pin = (!order.status.is_over()).then(|| order.pin.clone());
        let (quote, payment) = (Some(order.fixed.quote.clone()), order.payment);
        Self { quote, payment, pin, kept, ..Self::common(order).with_door(order) }
    }

    /// With the picture that was taken at the door.
    pub async fn proven(self, call: &Call, order: &Order) -> Result<Self, Refusal> {
        if order.proof.is_none() {
            return Ok(self);
        }
        let proof = photos::shown(call, photos::PROOFS, &[order.id.raw()]).await?.remove(&order.id.raw());
        Ok(Self { proof, ..self })
    }

    pub fn for_merchant(order: &Order) -> Self {
        Self::common(order)
    }

    /// Where the door is they know until it is brought.
    pub fn for_rider(order: &Order) -> Self {
        let is_cash = order.fixed.method == Some(Method::Cash);
        let to_collect = is_cash.then_some(order.fixed.quote.sources.buyer);
        let view = Self { to_collect, pay: Some(order.fixed.quote.shares.rider), ..Self::common(order) };
        if order.status.is_over() { view } else { view.with_door(order) }
    }

    pub fn for_operator(order: &Order) -> Self {
        Self { pin: None, stuck: order.stuck, ..Self::for_buyer(order) }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntryView {
    pub status: Status,
    pub by: Role,
    pub reason: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self { status: entry.status, by: entry.role, reason: entry.reason, at: entry.at }
    }
}
