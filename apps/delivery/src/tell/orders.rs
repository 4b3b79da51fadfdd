use dispatch::offer;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id, Person};
use money::payment::model::Method;
use serde_json::{Value, json};

use super::model::{Happened, Note, Reason, Whom};
use super::payments;
use super::veil::{ORDER, VEILED, Veil};
use crate::limits;
use crate::order::event::{self, Told};
use crate::order::model::Paid;
use crate::order::state::{Role, Status};
use crate::order::step::JOB_KIND;
use crate::order::{Order, OrderId};

/// What words depend on, besides an order.
pub struct By<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub market: Id<kernel::Market>,
    pub veil: &'a Veil,
}

const ORDERS: [&str; 6] =
    [event::ASSURED, event::MOVED, event::RIDER, event::STUCK, event::UNSERVED, event::REFUNDED];

pub fn wants(name: &str) -> bool {
    ORDERS.contains(&name) || name == offer::decide::OFFERED || payments::wants(name)
}

/// The order that an event is about, if it is about one.
pub fn order_of(event: &Happened) -> Option<OrderId> {
    match event.name.as_str() {
        offer::decide::OFFERED => {
            let told = offered_told(event).filter(|told| told.kind == JOB_KIND)?;
            Some(Id::from_raw(told.subject))
        }
        name if payments::wants(name) => payments::order_of(event),
        _ => Some(Id::from_raw(event.subject)),
    }
}

/// What is told of it. `order` is as it stands now, which may be later.
pub fn notes(event: &Happened, order: Option<&Order>, by: &By<'_>) -> Vec<Note> {
    if payments::wants(&event.name) {
        return payments::notes(event, order);
    }
    let Some(order) = order else { return Vec::new() };
    if event.name == offer::decide::OFFERED {
        return offered(event, order, by).into_iter().collect();
    }
    let Ok(told) = serde_json::from_str::<Told>(&event.body) else { return Vec::new() };
    let is_end = matches!(told.status, Status::Cancelled | Status::Delivered);
    if order.status == Status::Cancelled && !is_end {
        // It was overtaken: the news now is that there is no order.
        return Vec::new();
    }
    match event.name.as_str() {
        event::ASSURED => vec![
            to_buyer(order, Reason::Assured, json!({})),
            to_staff(event, order, Reason::ShopNew, json!({ "things": things(order) })),
        ],
        event::MOVED => moved(event, order, &told, by),
        event::RIDER => ridden(event, order, &told),
        event::STUCK => stuck(event, order, &told),
        event::UNSERVED => {
            let buyer = to_buyer(order, Reason::NoRider, json!({}));
            vec![buyer, to_operators(event, order, Reason::Unserved, json!({}))]
        }
        event::REFUNDED => {
            let amount = order.money(order.returned).to_string();
            vec![to_buyer(order, Reason::Refunded, json!({ "amount": amount }))]
        }
        _ => Vec::new(),
    }
}

fn moved(event: &Happened, order: &Order, told: &Told, by: &By<'_>) -> Vec<Note> {
    let with_pin = |reason, time: Option<Timestamp>| {
        let veiled = by.veil.cover(by.market, order.id, &order.pin).unwrap_or_default();
        let mut note = to_buyer(order, reason, json!({ "time": clock(time, by) }));
        note.words.insert(VEILED.into(), veiled.into());
        note
    };
    match told.status {
        Status::Confirmed => {
            let time = if order.is_fetched() { order.ready } else { order.due };
            let how = if order.is_fetched() { "fetched" } else { "brought" };
            vec![to_buyer(order, Reason::Accepted, json!({ "time": clock(time, by), "how": how }))]
        }
        Status::Ready if order.is_fetched() => vec![with_pin(Reason::Ready, order.ready)],
        Status::PickedUp => vec![with_pin(Reason::OnWay, order.due)],
        Status::Delivered => vec![to_buyer(order, Reason::Delivered, json!({}))],
        Status::Cancelled => cancelled(event, order, told),
        Status::Pending | Status::Preparing | Status::Ready | Status::InTransit => Vec::new(),
    }
}

fn cancelled(event: &Happened, order: &Order, told: &Told) -> Vec<Note> {
    let why = told.reason.as_deref().unwrap_or_default();
    if told.by == Role::System && why == "not_paid" {
        // The news of the payment says the same, and has the same cause.
        return vec![unpaid(order, "not_paid")];
    }
    let who = match (told.by, why) {
        (Role::System, "paid_too_late") => "too_late",
        (Role::System, _) => "system",
        (Role::Buyer, _) => "buyer",
        (Role::Merchant, _) => "merchant",
        (Role::Rider, _) | (Role::Operator, _) => "operator",
    };
    // Codes of our own are no words for people.
    let why = if told.by == Role::System { String::new() } else { short(why) };
    let words = |more: Value| {
        let mut words = json!({ "who": who, "why": why, "has_why": yes(!why.is_empty()) });
        merge(&mut words, more);
        words
    };
    let mut notes = vec![to_buyer(order, Reason::Cancelled, words(going_back(order)))];
    if told.by != Role::Merchant && told.paid != Paid::Waiting {
        notes.push(to_staff(event, order, Reason::ShopCancelled, words(json!({}))));
    }
    notes.extend(told.rider.map(|rider| to_rider(event, order, rider, Reason::RideCancelled)));
    notes
}

