use kernel::jiff::Timestamp;
use kernel::jiff::civil::Weekday;
use kernel::{Currency, Id, Money, Person, Provider, Refusal, id_kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decide::{Made, Passed};
use crate::ledger::Account;

id_kind!(
    /// What one owner is paid for one period.
    StatementOf = "stm",
    /// One making of statements.
    RunOf = "set"
);

pub type StatementId = Id<StatementOf>;
pub type RunId = Id<RunOf>;

/// Who is paid: each kind has its account in the ledger, and its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payee {
    Merchant,
    Rider,
}

impl Payee {
    pub const ALL: [(Payee, &'static str); 2] = [(Payee::Merchant, "merchant"), (Payee::Rider, "rider")];

    /// The kind of its account in the ledger's chart, and its name in rows.
    pub fn code(self) -> &'static str {
        match self {
            Payee::Merchant => "merchant",
            Payee::Rider => "rider",
        }
    }
}

/// One who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    pub payee: Payee,
    /// A provider or a person.
    pub number: i64,
}

impl Owner {
    pub fn merchant(provider: Id<Provider>) -> Self {
        Self { payee: Payee::Merchant, number: provider.raw() }
    }

    pub fn rider(person: Id<Person>) -> Self {
        Self { payee: Payee::Rider, number: person.raw() }
    }

    pub fn account(self) -> Account {
        Account::of(self.payee.code(), self.number)
    }

    pub(crate) fn reserve(self) -> Account {
        Account::of("reserve", self.number)
    }
}

/// What one cause added to what an owner is owed, as an app says it: captured less what is the platform's,
/// and less what was given back. What that comes to is what the app posts to the owner's account in the
/// same decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewItem<'a> {
    /// With the leg, what the item is known by: an order, a refund.
    pub cause: i64,
    pub leg: &'a str,
    pub owner: Owner,
    pub currency: Currency,
    pub sums: Sums,
}

/// In minor units. What lowers what is owed is above zero; what takes an earlier item back is below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub gross: i64,
    pub commission: i64,
    pub fee: i64,
    pub refund: i64,
    /// The tax within commission and fee; it is part of them.
    pub tax: i64,
}

impl Sums {
    /// What is owed. `None` when no account could hold it.
    pub fn net(&self) -> Option<i64> {
        self.gross.checked_sub(self.commission)?.checked_sub(self.fee)?.checked_sub(self.refund)
    }
}

/// How a market pays one kind of owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The day on which a period begins; every day if none is said.
    pub weekday: Option<Weekday>,
    pub terms: Terms,
    /// Nought where the market laid down nothing.
    pub version: i64,
}

/// A run keeps to those with which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What is owed below this waits, in minor units.
    pub minimum: i64,
    /// Kept back of what is owed, in hundredths of a percent, and for how many days.
    pub reserve_bp: i64,
    pub reserve_days: i64,
}

impl Default for Policy {
    fn default() -> Self {
        let terms = Terms { minimum: 10_000, reserve_bp: 0, reserve_days: 0 };
        Self { weekday: Some(Weekday::Monday), terms, version: 0 }
    }
}

/// All statements of one kind of owner for what was earned before a moment. There is one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub payee: Payee,
    pub cut: Timestamp,
    pub terms: Terms,
    pub is_done: bool,
    /// The last owner that was looked at.
    pub after: Place,
    pub statements: i64,
    pub items: i64,
    /// Owners that wait for the next run.
    pub carried: i64,
    pub version: i64,
    pub at: Timestamp,
    pub changed: Timestamp,
}

impl Run {
    pub(crate) fn begun(id: RunId, payee: Payee, cut: Timestamp, terms: Terms, now: Timestamp) -> Self {
        let after = Place { owner: i64::MIN, currency: String::new() };
        let (is_done, statements, items, carried) = (false, 0, 0, 0);
        Self {
            id,
            payee,
            cut,
            terms,
            is_done,
            after,
            statements,
            items,
            carried,
            version: 1,
            at: now,
            changed: now,
        }
    }

    /// As its row is once a batch is written.
    pub(crate) fn passed(self, made: &[Made], passed: Passed, now: Timestamp) -> Self {
        Self {
            is_done: passed.is_last,
            after: passed.to,
            statements: self.statements + made.len() as i64,
            items: self.items + made.iter().map(|one| one.statement.items).sum::<i64>(),
            carried: self.carried + passed.carried,
            version: self.version + 1,
            changed: now,
            ..self
        }
    }
}

/// Owners are gone through in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub owner: i64,
    pub currency: String,
}

/// What one owner is paid in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub id: StatementId,
    pub run: RunId,
    pub owner: Owner,
    pub currency: Currency,
    /// When the first of its items was earned.
    pub begins: Timestamp,
    pub cut: Timestamp,
    pub items: i64,
    pub sums: Sums,
    /// Kept back of it, and of earlier ones no longer.
    pub kept: i64,
    pub released: i64,
    pub payable: i64,
    pub reserve_until: Option<Timestamp>,
    pub state: StatementState,
    /// How often a transfer was made for it.
    pub tries: i64,
    pub at: Timestamp,
}

impl Statement {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementState {
    /// In no pay-out, or back from one.
    Owed,
    /// In a pay-out that the bank does not have yet.
    Listed,
    Sent,
    Paid,
}

impl StatementState {
    pub const ALL: [(StatementState, &'static str); 4] = [
        (StatementState::Owed, "owed"),
        (StatementState::Listed, "listed"),
        (StatementState::Sent, "sent"),
        (StatementState::Paid, "paid"),
    ];
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub cause: i64,
    pub leg: String,
    pub sums: Sums,
    pub earned: Timestamp,
}

/// Sums of all that one owner is owed, or of what is due of what was kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub place: Place,
    pub items: i64,
    pub sums: Sums,
    pub begins: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub place: Place,
    pub statements: i64,
    pub amount: i64,
}

pub(crate) fn too_large() -> Refusal {
    Refusal::conflict("amount_too_large", "The amounts are larger than any account may hold.")
}
