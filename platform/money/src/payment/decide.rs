//! What apps and managers do to a payment. What gateways say is in `hear.rs`.

use kernel::text::{self, Lines};
use kernel::{Ctx, Fault, Id, Person, Refusal};

use super::limits;
use super::model::{Book, Flow, Funding, Method, NewPayment, NewRefund, Payment, Refund};
use super::pen::{self, Pen, Step};
use super::posts::{self, Leg};
use super::states::{AttemptState, PaymentState, RefundState};
use crate::gateway::card;

/// A new payment; `known` is what is there under its id.
pub fn begin(known: Option<&Book>, new: &NewPayment, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    if let Some(book) = known {
        return same(book, new, ctx);
    }
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let book = Book { payment: fresh(new, ctx), attempts: Vec::new(), refunds: Vec::new() };
    let mut pen = Pen::new(book, ctx);
    pen.tell(pen::BEGUN);
    if new.method.is_outside() {
        let wait = new.expires_after.unwrap_or(limits::EXPIRES_AFTER).min(limits::EXPIRES_AFTER_MAX);
        pen.end_at(pen.later(wait));
        pen.queue(Flow::Pay, (None, 0), None, new.amount.minor(), ctx.now);
    } else {
        authorise(&mut pen, None);
    }
    Ok(pen.done())
}

/// The same payment asked for twice is one.
fn same(book: &Book, new: &NewPayment, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    let known = &book.payment;
    let is_same = (known.about, known.payer, known.method, known.amount)
        == (new.about, new.payer, new.method, new.amount);
    match is_same {
        true => Ok(Pen::on(book, ctx).done()),
        false => Err(Refusal::conflict("payment_id_taken", "Another payment has this id.")),
    }
}

fn fresh(new: &NewPayment, ctx: &Ctx<'_>) -> Payment {
    let held_for = new.held_for.unwrap_or(limits::HELD_FOR).min(limits::EXPIRES_AFTER_MAX);
    Payment {
        id: new.id,
        about: new.about,
        payer: new.payer,
        method: new.method,
        amount: new.amount,
        state: PaymentState::Intent,
        reason: None,
        token: new.token.clone(),
        contact: new.contact.clone(),
        note: new.note.clone(),
        brand: None,
        last4: None,
        authorised: 0,
        captured: 0,
        refunded: 0,
        refunding: 0,
        charged_back: 0,
        collected_by: None,
        told_waiting: false,
        expires: ctx.now,
        hold_s: held_for.as_secs(),
        version: 1,
        at: ctx.now,
        changed: ctx.now,
    }
}

fn faults(new: &NewPayment) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !(1..=limits::AMOUNT_MAX).contains(&new.amount.minor()) {
        faults.push(Fault::new(
            "/amount",
            "out_of_range",
            "An amount is above zero, and not absurdly large.",
        ));
    }
    if new.method == Method::Wallet && new.payer.is_none() {
        faults.push(Fault::new("/payer", "missing", "Only somebody who signed in has a wallet."));
    }
    let texts = [
        ("/token", new.token.as_deref(), limits::TOKEN_LETTERS_MAX),
        ("/contact", new.contact.as_deref(), limits::CONTACT_LETTERS_MAX),
        ("/note", Some(new.note.as_str()), limits::NOTE_LETTERS_MAX),
    ];
    for (field, value, letters) in texts {
        faults.extend(value.and_then(|value| bad_text(field, value, letters)));
    }
    faults
}

/// Too long, not to be shown, or the number of a card.
fn bad_text(field: &str, value: &str, letters: usize) -> Option<Fault> {
    if value.chars().count() > letters {
        return Some(Fault::new(field, "too_long", format!("At most {letters} letters.")));
    }
    if card::looks_like_card(value) {
        let message =
            "This looks like the number of a card. Send the provider's token; numbers are not taken.";
        return Some(Fault::new(field, "card_number", message));
    }
    text::fault(field, value, Lines::One)
}

/// Reserved: `place` is the attempt outside that did it.
pub(super) fn authorise(pen: &mut Pen<'_>, place: Option<usize>) {
    let payment = &mut pen.book.payment;
    payment.authorised = payment.amount.minor();
    let hold = kernel::jiff::SignedDuration::from_secs(payment.hold_s);
    pen.become_state(PaymentState::Authorised, None);
    if let Some(place) = place {
        pen.close(place, AttemptState::Authorised, None);
    }
    // Cash is reserved nowhere: nothing lapses.
    if pen.book.payment.method != Method::Cash {
        let attempt = place.map(|place| &pen.book.attempts[place]);
        pen.post(posts::authorised(&pen.book.payment, attempt));
        pen.end_at(pen.later(hold));
    }
    pen.tell(pen::AUTHORISED);
}

