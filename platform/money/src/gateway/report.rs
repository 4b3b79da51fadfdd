//! What a gateway says, in the words of this house.

use kernel::Money;

/// How the money stands at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It never heard of it.
    NotFound,
    /// The payer, or the gateway, has something to do.
    Waiting,
    /// Reserved.
    Authorised,
    /// Taken; or captured, voided, given back, as was asked.
    Done,
    Declined,
    /// No longer reserved.
    Voided,
    /// Taken, and taken back through the payer's bank.
    Reversed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub standing: Standing,
    /// As the gateway states it. Some say nothing of it; then what was asked stands.
    pub amount: Option<Money>,
    /// Our reference, as the gateway states it.
    pub reference: Option<String>,
    /// Its own.
    pub external: Option<String>,
    /// Where the payer goes on.
    pub next: Option<String>,
    /// In the payment's currency.
    pub fee: Option<i64>,
    pub code: Option<String>,
    pub detail: Option<String>,
    pub brand: Option<String>,
    pub last4: Option<String>,
}

impl Report {
    pub fn new(standing: Standing) -> Self {
        Self {
            standing,
            amount: None,
            reference: None,
            external: None,
            next: None,
            fee: None,
            code: None,
            detail: None,
            brand: None,
            last4: None,
        }
    }

    pub fn declined(code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..Self::new(Standing::Declined) }
    }
}

/// Why a gateway said nothing of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It did not get there, for certain.
    #[error("did not arrive: {0}")]
    NotArrived(String),
    /// It may have arrived, and may have been done.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
}

impl From<outward::Error> for Trouble {
    fn from(error: outward::Error) -> Self {
        match error.may_have_arrived() {
            true => Trouble::Unknown(error.to_string()),
            false => Trouble::NotArrived(error.to_string()),
        }
    }
}
