//! What follows from what a gateway says, or does not say. Pure, and the same however often and in
//! whatever order it is heard.

use kernel::{Ctx, Money};

use super::decide::{authorise, end, given_back, take};
use super::limits;
use super::model::{AttemptId, Book, Flow, Funding, Refund};
use super::pace;
use super::pen::{self, Pen, Step};
use super::posts::{self, Leg};
use super::states::{AttemptState, PaymentState, RefundState};
use crate::gateway::advice::{Advice, advice};
use crate::gateway::report::{Report, Standing};

/// An attempt is about to leave for a gateway: written down first, because after a crash it may have
/// arrived.
pub fn leaves(book: &Book, id: AttemptId, gateway: i64, ctx: &Ctx<'_>) -> Step {
    let mut pen = Pen::on(book, ctx);
    let Some(place) = place_of(&pen, id) else { return pen.done() };
    if pen.book.attempts[place].state == AttemptState::Queued {
        let due = pen.later(limits::ASK_FIRST);
        let attempt = &mut pen.book.attempts[place];
        (attempt.state, attempt.gateway, attempt.due) = (AttemptState::Sent, gateway, due);
        attempt.sent = Some(ctx.now);
        attempt.asked = 0;
    }
    pen.done()
}

/// No gateway takes it now.
pub fn nobody_takes_it(book: &Book, id: AttemptId, ctx: &Ctx<'_>) -> Step {
    let mut pen = Pen::on(book, ctx);
    let Some(place) = place_of(&pen, id) else { return pen.done() };
    let attempt = &mut pen.book.attempts[place];
    attempt.asked += 1;
    let due = pace::retry_at(attempt.asked, ctx.now, id.raw());
    attempt.due = due;
    pen.work(id, due);
    tell_waiting(&mut pen);
    pen.done()
}

/// It may have arrived, and nobody knows what became of it.
pub fn unknown(book: &Book, id: AttemptId, detail: &str, ctx: &Ctx<'_>) -> Step {
    let mut pen = Pen::on(book, ctx);
    let Some(place) = place_of(&pen, id) else { return pen.done() };
    let attempt = &mut pen.book.attempts[place];
    if !attempt.state.is_open() {
        return pen.done();
    }
    attempt.detail = Some(pen::short(detail, limits::DETAIL_LETTERS_MAX));
    attempt.state = AttemptState::Unknown;
    park(&mut pen, place);
    ask_later(&mut pen, place);
    pen.done()
}

fn park(pen: &mut Pen<'_>, place: usize) {
    let state = pen.book.payment.state;
    let is_pay = pen.book.attempts[place].flow == Flow::Pay;
    if is_pay && matches!(state, PaymentState::Intent | PaymentState::Pending) {
        pen.become_state(PaymentState::Parked, Some("outcome_unknown"));
        pen.tell(pen::PARKED);
    }
}

/// What a gateway says of an attempt. `adapter` is its kind, for the table of what follows from a no.
pub fn hear(book: &Book, id: AttemptId, adapter: &str, report: &Report, ctx: &Ctx<'_>) -> Step {
    let mut pen = Pen::on(book, ctx);
    let Some(place) = place_of(&pen, id) else { return pen.done() };
    if pen.book.attempts[place].state == AttemptState::Queued {
        // It never left: whoever speaks of it means something else.
        return pen.done();
    }
    match (pen.book.attempts[place].flow, report.standing) {
        (_, Standing::Waiting) => waits(&mut pen, place, report),
        (_, Standing::NotFound | Standing::Declined | Standing::Voided) => {
            refused(&mut pen, place, adapter, report);
        }
        (Flow::Pay, _) => money(&mut pen, place, report),
        (_, Standing::Authorised) => waits(&mut pen, place, report),
        (_, Standing::Done | Standing::Reversed) => followed(&mut pen, place, report),
    }
    pen.done()
}

fn place_of(pen: &Pen<'_>, id: AttemptId) -> Option<usize> {
    pen.book.attempts.iter().position(|attempt| attempt.id == id)
}

fn waits(pen: &mut Pen<'_>, place: usize, report: &Report) {
    if !pen.book.attempts[place].state.is_open() {
        return;
    }
    pen.note(place, report);
    pen.book.attempts[place].state = AttemptState::Waiting;
    let state = pen.book.payment.state;
    let is_pay = pen.book.attempts[place].flow == Flow::Pay;
    if is_pay && matches!(state, PaymentState::Intent | PaymentState::Parked) {
        pen.become_state(PaymentState::Pending, None);
        pen.tell(pen::PENDING);
    }
    ask_later(pen, place);
}

