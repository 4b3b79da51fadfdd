//! What each step of a payment posts to the ledger. This page is the one table of it.
//!
//! ```text
//! step                           debit                   credit                  how
//! authorised, outside            gateway:G               buyer_funds:about       Hold
//! authorised, wallet             wallet:payer            buyer_funds:about       Hold
//! captured after a hold          (as held)               (as held)               Take of what is captured
//! captured at once, outside      gateway:G               buyer_funds:about       Post
//! captured, cash                 cash:who took it        buyer_funds:about       Post
//! cancelled or expired, held     (as held)               (as held)               Release
//! the gateway's fee              gateway_fees:0          gateway:G               Post
//! refund asked for, outside      buyer_funds | refunds   gateway:G               Hold
//! refund done                    (as held)               (as held)               Take
//! refund failed                  (as held)               (as held)               Release
//! refund of wallet or cash       buyer_funds | refunds   wallet:payer | cash:…   Post
//! charged back                   refunds:0               gateway:G               Post
//! money that came late or twice  gateway:G               suspense:payment        Post
//! … and went back                suspense:payment        gateway:G               Hold, then Take or Release
//! ```
//!
//! Taking less than was held frees the rest. Every posting has an id derived from what it is for, so that
//! the same step twice is one posting.

use futures_util::future::BoxFuture;
use kernel::{Ctx, Decision, Refusal};
use store::Market;

use super::model::{Attempt, Funding, Method, Payment, Refund};
use crate::ledger::{Account, Posting, PostingId};

/// Where postings go: the one seam between payments and the ledger.
pub trait Ledger: Send + Sync + 'static {
    /// Loads what the postings need and decides them; the decision is committed with the payment's own.
    fn post<'a>(
        &'a self,
        market: &'a Market,
        postings: Vec<Posting>,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>>;
}

fn gateway(attempt: &Attempt) -> Account {
    Account::of("gateway", attempt.gateway)
}

fn buyer_funds(payment: &Payment) -> Account {
    Account::of("buyer_funds", payment.about)
}

fn suspense(payment: &Payment) -> Account {
    Account::of("suspense", payment.id)
}

/// Where the payer's money comes from when nobody outside moves it.
fn inside(payment: &Payment) -> Account {
    match payment.method {
        Method::Cash => Account::of("cash", payment.collected_by.map_or(0, |person| person.raw())),
        _ => Account::of("wallet", payment.payer.map_or(0, |person| person.raw())),
    }
}

/// A posting before it has its kind.
fn posting(
    payment: &Payment,
    (cause, leg): (i64, &'static str),
    (debit, credit): (Account, Account),
    minor: i64,
) -> Posting {
    Posting::new(PostingId::of(cause, leg), debit, credit, payment.money(minor), leg)
}

/// The two sides of a payment's own money.
fn sides(payment: &Payment, attempt: Option<&Attempt>) -> (Account, Account) {
    (attempt.map_or_else(|| inside(payment), gateway), buyer_funds(payment))
}

fn hold_of(payment: &Payment) -> PostingId {
    PostingId::of(payment.id, "hold")
}

/// `attempt` is the one outside that did it; `None` for the wallet.
pub fn authorised(payment: &Payment, attempt: Option<&Attempt>) -> Posting {
    posting(payment, (payment.id.raw(), "hold"), sides(payment, attempt), payment.authorised).held(None)
}

/// `held` says whether it was reserved before.
pub fn captured(payment: &Payment, attempt: Option<&Attempt>, held: bool) -> Posting {
    let posting = posting(payment, (payment.id.raw(), "capture"), sides(payment, attempt), payment.captured);
    if held { posting.taking(hold_of(payment)) } else { posting }
}

pub fn released(payment: &Payment, attempt: Option<&Attempt>) -> Posting {
    posting(payment, (payment.id.raw(), "release"), sides(payment, attempt), 0).releasing(hold_of(payment))
}

pub fn fee(payment: &Payment, attempt: &Attempt, minor: i64) -> Posting {
    let sides = (Account::own("gateway_fees"), gateway(attempt));
    posting(payment, (attempt.id.raw(), "fee"), sides, minor)
}

pub fn charged_back(payment: &Payment, attempt: &Attempt) -> Posting {
    let sides = (Account::own("refunds"), gateway(attempt));
    posting(payment, (payment.id.raw(), "charge_back"), sides, payment.charged_back)
}

/// What a gateway took although nothing was to be taken.
pub fn surplus(payment: &Payment, attempt: &Attempt, minor: i64) -> Posting {
    posting(payment, (attempt.id.raw(), "surplus"), (gateway(attempt), suspense(payment)), minor)
}

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    Asked,
    Done,
    Failed,
    /// Nobody outside is asked.
    AtOnce,
}

/// `of` is the attempt whose money goes back; `None` for wallet and cash.
pub fn refund(payment: &Payment, refund: &Refund, of: Option<&Attempt>, leg: Leg) -> Posting {
    let from = match refund.funding {
        Funding::BuyerFunds => buyer_funds(payment),
        Funding::Refunds => Account::own("refunds"),
        Funding::Suspense => suspense(payment),
    };
    let sides = (from, of.map_or_else(|| inside(payment), gateway));
    let hold = PostingId::of(refund.id, "refund_hold");
    let posting = |name| posting(payment, (refund.id.raw(), name), sides, refund.amount);
    match leg {
        Leg::Asked => posting("refund_hold").held(None),
        Leg::Done => posting("refund").taking(hold),
        Leg::Failed => posting("refund_release").releasing(hold),
        Leg::AtOnce => posting("refund"),
    }
}
