//! What follows from the event of a payment: the buyer hears that it takes longer, or that it came to
//! nothing; operators hear of a way of paying that nobody takes, and of what a person is to look at.

use kernel::{Id, Money};
use money::payment::model::Method;
use money::payment::pen::{self, Told};
use serde_json::json;

use super::model::{Happened, Note, Reason, Whom};
use super::orders::{of_event, to_buyer, unpaid};
use crate::limits;
use crate::order::model::Paid;
use crate::order::state::Status;
use crate::order::{Order, OrderId};

const LATER: [&str; 2] = [pen::WAITING, pen::PARKED];
const LOST: [&str; 2] = [pen::FAILED, pen::EXPIRED];
const TROUBLES: [&str; 5] =
    [pen::CAPTURE_FAILED, pen::REFUND_FAILED, pen::DISPUTED, pen::UNANSWERED, pen::CHARGED_BACK];

pub fn wants(name: &str) -> bool {
    LATER.iter().chain(&LOST).chain(&TROUBLES).any(|its| *its == name)
}

fn told(event: &Happened) -> Option<Told> {
    serde_json::from_str(&event.body).ok()
}

/// What is paid for need not be an order.
pub fn order_of(event: &Happened) -> Option<OrderId> {
    told(event).map(|told| Id::from_raw(told.about))
}

pub fn notes(event: &Happened, order: Option<&Order>) -> Vec<Note> {
    let Some(told) = told(event) else { return Vec::new() };
    let mut notes = Vec::new();
    let name = event.name.as_str();
    if name == pen::WAITING {
        notes.push(gateway(event, &told));
    }
    if TROUBLES.contains(&name) {
        notes.push(trouble(event, &told));
    }
    let Some(order) = order else { return notes };
    // News that were overtaken are none any more.
    let is_waited_for = order.status == Status::Pending && order.paid == Paid::Waiting;
    if LATER.contains(&name) && is_waited_for {
        notes.push(to_buyer(order, Reason::PayWaiting, json!({})));
    }
    // What is under way already was paid for; how it goes on is an operator's business.
    let is_lost = matches!(order.status, Status::Pending | Status::Cancelled);
    if LOST.contains(&name) && is_lost {
        notes.push(unpaid(order, if name == pen::EXPIRED { "expired" } else { "failed" }));
    }
    notes
}

/// Once for each way of paying and hour, however many payments wait.
fn gateway(event: &Happened, told: &Told) -> Note {
    let slot = event.at.as_second().div_euclid(limits::GATEWAY_TOLD_EVERY.as_secs());
    let method = name(told.method);
    let cause = format!("delivery:gateway:{method}:{slot}");
    Note::new(Whom::Operators, Reason::Gateway, cause, json!({ "method": method }))
}

fn trouble(event: &Happened, told: &Told) -> Note {
    let what = event.name.trim_start_matches("payment.");
    let amount = Money::new(told.amount, told.currency).to_string();
    let payment: money::payment::model::PaymentId = Id::from_raw(event.subject);
    let words = json!({ "what": what, "payment": payment, "amount": amount });
    Note::new(Whom::Operators, Reason::PayTrouble, of_event(event, Reason::PayTrouble), words)
}

fn name(method: Method) -> &'static str {
    Method::ALL.iter().find(|(its, _)| *its == method).map_or("", |(_, name)| name)
}
