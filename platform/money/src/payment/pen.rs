//! Writes down what a command does to a payment: its rows, what is posted, told and left to be done.

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Ctx, NewEvent, NewJob};
use serde::{Deserialize, Serialize};

use super::limits::{CODE_LETTERS_MAX, DETAIL_LETTERS_MAX, EXTERNAL_LETTERS_MAX, NEXT_LETTERS_MAX};
use super::model::{Attempt, AttemptId, Book, Did, Flow, PaymentId, Refund, RefundId};
use super::states::{AttemptState, PaymentState};
use crate::gateway::report::Report;
use crate::ledger::{Posting, What};

/// Sends, or asks about, one attempt.
pub const WORK: &str = "payment.work";
/// Ends what was not paid, or not captured, in time.
pub const EXPIRE: &str = "payment.expire";

pub const BEGUN: &str = "payment.begun";
pub const PENDING: &str = "payment.pending";
/// It takes longer, because the gateway is down: the payer is told.
pub const WAITING: &str = "payment.waiting";
pub const PARKED: &str = "payment.parked";
/// For an operator.
pub const DISPUTED: &str = "payment.disputed";
pub const AUTHORISED: &str = "payment.authorised";
pub const CAPTURED: &str = "payment.captured";
pub const CAPTURE_FAILED: &str = "payment.capture_failed";
pub const FAILED: &str = "payment.failed";
pub const CANCELLED: &str = "payment.cancelled";
pub const EXPIRED: &str = "payment.expired";
pub const REFUNDING: &str = "payment.refunding";
pub const REFUNDED: &str = "payment.refunded";
pub const REFUND_FAILED: &str = "payment.refund_failed";
pub const CHARGED_BACK: &str = "payment.charged_back";
/// Money came late or twice, and goes back by itself.
pub const SURPLUS: &str = "payment.surplus";
/// Nobody answers any more: for an operator.
pub const UNANSWERED: &str = "payment.unanswered";

