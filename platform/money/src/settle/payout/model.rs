use kernel::jiff::Timestamp;
use kernel::{Actor, Currency, Id, Money, id_kind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::settle::model::{Owner, Payee, StatementId};

id_kind!(
    /// Transfers that go to the bank together.
    PayoutOf = "pyo"
);

pub type PayoutId = Id<PayoutOf>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    Made,
    /// By another person than the one who made it.
    Approved,
    /// The bank has it.
    Sent,
    /// Given up before the bank had it.
    Withdrawn,
    /// The bank says that it is done, but for what came back.
    Paid,
}

impl PayoutState {
    pub const ALL: [(PayoutState, &'static str); 5] = [
        (PayoutState::Made, "made"),
        (PayoutState::Approved, "approved"),
        (PayoutState::Sent, "sent"),
        (PayoutState::Withdrawn, "withdrawn"),
        (PayoutState::Paid, "paid"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    Listed,
    Sent,
    Paid,
    Returned,
    Withdrawn,
}

impl TransferState {
    pub const ALL: [(TransferState, &'static str); 5] = [
        (TransferState::Listed, "listed"),
        (TransferState::Sent, "sent"),
        (TransferState::Paid, "paid"),
        (TransferState::Returned, "returned"),
        (TransferState::Withdrawn, "withdrawn"),
    ];
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    pub payee: Payee,
    pub currency: Currency,
    pub state: PayoutState,
    pub transfers: i64,
    pub total: i64,
    pub made_by: Actor,
    pub approved_by: Option<Actor>,
    pub version: i64,
    pub at: Timestamp,
    pub changed: Timestamp,
}

impl Payout {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// The account that one is paid to. Its number is sealed; only the end of it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub holder: String,
    pub bank: String,
    pub number: Vec<u8>,
    pub last4: String,
}

/// To where one statement is paid, as it was when the pay-out was made: who approves it approves that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub statement: StatementId,
    pub owner: Owner,
    /// Says which statement, and at which attempt: the bank sees a file that is sent twice.
    pub reference: String,
    pub amount: i64,
    pub to: Account,
    pub state: TransferState,
    pub reason: Option<String>,
}

/// A statement that may be paid: it is owed, and it is known to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    pub statement: StatementId,
    pub owner: Owner,
    pub amount: i64,
    /// How often it was tried before.
    pub tries: i64,
    pub to: Account,
}

impl Payable {
    pub fn listed(self) -> Transfer {
        Transfer {
            reference: reference(self.statement, self.tries + 1),
            statement: self.statement,
            owner: self.owner,
            amount: self.amount,
            to: self.to,
            state: TransferState::Listed,
            reason: None,
        }
    }
}

/// Letters and digits, and few of them: what banks take.
pub fn reference(statement: StatementId, tried: i64) -> String {
    let text = statement.to_string().to_uppercase();
    format!("{}{tried:02}", text.replace('_', ""))
}