/// The next time that somebody asks, if it is worth asking.
fn ask_later(pen: &mut Pen<'_>, place: usize) {
    let now = pen.ctx.now;
    let attempt = &mut pen.book.attempts[place];
    let sent = attempt.sent.unwrap_or(now);
    let (id, asked) = (attempt.id, attempt.asked);
    attempt.asked += 1;
    match pace::ask_at(asked, sent, now, id.raw()) {
        Some(due) => {
            attempt.due = due;
            pen.work(id, due);
        }
        None => {
            pen.close(place, AttemptState::Failed, Some("unanswered"));
            let flow = pen.book.attempts[place].flow;
            if flow == Flow::Pay && pen.book.payment.state.is_open() {
                pen.become_state(PaymentState::Failed, Some("unanswered"));
                pen.tell(pen::FAILED);
            }
            pen.tell(pen::UNANSWERED);
        }
    }
}

/// The gateway says that it holds, or has, the money of a payment.
fn money(pen: &mut Pen<'_>, place: usize, report: &Report) {
    let attempt = &pen.book.attempts[place];
    match (attempt.state, report.standing) {
        (AttemptState::Done, Standing::Reversed) => return charge_back(pen, place, report),
        (AttemptState::Done, _) | (AttemptState::Authorised, Standing::Authorised) => return,
        _ => {}
    }
    let is_ours = pen.book.payment.state.is_open()
        || (pen.book.payment.state == PaymentState::Authorised && attempt.state == AttemptState::Authorised);
    if !is_ours {
        return too_much(pen, place, report);
    }
    if let Some(fault) = differs(pen, place, report) {
        return dispute(pen, place, fault, report);
    }
    pen.note(place, report);
    if report.standing == Standing::Authorised {
        return authorise(pen, Some(place));
    }
    let amount = report.amount.map_or(pen.book.attempts[place].amount, Money::minor);
    take(pen, Some(place), amount);
    close_captures(pen);
    fee(pen, place, report);
    if report.standing == Standing::Reversed {
        charge_back(pen, place, report);
    }
}