/// What every event of a payment says. Its subject is the payment; `about` is what is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub about: i64,
    pub payer: Option<i64>,
    pub method: super::model::Method,
    pub currency: kernel::Currency,
    pub amount: i64,
    pub state: PaymentState,
    pub reason: Option<String>,
    pub captured: i64,
    pub refunded: i64,
    pub charged_back: i64,
    /// The refund that this is about, and its amount.
    pub refund: Option<RefundId>,
    pub part: Option<i64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Errand {
    pub payment: PaymentId,
    pub attempt: AttemptId,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct End {
    pub payment: PaymentId,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a step changes nothing until its decision is committed"]
pub struct Step {
    /// As it stood; `None` for a new payment.
    pub before: Option<Book>,
    pub after: Book,
    pub posts: Vec<Posting>,
    pub events: Vec<NewEvent>,
    pub jobs: Vec<NewJob>,
    pub did: Did,
}

pub(super) struct Pen<'a> {
    before: Option<Book>,
    pub(super) book: Book,
    pub(super) ctx: &'a Ctx<'a>,
    posts: Vec<Posting>,
    events: Vec<NewEvent>,
    jobs: Vec<NewJob>,
}

impl<'a> Pen<'a> {
    pub(super) fn new(book: Book, ctx: &'a Ctx<'a>) -> Self {
        Self { before: None, book, ctx, posts: Vec::new(), events: Vec::new(), jobs: Vec::new() }
    }

    pub(super) fn on(book: &Book, ctx: &'a Ctx<'a>) -> Self {
        Self { before: Some(book.clone()), ..Self::new(book.clone(), ctx) }
    }

    pub(super) fn done(self) -> Step {
        let did = match self.before.as_ref() == Some(&self.book) && self.posts.is_empty() {
            true => Did::AlreadyApplied,
            false => Did::Executed,
        };
        let Self { before, book: after, posts, events, jobs, .. } = self;
        Step { before, after, posts, events, jobs, did }
    }

    pub(super) fn post(&mut self, posting: Posting) {
        if posting.amount.is_positive() || matches!(posting.what, What::Release { .. }) {
            self.posts.push(posting);
        }
    }

    /// A step of the payment. What asks for one that does not exist is a bug, and changes nothing.
    pub(super) fn become_state(&mut self, state: PaymentState, reason: Option<&str>) {
        let payment = &mut self.book.payment;
        debug_assert!(payment.state.may_become(state), "{:?} never becomes {state:?}", payment.state);
        if !payment.state.may_become(state) {
            return;
        }
        payment.state = state;
        payment.reason = reason.map(|it| short(it, CODE_LETTERS_MAX));
        if state.is_final() || matches!(state, PaymentState::Authorised | PaymentState::Captured) {
            // Nothing is asked of the payer any more.
            payment.contact = None;
        }
    }

    pub(super) fn tell(&mut self, name: &'static str) {
        self.tell_of(name, None);
    }

    pub(super) fn tell_of(&mut self, name: &'static str, refund: Option<&Refund>) {
        let payment = &self.book.payment;
        let told = Told {
            about: payment.about,
            payer: payment.payer.map(|person| person.raw()),
            method: payment.method,
            currency: payment.amount.currency(),
            amount: payment.amount.minor(),
            state: payment.state,
            reason: payment.reason.clone(),
            captured: payment.captured,
            refunded: payment.refunded,
            charged_back: payment.charged_back,
            refund: refund.map(|refund| refund.id),
            part: refund.map(|refund| refund.amount),
        };
        self.events.push(NewEvent::new(name, payment.id, &told));
    }

    /// One more attempt, to be worked on when it is due.
    pub(super) fn queue(
        &mut self,
        flow: Flow,
        (of, gateway): (Option<AttemptId>, i64),
        refund: Option<RefundId>,
        amount: i64,
        due: Timestamp,
    ) {
        let id: AttemptId = self.ctx.fresh();
        self.book.attempts.push(Attempt {
            id,
            flow,
            of: of.unwrap_or(id),
            refund,
            gateway,
            amount,
            state: AttemptState::Queued,
            external: None,
            next: None,
            code: None,
            detail: None,
            fee: None,
            asked: 0,
            due,
            sent: None,
            at: self.ctx.now,
        });
        self.work(id, due);
    }

    pub(super) fn work(&mut self, attempt: AttemptId, due: Timestamp) {
        self.jobs.push(NewJob::new(WORK, due, &Errand { payment: self.book.payment.id, attempt }));
    }

    pub(super) fn end_at(&mut self, at: Timestamp) {
        self.book.payment.expires = at;
        self.jobs.push(NewJob::new(EXPIRE, at, &End { payment: self.book.payment.id }));
    }

    pub(super) fn later(&self, wait: SignedDuration) -> Timestamp {
        self.ctx.now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// What the gateway told besides the standing.
    pub(super) fn note(&mut self, place: usize, report: &Report) {
        let attempt = &mut self.book.attempts[place];
        // Said back to the gateway letter by letter. One in ten numbers of such a length passes for a card's,
        // and what was taken out of it nobody would find again.
        as_told(&mut attempt.external, &report.external, EXTERNAL_LETTERS_MAX);
        as_told(&mut attempt.next, &report.next, NEXT_LETTERS_MAX);
        keep(&mut attempt.code, &report.code, CODE_LETTERS_MAX);
        keep(&mut attempt.detail, &report.detail, DETAIL_LETTERS_MAX);
        let payment = &mut self.book.payment;
        keep(&mut payment.brand, &report.brand, CODE_LETTERS_MAX);
        let four = report.last4.as_ref().filter(|it| it.len() == 4 && it.bytes().all(|b| b.is_ascii_digit()));
        if let Some(four) = four {
            payment.last4 = Some(four.clone());
        }
    }

    pub(super) fn close(&mut self, place: usize, state: AttemptState, code: Option<&str>) {
        let attempt = &mut self.book.attempts[place];
        attempt.state = state;
        if let Some(code) = code {
            attempt.code = Some(short(code, CODE_LETTERS_MAX));
        }
    }

    /// Attempts that never left need not leave.
    pub(super) fn drop_queued(&mut self, flow: Flow, code: &str) {
        let queued = |it: &Attempt| it.flow == flow && it.state == AttemptState::Queued;
        for place in 0..self.book.attempts.len() {
            if queued(&self.book.attempts[place]) {
                self.close(place, AttemptState::Failed, Some(code));
            }
        }
    }
}

/// What is new takes the place of what was known; silence does not.
fn keep(known: &mut Option<String>, told: &Option<String>, letters: usize) {
    as_told(known, &told.as_deref().map(crate::gateway::card::scrub), letters);
}

fn as_told(known: &mut Option<String>, told: &Option<String>, letters: usize) {
    if let Some(told) = told {
        *known = Some(short(told, letters));
    }
}

pub(super) fn short(text: &str, letters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(letters).collect()
}
