use kernel::jiff::Timestamp;
use kernel::{Currency, Id, Money, Person, Provider};
use money::payment::model::RefundId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::order::OrderId;
use crate::order::state::Role;
use crate::stored;

kernel::id_kind!(
    /// What a buyer asks to have back.
    ClaimKind = "clm",
);

pub type ClaimId = Id<ClaimKind>;

/// What was wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Missing,
    WrongItem,
    Quality,
    Damaged,
    NeverCame,
    Late,
    Other,
}

/// Who bears what goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    Merchant,
    Platform,
    Rider,
}

impl Bearer {
    pub const ALL: [(Bearer, &'static str); 3] =
        [(Bearer::Merchant, "merchant"), (Bearer::Platform, "platform"), (Bearer::Rider, "rider")];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The merchant may say something to it.
    Requested,
    /// An operator decides.
    UnderReview,
    Approved,
    PartlyApproved,
    Rejected,
    /// What was approved has gone back.
    Paid,
}

impl State {
    pub const ALL: [State; 6] = [
        State::Requested,
        State::UnderReview,
        State::Approved,
        State::PartlyApproved,
        State::Rejected,
        State::Paid,
    ];

    pub fn is_decided(self) -> bool {
        !matches!(self, State::Requested | State::UnderReview)
    }

    /// Money is on its way, or waits to be.
    pub fn is_owing(self) -> bool {
        matches!(self, State::Approved | State::PartlyApproved)
    }
}

/// Whether the buyer took the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    None,
    Raised,
    /// Once, and for good.
    Decided,
}

impl Dispute {
    const ALL: [Dispute; 3] = [Dispute::None, Dispute::Raised, Dispute::Decided];
}

/// A line that something was wrong with; what it costs is the order's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which line of the order, from 0.
    #[schemars(range(min = 0, max = 199))]
    pub line: u16,
    #[schemars(range(min = 1, max = 999))]
    pub count: u32,
    pub reason: Reason,
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub note: Option<String>,
}

/// What an operator grants of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    #[schemars(range(min = 0, max = 199))]
    pub line: u16,
    #[schemars(range(min = 1, max = 999))]
    pub count: u32,
    /// This share of the price; all of it without.
    #[serde(default = "whole")]
    #[schemars(range(min = 1, max = 10_000))]
    pub share_bp: u32,
    /// As the settings say for the reason without.
    #[serde(default)]
    pub bearer: Option<Bearer>,
}

fn whole() -> u32 {
    crate::settings::WHOLE_BP
}

/// What a merchant says to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    pub accepts: bool,
    pub note: Option<String>,
}

/// What was decided, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub reason: Option<String>,
    pub lines: Vec<Granted>,
    /// At the prices of the order.
    pub goods: Money,
    /// What goes back to the buyer: to where it came from or into the wallet, and in coins.
    pub money: Money,
    pub coins: Money,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

/// What never changes, and what was said; kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub lines: Vec<Wanted>,
    /// What they cost at the prices of the order.
    pub asked: Money,
    pub answer: Option<Answer>,
    pub verdict: Option<Verdict>,
    pub disputed: Option<String>,
    /// The second word, and the last.
    pub last: Option<Verdict>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub id: ClaimId,
    pub order: OrderId,
    pub buyer: Id<Person>,
    pub provider: Id<Provider>,
    pub state: State,
    pub dispute: Dispute,
    pub at: Timestamp,
    /// Since when it is as it is.
    pub since: Timestamp,
    /// Until when the merchant may answer.
    pub answer_until: Timestamp,
    /// What brings it back, or has brought it, unless it is put into the wallet.
    pub refund: Option<RefundId>,
    /// It did not arrive: somebody has to see to it.
    pub failed: bool,
    pub tries: i64,
    pub version: i64,
    pub said: Said,
}

impl Claim {
    pub fn currency(&self) -> Currency {
        self.said.asked.currency()
    }

    /// What was decided last.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.said.last.as_ref().or(self.said.verdict.as_ref())
    }
}

/// All that claims have given back for one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub order: OrderId,
    /// Of each line, at the prices of the order and in minor units.
    pub lines: Vec<i64>,
    /// What the buyer had of it, in money and in coins.
    pub buyer: i64,
    pub money: i64,
    pub version: i64,
}

impl Returned {
    pub fn goods(&self) -> i64 {
        self.lines.iter().sum()
    }
}

/// A step in the life of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub version: i64,
    pub state: State,
    pub dispute: Dispute,
    pub role: Role,
    pub reason: Option<String>,
    pub at: Timestamp,
}

fn one_of<T: Copy>(all: &[T], number: i64) -> Result<T, StoreError> {
    let found = usize::try_from(number).ok().and_then(|it| all.get(it).copied());
    found.ok_or_else(|| StoreError::Bug(format!("claims know no {number}")))
}

impl FromRow for Claim {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            order: row.get(1)?,
            buyer: row.get(2)?,
            provider: row.get(3)?,
            state: one_of(&State::ALL, row.get(4)?)?,
            dispute: one_of(&Dispute::ALL, row.get(5)?)?,
            at: row.get(6)?,
            since: row.get(7)?,
            answer_until: row.get(8)?,
            refund: row.get(9)?,
            failed: row.get(10)?,
            tries: row.get(11)?,
            version: row.get(12)?,
            said: stored::read(&row.get::<String>(13)?)?,
        })
    }
}

impl FromRow for Returned {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            order: row.get(0)?,
            lines: stored::read(&row.get::<String>(1)?)?,
            buyer: row.get(2)?,
            money: row.get(3)?,
            version: row.get(4)?,
        })
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            version: row.get(0)?,
            state: one_of(&State::ALL, row.get(1)?)?,
            dispute: one_of(&Dispute::ALL, row.get(2)?)?,
            role: one_of(&Role::ALL, row.get(3)?)?,
            reason: row.get(4)?,
            at: row.get(5)?,
        })
    }
}
