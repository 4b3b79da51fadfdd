use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kernel::jiff::Timestamp;
use kernel::{Currency, Money, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use store::{FromValue, ValueRef};

/// An account by what it is for and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// A kind of the market's chart.
    pub code: Cow<'static, str>,
    /// Whose: a provider, a person, an order; nought is the market itself.
    pub owner: i64,
}

impl Account {
    /// The market's own.
    pub const fn own(code: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), owner: 0 }
    }

    pub fn of(code: &'static str, owner: impl Into<i64>) -> Self {
        Self { code: Cow::Borrowed(code), owner: owner.into() }
    }

    /// Derived, so that an account can be named before it is opened. One per currency.
    pub fn id(&self, currency: Currency) -> AccountId {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.code.as_bytes()).update(&[0]);
        hasher.update(&self.owner.to_be_bytes()).update(currency.code().as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        AccountId(i64::from_be_bytes(first) & i64::MAX)
    }
}

/// An account of one currency, as rows know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub i64);

impl From<AccountId> for Value {
    fn from(id: AccountId) -> Self {
        Value::Int(id.0)
    }
}

impl FromValue for AccountId {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

/// Made by whoever asks, so that asking again is safe. Any UUID will do; one that begins with the time,
/// as version 7 does, keeps postings together that were made together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostingId([u8; 16]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a posting is a UUID other than nought: 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct NoPostingId;

impl PostingId {
    /// The same cause and leg give the same id. The cause stands first, so that all postings of one cause
    /// stand side by side.
    pub fn of(cause: impl Into<i64>, leg: &str) -> Self {
        let cause = cause.into().to_be_bytes();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&cause).update(leg.as_bytes());
        Self::joined(cause, &hasher)
    }

    /// That of what takes a posting back: there is only one, so nothing is taken back twice.
    pub fn reversal(self) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(b"reversal");
        Self::joined(first, &hasher)
    }

    /// That of the end which a hold finds by itself.
    pub(crate) fn expiry(self) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(b"expiry");
        Self::joined(first, &hasher)
    }

    fn joined(first: [u8; 8], rest: &blake3::Hasher) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&first);
        bytes[8..].copy_from_slice(&rest.finalize().as_bytes()[..8]);
        Self(bytes)
    }

    /// The first and the last that a cause can have.
    pub fn range_of(cause: impl Into<i64>) -> (Self, Self) {
        let cause = cause.into().to_be_bytes();
        let with = |rest: [u8; 8]| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&cause);
            bytes[8..].copy_from_slice(&rest);
            Self(bytes)
        };
        (with([0; 8]), with([u8::MAX; 8]))
    }

    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// As two numbers, in the same order.
    pub(crate) fn halves(self) -> [i64; 2] {
        let number = u128::from_be_bytes(self.0);
        [(number >> 64) as i64, number as i64]
    }

    pub(crate) fn from_halves([high, low]: [i64; 2]) -> Self {
        Self((u128::from(high as u64) << 64 | u128::from(low as u64)).to_be_bytes())
    }
}

impl fmt::Display for PostingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PostingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PostingId {
    type Err = NoPostingId;

    fn from_str(text: &str) -> Result<Self, NoPostingId> {
        let mut digits = text.bytes();
        let mut bytes = [0; 16];
        for (place, byte) in bytes.iter_mut().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) && digits.next() != Some(b'-') {
                return Err(NoPostingId);
            }
            for _ in 0..2 {
                let digit = digits.next().and_then(|it| char::from(it).to_digit(16)).ok_or(NoPostingId)?;
                *byte = *byte << 4 | digit as u8;
            }
        }
        if digits.next().is_some() || bytes == [0; 16] { Err(NoPostingId) } else { Ok(Self(bytes)) }
    }
}

impl Serialize for PostingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PostingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for PostingId {
    fn schema_name() -> Cow<'static, str> {
        "PostingId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        })
    }
}

impl From<PostingId> for Value {
    fn from(id: PostingId) -> Self {
        Value::Bytes(id.0.to_vec())
    }
}

impl FromValue for PostingId {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Bytes(bytes) => bytes.try_into().ok().map(Self),
            _ => None,
        }
    }
}

/// What a posting does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Moves the amount, now and for good.
    Post,
    /// Sets the amount aside, until somebody takes it or lets it go, or until a time.
    Hold { until: Option<Timestamp> },
    /// Moves as much of what is held; the rest is free again. A hold ends with it.
    Take { hold: PostingId },
    /// Lets go of what is held.
    Release { hold: PostingId },
    /// Moves back what another posting moved.
    Reverse { of: PostingId },
}

/// A wish to move an amount from one account to another: from where it is credited to where it is debited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub id: PostingId,
    pub debit: Account,
    pub credit: Account,
    /// Above zero, but where a hold is let go: there it is nought.
    pub amount: Money,
    pub what: What,
    /// For the statement of account; a short line.
    pub note: Cow<'static, str>,
}

impl Posting {
    pub fn new(
        id: PostingId,
        debit: Account,
        credit: Account,
        amount: Money,
        note: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { id, debit, credit, amount, what: What::Post, note: note.into() }
    }

    pub fn held(self, until: Option<Timestamp>) -> Self {
        Self { what: What::Hold { until }, ..self }
    }

    pub fn taking(self, hold: PostingId) -> Self {
        Self { what: What::Take { hold }, ..self }
    }

    pub fn releasing(self, hold: PostingId) -> Self {
        Self { amount: Money::zero(self.amount.currency()), what: What::Release { hold }, ..self }
    }

    /// What takes this one back.
    pub fn reversed(&self, note: impl Into<Cow<'static, str>>) -> Self {
        Self {
            id: self.id.reversal(),
            debit: self.credit.clone(),
            credit: self.debit.clone(),
            amount: self.amount,
            what: What::Reverse { of: self.id },
            note: note.into(),
        }
    }

    pub(crate) fn debit_id(&self) -> AccountId {
        self.debit.id(self.amount.currency())
    }

    pub(crate) fn credit_id(&self) -> AccountId {
        self.credit.id(self.amount.currency())
    }

    /// What it speaks of, besides its accounts.
    pub(crate) fn speaks_of(&self) -> Option<PostingId> {
        match self.what {
            What::Post | What::Hold { .. } => None,
            What::Take { hold } | What::Release { hold } => Some(hold),
            What::Reverse { of } => Some(of),
        }
    }
}