/// What a buyer who paid gets back, as the order stands when it is cancelled.
fn going_back(order: &Order) -> Value {
    let sources = &order.quote().sources;
    let was_paid =
        order.fixed.method.is_some_and(|method| method != Method::Cash) && order.paid != Paid::Waiting;
    let back = if was_paid { (sources.buyer.minor() - order.kept).max(0) } else { 0 };
    json!({
        "has_back": yes(back > 0), "back": order.money(back).to_string(),
        "has_kept": yes(order.kept > 0), "kept": order.money(order.kept).to_string(),
        "has_coins": yes(sources.coins.is_positive()), "coins": sources.coins.to_string(),
    })
}

/// By one cause, whoever says it first.
pub(super) fn unpaid(order: &Order, why: &str) -> Note {
    to_buyer(order, Reason::Unpaid, json!({ "why": why }))
}

/// Who accepts an offer knows it; who is given something, or has it taken away, is told.
fn ridden(event: &Happened, order: &Order, told: &Told) -> Vec<Note> {
    if told.rider == told.was {
        return Vec::new();
    }
    let is_other = |rider: &Id<Person>| event.by() != Actor::Person(*rider);
    let given = told.rider.filter(is_other).map(|rider| to_rider(event, order, rider, Reason::Given));
    let taken = told.was.filter(is_other).map(|rider| to_rider(event, order, rider, Reason::TakenBack));
    given.into_iter().chain(taken).collect()
}

fn stuck(event: &Happened, order: &Order, told: &Told) -> Vec<Note> {
    let status = told.status.name();
    let mut notes = vec![to_operators(event, order, Reason::Stuck, json!({ "status": status }))];
    let is_theirs = matches!(told.status, Status::Pending | Status::Confirmed | Status::Preparing);
    if is_theirs && told.paid != Paid::Waiting {
        notes.push(to_staff(event, order, Reason::ShopStuck, json!({ "status": status })));
    }
    notes
}

fn offered_told(event: &Happened) -> Option<offer::decide::JobTold> {
    serde_json::from_str(&event.body).ok()
}

/// What it pays and how far it is, as long as it can be answered; where the door is comes with the order.
fn offered(event: &Happened, order: &Order, by: &By<'_>) -> Option<Note> {
    let told = offered_told(event)?;
    let (rider, expires) = (told.worker?, told.expires?);
    if expires <= by.now || order.status.is_over() {
        return None;
    }
    let quote = order.quote();
    let km = format!("{}.{}", quote.distance_m / 1_000, quote.distance_m % 1_000 / 100);
    let words = json!({ "pay": quote.shares.rider.to_string(), "km": km });
    let mut note = to_rider(event, order, rider, Reason::Offered);
    merge_into(&mut note, words);
    note.good_for = expires.duration_since(by.now);
    Some(note)
}

/// An order reaches each step once, and so its buyer is told once.
pub(super) fn to_buyer(order: &Order, reason: Reason, words: Value) -> Note {
    let cause = format!("delivery:{}:{}", order.id, reason.name());
    about(order, Note::new(Whom::Buyer(order.buyer), reason, cause, words))
}

/// To others something may happen more than once: each event is told once.
fn to_staff(event: &Happened, order: &Order, reason: Reason, words: Value) -> Note {
    about(order, Note::new(Whom::Staff(order.provider), reason, of_event(event, reason), words))
}

fn to_rider(event: &Happened, order: &Order, rider: Id<Person>, reason: Reason) -> Note {
    about(order, Note::new(Whom::Rider(rider), reason, of_event(event, reason), json!({})))
}

pub(super) fn to_operators(event: &Happened, order: &Order, reason: Reason, words: Value) -> Note {
    about(order, Note::new(Whom::Operators, reason, of_event(event, reason), words))
}

pub(super) fn of_event(event: &Happened, reason: Reason) -> String {
    format!("delivery:{}:{}", event.id, reason.name())
}

/// What everybody who has to do with an order may know of it.
fn about(order: &Order, mut note: Note) -> Note {
    let total = order.quote().total.to_string();
    merge_into(&mut note, json!({ ORDER: order.id, "store": order.fixed.store_name, "total": total }));
    note
}

fn merge_into(note: &mut Note, more: Value) {
    if let Value::Object(more) = more {
        note.words.extend(more);
    }
}

fn merge(words: &mut Value, more: Value) {
    if let (Value::Object(words), Value::Object(more)) = (words, more) {
        words.extend(more);
    }
}

fn things(order: &Order) -> u32 {
    order.fixed.lines.iter().map(|line| line.count).fold(0, u32::saturating_add)
}

fn clock(time: Option<Timestamp>, by: &By<'_>) -> String {
    time.map(|time| time.to_zoned(by.zone.clone()).strftime("%H:%M").to_string()).unwrap_or_default()
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn short(text: &str) -> String {
    text.chars().take(limits::REASON_TOLD_CHARS_MAX).collect()
}
