//! What a payment is: the intent, what was tried, what was given back.

use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, id_kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::states::{AttemptState, PaymentState, RefundState};

id_kind!(
    /// Money asked of somebody for something.
    Pay = "pay",
    /// One try at one gateway; the key against repetition there.
    Try = "att",
    /// A part given back.
    Back = "rfd",
);

pub type PaymentId = Id<Pay>;
pub type AttemptId = Id<Try>;
pub type RefundId = Id<Back>;

/// How somebody pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// On a page of the gateway.
    Card,
    /// A prompt on the payer's phone.
    MobileMoney,
    /// To whoever brings it.
    Cash,
    /// From a balance that the market itself keeps.
    Wallet,
}

impl Method {
    pub const ALL: [(Method, &'static str); 4] = [
        (Method::Card, "card"),
        (Method::MobileMoney, "mobile_money"),
        (Method::Cash, "cash"),
        (Method::Wallet, "wallet"),
    ];

    /// Whether somebody outside moves the money.
    pub fn is_outside(self) -> bool {
        matches!(self, Method::Card | Method::MobileMoney)
    }
}

/// What is asked of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    Pay,
    Capture,
    Void,
    Refund,
}

impl Flow {
    pub const ALL: [(Flow, &'static str); 4] =
        [(Flow::Pay, "pay"), (Flow::Capture, "capture"), (Flow::Void, "void"), (Flow::Refund, "refund")];
}

/// Out of what a refund is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Funding {
    /// What was taken and not yet earned: nobody has been paid out of it.
    BuyerFunds,
    /// The market's own pocket, because the money was passed on already.
    Refunds,
    /// What should never have been taken: it came late or twice. Only this crate gives such money back.
    Suspense,
}

impl Funding {
    pub const ALL: [(Funding, &'static str); 3] = [
        (Funding::BuyerFunds, "buyer_funds"),
        (Funding::Refunds, "refunds"),
        (Funding::Suspense, "suspense"),
    ];
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    /// What is paid for, such as an order, by its id.
    pub about: i64,
    pub payer: Option<Id<Person>>,
    pub method: Method,
    pub amount: Money,
    pub state: PaymentState,
    /// Why it is as it is, where that needs saying: a code.
    pub reason: Option<String>,
    /// A provider's token for the means of payment; never a number.
    pub token: Option<String>,
    /// A phone number or an e-mail address, forgotten once nothing is asked of the payer any more.
    pub contact: Option<String>,
    /// What the payer reads on the gateway's page.
    pub note: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    /// In minor units, as are the others.
    pub authorised: i64,
    pub captured: i64,
    pub refunded: i64,
    /// On its way back.
    pub refunding: i64,
    pub charged_back: i64,
    /// Who took the cash.
    pub collected_by: Option<Id<Person>>,
    /// The payer was told that it takes longer.
    pub told_waiting: bool,
    /// Until when it must be paid, then until when it must be captured.
    pub expires: Timestamp,
    pub hold_s: i64,
    pub version: i64,
    pub at: Timestamp,
    pub changed: Timestamp,
}

impl Payment {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.amount.currency())
    }

    /// What may still be given back.
    pub fn refundable(&self) -> i64 {
        (self.captured - self.refunded - self.refunding - self.charged_back).max(0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub flow: Flow,
    /// The one whose money this is about; itself for `Flow::Pay`.
    pub of: AttemptId,
    pub refund: Option<RefundId>,
    /// 0 until it is sent.
    pub gateway: i64,
    pub amount: i64,
    pub state: AttemptState,
    /// The gateway's own reference.
    pub external: Option<String>,
    /// Where the payer goes on.
    pub next: Option<String>,
    pub code: Option<String>,
    pub detail: Option<String>,
    /// In minor units, as the gateway told it.
    pub fee: Option<i64>,
    /// How often its outcome was asked for.
    pub asked: i64,
    /// When something is to be done about it.
    pub due: Timestamp,
    /// When it was first sent.
    pub sent: Option<Timestamp>,
    pub at: Timestamp,
}

impl Attempt {
    /// By what name the gateway knows it: letters and digits alone, which every gateway takes.
    pub fn reference(&self) -> String {
        reference(self.id)
    }
}

pub fn reference(id: AttemptId) -> String {
    id.to_string().split_off(PREFIX_LETTERS)
}

/// The attempt that a gateway speaks of; `None` for what was never ours.
pub fn from_reference(text: &str) -> Option<AttemptId> {
    format!("att_{text}").parse().ok()
}

const PREFIX_LETTERS: usize = "att_".len();

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    /// The attempt whose money goes back.
    pub of: AttemptId,
    pub amount: i64,
    pub funding: Funding,
    pub reason: String,
    pub state: RefundState,
    pub code: Option<String>,
    pub at: Timestamp,
}

/// A payment with all that belongs to it: what a decision is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    pub payment: Payment,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
}

impl Book {
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }

    pub fn refund(&self, id: RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.id == id)
    }

    /// The attempt by which the money was reserved or taken.
    pub fn paid_by(&self) -> Option<&Attempt> {
        let good = |it: &&Attempt| it.flow == Flow::Pay && it.state.is_good();
        self.attempts.iter().find(good)
    }

    /// The attempt that is under way for the payment itself.
    pub fn open_pay(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|it| it.flow == Flow::Pay && it.state.is_open())
    }

    pub fn open(&self, flow: Flow) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|it| it.flow == flow && it.state.is_open())
    }
}

/// What an app asks to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// Made by the app, so that asking twice is asking once.
    pub id: PaymentId,
    pub about: i64,
    pub payer: Option<Id<Person>>,
    pub method: Method,
    pub amount: Money,
    pub token: Option<String>,
    pub contact: Option<String>,
    pub note: String,
    /// How long the payer has.
    pub expires_after: Option<kernel::jiff::SignedDuration>,
    /// How long reserved money waits to be captured.
    pub held_for: Option<kernel::jiff::SignedDuration>,
}

/// What an app, or a manager, gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// Made by whoever asks, so that asking twice is asking once.
    pub id: RefundId,
    pub amount: i64,
    pub reason: String,
    pub funding: Funding,
}

/// Whether a command did something or found it done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    Executed,
    AlreadyApplied,
}