/// Taken, whether or not it was reserved before.
pub(super) fn take(pen: &mut Pen<'_>, place: Option<usize>, amount: i64) {
    let held = pen.book.payment.state == PaymentState::Authorised && pen.book.payment.method != Method::Cash;
    pen.book.payment.captured = amount;
    pen.become_state(PaymentState::Captured, None);
    if let Some(place) = place {
        pen.close(place, AttemptState::Done, None);
    }
    let attempt = place.map(|place| &pen.book.attempts[place]);
    pen.post(posts::captured(&pen.book.payment, attempt, held));
    pen.drop_queued(Flow::Pay, "superseded");
    pen.tell(pen::CAPTURED);
}

/// Takes what is reserved, or a part of it; the rest is free again. Cash names who took it.
pub fn capture(
    book: &Book,
    amount: Option<i64>,
    collected_by: Option<Id<Person>>,
    ctx: &Ctx<'_>,
) -> Result<Step, Refusal> {
    let payment = &book.payment;
    let mut pen = Pen::on(book, ctx);
    match payment.state {
        PaymentState::Captured | PaymentState::Refunded | PaymentState::ChargedBack => {
            return match amount.is_none_or(|amount| amount == payment.captured) {
                true => Ok(pen.done()),
                false => Err(Refusal::conflict("captured_already", "Another amount was captured already.")),
            };
        }
        PaymentState::Authorised => {}
        state if state.is_open() => {
            return Err(Refusal::conflict(
                "not_authorised",
                "Nothing is reserved yet that could be captured.",
            ));
        }
        _ => return Err(Refusal::conflict("payment_over", "This payment was ended without money.")),
    }
    let amount = amount.unwrap_or(payment.authorised);
    if !(1..=payment.authorised).contains(&amount) {
        return Err(Refusal::conflict("capture_exceeds", "No more can be captured than is reserved."));
    }
    match payment.method {
        Method::Cash => {
            let missing =
                || Refusal::invalid(vec![Fault::new("/collected_by", "missing", "Say who took it.")]);
            pen.book.payment.collected_by = Some(collected_by.ok_or_else(missing)?);
            take(&mut pen, None, amount);
        }
        Method::Wallet => take(&mut pen, None, amount),
        Method::Card | Method::MobileMoney => {
            if let Some(open) = book.open(Flow::Capture) {
                return match open.amount == amount {
                    true => Ok(pen.done()),
                    false => Err(Refusal::conflict("capture_under_way", "Another amount is being captured.")),
                };
            }
            let paid = book.paid_by().map(|paid| (Some(paid.id), paid.gateway));
            pen.queue(Flow::Capture, paid.unwrap_or((None, 0)), None, amount, ctx.now);
        }
    }
    Ok(pen.done())
}

/// Ends what is not captured yet. What still comes from a gateway goes back by itself.
pub fn cancel(book: &Book, reason: &str, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    let mut pen = Pen::on(book, ctx);
    match book.payment.state {
        PaymentState::Cancelled | PaymentState::Expired | PaymentState::Failed => Ok(pen.done()),
        PaymentState::Captured | PaymentState::Refunded | PaymentState::ChargedBack => {
            Err(Refusal::conflict("captured_already", "It was captured: give it back with a refund."))
        }
        PaymentState::Authorised if book.open(Flow::Capture).is_some() => {
            Err(Refusal::conflict("capture_under_way", "It is being captured. Give it back with a refund."))
        }
        _ => {
            end(&mut pen, PaymentState::Cancelled, reason);
            pen.tell(pen::CANCELLED);
            Ok(pen.done())
        }
    }
}

