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
//! the same step twice is one posting; `about` is the payment.

use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Ctx, Currency, Decision, Money, Refusal};
use store::Market;

use super::model::{Attempt, Funding, Method, Payment, Refund};

/// Made by whoever asks; the same for the same cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostingId([u8; 16]);

impl PostingId {
    pub fn of(cause: i64, leg: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("iroko money 2026-11 id of a posting");
        hasher.update(&cause.to_be_bytes());
        hasher.update(leg.as_bytes());
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        Self(bytes)
    }

    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    pub code: &'static str,
    pub owner: i64,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Post,
    Hold { until: Option<Timestamp> },
    Take { hold: PostingId },
    Release { hold: PostingId },
    Reverse { of: PostingId },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub id: PostingId,
    pub debit: Account,
    pub credit: Account,
    pub amount: Money,
    pub what: What,
    pub about: i64,
    pub note: String,
}

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

fn account(payment: &Payment, code: &'static str, owner: i64) -> Account {
    Account { code, owner, currency: payment.amount.currency() }
}

fn gateway(payment: &Payment, attempt: &Attempt) -> Account {
    account(payment, "gateway", attempt.gateway)
}

fn buyer_funds(payment: &Payment) -> Account {
    account(payment, "buyer_funds", payment.about)
}

/// Where the payer's money comes from when nobody outside moves it.
fn inside(payment: &Payment) -> Account {
    match payment.method {
        Method::Cash => account(payment, "cash", payment.collected_by.map_or(0, |person| person.raw())),
        _ => account(payment, "wallet", payment.payer.map_or(0, |person| person.raw())),
    }
}

/// A posting before it has its id, amount and kind.
fn posting(
    payment: &Payment,
    (cause, leg): (i64, &str),
    (debit, credit): (Account, Account),
    minor: i64,
    what: What,
) -> Posting {
    let amount = payment.money(minor);
    Posting {
        id: PostingId::of(cause, leg),
        debit,
        credit,
        amount,
        what,
        about: payment.id.raw(),
        note: leg.to_owned(),
    }
}

/// The two sides of a payment's own money.
fn sides(payment: &Payment, attempt: Option<&Attempt>) -> (Account, Account) {
    let from = attempt.map_or_else(|| inside(payment), |attempt| gateway(payment, attempt));
    (from, buyer_funds(payment))
}

fn hold_of(payment: &Payment) -> PostingId {
    PostingId::of(payment.id.raw(), "hold")
}

/// `attempt` is the one outside that did it; `None` for the wallet.
pub fn authorised(payment: &Payment, attempt: Option<&Attempt>) -> Posting {
    let what = What::Hold { until: None };
    posting(payment, (payment.id.raw(), "hold"), sides(payment, attempt), payment.authorised, what)
}

/// `held` says whether it was reserved before.
pub fn captured(payment: &Payment, attempt: Option<&Attempt>, held: bool) -> Posting {
    let what = if held { What::Take { hold: hold_of(payment) } } else { What::Post };
    posting(payment, (payment.id.raw(), "capture"), sides(payment, attempt), payment.captured, what)
}

pub fn released(payment: &Payment, attempt: Option<&Attempt>) -> Posting {
    let what = What::Release { hold: hold_of(payment) };
    posting(payment, (payment.id.raw(), "release"), sides(payment, attempt), payment.authorised, what)
}

pub fn fee(payment: &Payment, attempt: &Attempt, minor: i64) -> Posting {
    let sides = (account(payment, "gateway_fees", 0), gateway(payment, attempt));
    posting(payment, (attempt.id.raw(), "fee"), sides, minor, What::Post)
}

pub fn charged_back(payment: &Payment, attempt: &Attempt) -> Posting {
    let sides = (account(payment, "refunds", 0), gateway(payment, attempt));
    posting(payment, (payment.id.raw(), "charge_back"), sides, payment.charged_back, What::Post)
}

/// What a gateway took although nothing was to be taken.
pub fn surplus(payment: &Payment, attempt: &Attempt, minor: i64) -> Posting {
    let sides = (gateway(payment, attempt), account(payment, "suspense", payment.id.raw()));
    posting(payment, (attempt.id.raw(), "surplus"), sides, minor, What::Post)
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
        Funding::Refunds => account(payment, "refunds", 0),
        Funding::Suspense => account(payment, "suspense", payment.id.raw()),
    };
    let to = of.map_or_else(|| inside(payment), |attempt| gateway(payment, attempt));
    let hold = PostingId::of(refund.id.raw(), "refund_hold");
    let (name, what) = match leg {
        Leg::Asked => ("refund_hold", What::Hold { until: None }),
        Leg::Done => ("refund", What::Take { hold }),
        Leg::Failed => ("refund_release", What::Release { hold }),
        Leg::AtOnce => ("refund", What::Post),
    };
    posting(payment, (refund.id.raw(), name), (from, to), refund.amount, what)
}