/// What is wrong with what the gateway states. A part may be captured of what was reserved; nothing else
/// may be less or more than was asked.
fn differs(pen: &Pen<'_>, place: usize, report: &Report) -> Option<&'static str> {
    let (payment, attempt) = (&pen.book.payment, &pen.book.attempts[place]);
    if report.reference.as_ref().is_some_and(|it| *it != attempt.reference()) {
        return Some("reference_differs");
    }
    let amount = report.amount?;
    if amount.currency() != payment.amount.currency() {
        return Some("currency_differs");
    }
    let expected = match (attempt.state, report.standing) {
        (AttemptState::Authorised, Standing::Done | Standing::Reversed) => {
            let open = pen.book.open(Flow::Capture).map(|open| open.amount);
            open.unwrap_or(amount.minor().clamp(1, payment.authorised))
        }
        _ => attempt.amount,
    };
    (amount.minor() != expected).then_some("amount_differs")
}

/// Nothing is believed of it; it stays open to be asked again, and an operator is told.
fn dispute(pen: &mut Pen<'_>, place: usize, fault: &'static str, report: &Report) {
    let stated = report.amount.map_or_else(|| "nothing".to_owned(), |amount| amount.to_string());
    let attempt = &mut pen.book.attempts[place];
    attempt.detail = Some(format!("{fault}: the gateway states {stated}"));
    let state = pen.book.payment.state;
    let is_news = state != PaymentState::Disputed || pen.book.payment.reason.as_deref() != Some(fault);
    if state.is_open() {
        pen.book.attempts[place].state = AttemptState::Waiting;
        pen.become_state(PaymentState::Disputed, Some(fault));
        ask_later(pen, place);
    }
    if is_news {
        pen.tell(pen::DISPUTED);
    }
}

/// The payment was ended, or paid by another attempt: this money goes back.
fn too_much(pen: &mut Pen<'_>, place: usize, report: &Report) {
    pen.note(place, report);
    if report.standing == Standing::Authorised {
        pen.close(place, AttemptState::Authorised, Some("too_late"));
        let (id, gateway, amount) = facts(pen, place);
        return pen.queue(Flow::Void, (Some(id), gateway), None, amount, pen.ctx.now);
    }
    let (id, gateway, asked) = facts(pen, place);
    let amount = report.amount.unwrap_or(pen.book.payment.money(asked));
    pen.close(place, AttemptState::Done, Some("too_late"));
    if report.standing == Standing::Reversed {
        return;
    }
    if amount.currency() != pen.book.payment.amount.currency() {
        return pen.tell(pen::DISPUTED);
    }
    let attempt = pen.book.attempts[place].clone();
    pen.post(posts::surplus(&pen.book.payment, &attempt, amount.minor()));
    let refund = Refund {
        id: pen.ctx.fresh(),
        of: id,
        amount: amount.minor(),
        funding: Funding::Suspense,
        reason: "too_late".to_owned(),
        state: RefundState::Open,
        code: None,
        at: pen.ctx.now,
    };
    pen.book.refunds.push(refund.clone());
    let hold = posts::refund(&pen.book.payment, &refund, Some(&attempt), Leg::Asked);
    pen.post(hold);
    pen.queue(Flow::Refund, (Some(id), gateway), Some(refund.id), refund.amount, pen.ctx.now);
    pen.tell_of(pen::SURPLUS, Some(&refund));
}

fn facts(pen: &Pen<'_>, place: usize) -> (AttemptId, i64, i64) {
    let attempt = &pen.book.attempts[place];
    (attempt.id, attempt.gateway, attempt.amount)
}

fn charge_back(pen: &mut Pen<'_>, place: usize, report: &Report) {
    let is_own = pen.book.paid_by().is_some_and(|paid| paid.id == pen.book.attempts[place].id);
    if !is_own || pen.book.payment.state != PaymentState::Captured {
        return;
    }
    let payment = &mut pen.book.payment;
    let left = payment.refundable();
    let stated = report.amount.filter(|it| it.currency() == payment.amount.currency());
    payment.charged_back = stated.map_or(left, |it| it.minor().clamp(0, left));
    pen.become_state(PaymentState::ChargedBack, Some("charged_back"));
    let attempt = pen.book.attempts[place].clone();
    pen.post(posts::charged_back(&pen.book.payment, &attempt));
    pen.tell(pen::CHARGED_BACK);
}

/// The gateway did what else it was asked.
fn followed(pen: &mut Pen<'_>, place: usize, report: &Report) {
    if pen.book.attempts[place].state == AttemptState::Done {
        return;
    }
    let (flow, asked) = (pen.book.attempts[place].flow, pen.book.attempts[place].amount);
    let is_right = report.amount.is_none_or(|amount| amount == pen.book.payment.money(asked));
    if flow != Flow::Void && !is_right {
        pen.book.attempts[place].detail = report.amount.map(|it| format!("the gateway states {it}"));
        ask_later(pen, place);
        return pen.tell(pen::DISPUTED);
    }
    let refund = open_refund(pen, place);
    pen.note(place, report);
    pen.close(place, AttemptState::Done, None);
    fee(pen, place, report);
    match flow {
        Flow::Capture if pen.book.payment.state == PaymentState::Authorised => {
            let paid = pen.book.attempts[place].of;
            take(pen, place_of(pen, paid), asked);
        }
        Flow::Refund => {
            let Some(refund) = refund else { return };
            settle_refund(pen, &refund, Leg::Done);
            given_back(pen, &refund);
        }
        Flow::Pay | Flow::Capture | Flow::Void => {}
    }
}

fn open_refund(pen: &Pen<'_>, place: usize) -> Option<Refund> {
    let id = pen.book.attempts[place].refund?;
    pen.book.refund(id).filter(|refund| refund.state == RefundState::Open).cloned()
}

/// What was held for it is taken or let go.
fn settle_refund(pen: &mut Pen<'_>, refund: &Refund, leg: Leg) {
    if refund.funding != Funding::Suspense {
        pen.book.payment.refunding -= refund.amount;
    }
    let of = pen.book.attempt(refund.of).cloned();
    pen.post(posts::refund(&pen.book.payment, refund, of.as_ref(), leg));
}

fn close_captures(pen: &mut Pen<'_>) {
    for attempt in pen.book.attempts.iter_mut().filter(|it| it.flow == Flow::Capture && it.state.is_open()) {
        attempt.state = AttemptState::Done;
    }
}

fn fee(pen: &mut Pen<'_>, place: usize, report: &Report) {
    let Some(fee) = report.fee.filter(|fee| *fee > 0) else { return };
    if pen.book.attempts[place].fee.is_none() {
        pen.book.attempts[place].fee = Some(fee);
        let attempt = pen.book.attempts[place].clone();
        pen.post(posts::fee(&pen.book.payment, &attempt, fee));
    }
}

/// The gateway said no, or never heard of it.
fn refused(pen: &mut Pen<'_>, place: usize, adapter: &str, report: &Report) {
    let attempt = &pen.book.attempts[place];
    if report.standing == Standing::NotFound && attempt.state.is_open() {
        let sent = attempt.sent.unwrap_or(pen.ctx.now);
        if pen.ctx.now.duration_since(sent) < limits::UNHEARD_GRACE {
            // It may still be on its way there.
            pen.book.attempts[place].state = AttemptState::Unknown;
            park(pen, place);
            return ask_later(pen, place);
        }
    }
    let lapsed = attempt.flow == Flow::Pay && attempt.state == AttemptState::Authorised;
    if lapsed && report.standing != Standing::NotFound && pen.book.payment.state == PaymentState::Authorised {
        pen.note(place, report);
        end(pen, PaymentState::Cancelled, "released_by_gateway");
        // Nothing is left there to be let go.
        pen.drop_queued(Flow::Void, "released_by_gateway");
        pen.drop_queued(Flow::Capture, "released_by_gateway");
        pen.close(place, AttemptState::Failed, None);
        return pen.tell(pen::CANCELLED);
    }
    if !attempt.state.is_open() {
        return;
    }
    let code = match (report.standing, report.code.as_deref()) {
        (Standing::NotFound, _) => "not_found",
        (Standing::Voided, None) => "voided",
        (_, code) => code.unwrap_or("declined"),
    }
    .to_owned();
    pen.note(place, report);
    again(pen, place, adapter, &code);
}

/// The attempt is over; perhaps there is another.
fn again(pen: &mut Pen<'_>, place: usize, adapter: &str, code: &str) {
    pen.close(place, AttemptState::Failed, Some(code));
    let failed = pen.book.attempts[place].clone();
    let (advice, _) = advice(adapter, failed.flow, code);
    let before = |it: &&super::model::Attempt| it.flow == failed.flow && it.refund == failed.refund;
    let tries = pen.book.attempts.iter().filter(before).count();
    let (most, is_wanted) = match failed.flow {
        Flow::Pay => {
            let is_wanted = pen.book.payment.state.is_open() && pen.book.open_pay().is_none();
            (limits::PAY_ATTEMPTS_MAX, is_wanted)
        }
        Flow::Capture => (limits::FOLLOW_UP_ATTEMPTS_MAX, pen.book.payment.state == PaymentState::Authorised),
        Flow::Void => (limits::FOLLOW_UP_ATTEMPTS_MAX, true),
        Flow::Refund => (limits::FOLLOW_UP_ATTEMPTS_MAX, open_refund(pen, place).is_some()),
    };
    if !is_wanted {
        return;
    }
    let due = match advice {
        Advice::Fail => return give_up(pen, place, code),
        Advice::Retry if tries >= limits::AT_ONCE_MAX => return give_up(pen, place, code),
        _ if tries >= most => return give_up(pen, place, "gave_up"),
        Advice::Retry => pen.ctx.now,
        Advice::Requeue => pace::retry_at(tries as i64, pen.ctx.now, failed.id.raw()),
    };
    let of = if failed.flow == Flow::Pay { (None, 0) } else { (Some(failed.of), failed.gateway) };
    pen.queue(failed.flow, of, failed.refund, failed.amount, due);
    if failed.flow == Flow::Pay {
        if pen.book.payment.state != PaymentState::Intent {
            pen.become_state(PaymentState::Intent, Some(code));
        }
        if advice == Advice::Requeue {
            tell_waiting(pen);
        }
    }
}

fn give_up(pen: &mut Pen<'_>, place: usize, code: &str) {
    match pen.book.attempts[place].flow {
        Flow::Pay => {
            pen.become_state(PaymentState::Failed, Some(code));
            pen.tell(pen::FAILED);
        }
        Flow::Capture => pen.tell(pen::CAPTURE_FAILED),
        // The reservation lapses by itself.
        Flow::Void => pen.tell(pen::UNANSWERED),
        Flow::Refund => {
            let Some(refund) = open_refund(pen, place) else { return };
            settle_refund(pen, &refund, Leg::Failed);
            if let Some(row) = pen.book.refunds.iter_mut().find(|row| row.id == refund.id) {
                (row.state, row.code) = (RefundState::Failed, Some(code.to_owned()));
            }
            pen.tell_of(pen::REFUND_FAILED, Some(&refund));
        }
    }
}

/// Once for each payment.
fn tell_waiting(pen: &mut Pen<'_>) {
    if pen.book.payment.state.is_open() && !pen.book.payment.told_waiting {
        pen.book.payment.told_waiting = true;
        pen.tell(pen::WAITING);
    }
}