/// Ended without money: what is reserved is let go, what never left stays, what left is asked about.
pub(super) fn end(pen: &mut Pen<'_>, state: PaymentState, reason: &str) {
    let held = pen.book.payment.state == PaymentState::Authorised && pen.book.payment.method != Method::Cash;
    let paid = pen.book.paid_by().cloned();
    pen.drop_queued(Flow::Pay, state.name());
    if held {
        pen.post(posts::released(&pen.book.payment, paid.as_ref()));
    }
    if let Some(paid) = paid.filter(|it| it.state == AttemptState::Authorised) {
        pen.queue(Flow::Void, (Some(paid.id), paid.gateway), None, paid.amount, pen.ctx.now);
    }
    if pen.book.payment.state == PaymentState::Disputed {
        // What the gateway took goes back as soon as it says so again.
        let open: Vec<_> = pen.book.attempts.iter().filter(|it| it.state.is_open()).map(|it| it.id).collect();
        open.into_iter().for_each(|id| pen.work(id, pen.ctx.now));
        let now = pen.ctx.now;
        pen.book.attempts.iter_mut().filter(|it| it.state.is_open()).for_each(|it| it.due = now);
    }
    pen.become_state(state, Some(reason));
}

/// Gives a part back.
pub fn refund(book: &Book, new: &NewRefund, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    let mut pen = Pen::on(book, ctx);
    if let Some(known) = book.refund(new.id) {
        return match (known.amount, known.funding) == (new.amount, new.funding) {
            true => Ok(pen.done()),
            false => Err(Refusal::conflict("refund_id_taken", "Another refund has this id.")),
        };
    }
    let mut faults: Vec<Fault> =
        bad_text("/reason", &new.reason, limits::REASON_LETTERS_MAX).into_iter().collect();
    if new.amount < 1 {
        faults.push(Fault::new("/amount", "out_of_range", "An amount is above zero."));
    }
    if new.funding == Funding::Suspense {
        faults.push(Fault::new(
            "/funding",
            "not_offered",
            "Only money that came in error goes back this way.",
        ));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if new.amount > book.payment.refundable() {
        let left = book.payment.money(book.payment.refundable());
        let message = format!("More than was captured and is not given back yet: {left}.");
        return Err(Refusal::conflict("refund_exceeds", message));
    }
    if book.refunds.len() >= limits::REFUNDS_MAX {
        return Err(Refusal::conflict("too_many_refunds", "This payment was given back in too many parts."));
    }
    give_back(&mut pen, new);
    Ok(pen.done())
}

fn give_back(pen: &mut Pen<'_>, new: &NewRefund) {
    let outside = pen.book.paid_by().cloned();
    let refund = Refund {
        id: new.id,
        of: outside.as_ref().map_or(kernel::Id::from_raw(0), |paid| paid.id),
        amount: new.amount,
        funding: new.funding,
        reason: new.reason.clone(),
        state: RefundState::Open,
        code: None,
        at: pen.ctx.now,
    };
    pen.book.refunds.push(refund.clone());
    match outside {
        Some(paid) => {
            pen.book.payment.refunding += new.amount;
            pen.post(posts::refund(&pen.book.payment, &refund, Some(&paid), Leg::Asked));
            let of = (Some(paid.id), paid.gateway);
            pen.queue(Flow::Refund, of, Some(refund.id), refund.amount, pen.ctx.now);
            pen.tell_of(pen::REFUNDING, Some(&refund));
        }
        None => {
            pen.post(posts::refund(&pen.book.payment, &refund, None, Leg::AtOnce));
            given_back(pen, &refund);
        }
    }
}

/// It has arrived where it came from.
pub(super) fn given_back(pen: &mut Pen<'_>, refund: &Refund) {
    if let Some(row) = pen.book.refunds.iter_mut().find(|row| row.id == refund.id) {
        row.state = RefundState::Done;
    }
    let payment = &mut pen.book.payment;
    if refund.funding != Funding::Suspense {
        payment.refunded += refund.amount;
        if payment.refunded == payment.captured && payment.state == PaymentState::Captured {
            pen.become_state(PaymentState::Refunded, None);
        }
    }
    pen.tell_of(pen::REFUNDED, Some(refund));
}

/// The time is over, if it is.
pub fn expire(book: &Book, ctx: &Ctx<'_>) -> Step {
    let mut pen = Pen::on(book, ctx);
    let payment = &book.payment;
    if !payment.state.is_open() && payment.state != PaymentState::Authorised {
        return pen.done();
    }
    let is_being_captured = payment.state == PaymentState::Authorised && book.open(Flow::Capture).is_some();
    if ctx.now < payment.expires {
        pen.end_at(payment.expires);
    } else if is_being_captured {
        pen.end_at(pen.later(limits::ASK_LAST));
    } else {
        end(&mut pen, PaymentState::Expired, "not_in_time");
        pen.tell(pen::EXPIRED);
    }
    pen.done()
}
