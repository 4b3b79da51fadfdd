//! Which kinds of account a market has. An account is opened by its first posting, as its kind says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// As far from nought as any balance may be: some hundreds of billions of millions, far from where
/// numbers end.
pub const FAR: i64 = 1 << 58;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Asset,
    Liability,
    Equity,
    Income,
    Expense,
}

impl Class {
    /// Whether a debit makes it more.
    pub fn grows_by_debit(self) -> bool {
        matches!(self, Class::Asset | Class::Expense)
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Class::Asset => 0,
            Class::Liability => 1,
            Class::Equity => 2,
            Class::Income => 3,
            Class::Expense => 4,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Class::Asset,
            1 => Class::Liability,
            2 => Class::Equity,
            3 => Class::Income,
            4 => Class::Expense,
            _ => return None,
        })
    }
}

/// Whose accounts of a kind are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owned {
    /// The market has one.
    Market,
    Provider,
    Person,
    /// One for each of something else, by its number: an order, a payment, a gateway.
    Each,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub code: String,
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    pub class: Class,
    pub owned: Owned,
    /// No less than this may be in it, what is set aside counted as gone. In minor units.
    #[serde(default)]
    pub floor: Option<i64>,
    /// No more than this may be in it, what is on its way counted as there.
    #[serde(default)]
    pub cap: Option<i64>,
    /// In how many rows that add up its balance is kept. More than one for what everything passes through,
    /// and then without bounds.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 64))]
    pub lanes: u8,
}

fn one() -> u8 {
    1
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart(BTreeMap<String, Kind>);

impl Chart {
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self(kinds.into_iter().map(|kind| (kind.code.clone(), kind)).collect())
    }

    pub fn kind(&self, code: &str) -> Option<&Kind> {
        self.0.get(code)
    }

    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.0.values()
    }

    /// What a market has that laid down nothing else: all that the apps of this house post to.
    pub fn standard() -> Self {
        use Class::{Asset, Equity, Expense, Income, Liability};
        use Owned::{Each, Market, Person, Provider};
        let rows: [Standard; 19] = [
            ("bank", "Bank", Asset, Market, None, BUSY),
            ("gateway", "Held by payment gateways", Asset, Each, None, BUSY),
            ("cash", "Cash in the hands of riders", Asset, Person, None, 1),
            ("suspense", "Differences to be explained", Asset, Market, None, 1),
            ("buyer_funds", "Paid and not yet earned", Liability, Each, Some(0), 1),
            ("merchant", "Owed to merchants", Liability, Provider, None, 1),
            ("reserve", "Kept back from merchants", Liability, Provider, Some(0), 1),
            ("rider", "Owed to riders", Liability, Person, None, 1),
            ("payouts", "Settled and not yet paid out", Liability, Market, None, BUSY),
            ("wallet", "Wallets", Liability, Person, Some(0), 1),
            ("coins", "Loyalty coins", Liability, Person, Some(0), 1),
            ("vat", "Value added tax", Liability, Market, None, BUSY),
            ("capital", "Capital", Equity, Market, None, 1),
            ("commission", "Commission", Income, Market, None, BUSY),
            ("delivery_fees", "Delivery and service fees", Income, Market, None, BUSY),
            ("refunds", "Refunds borne by the platform", Expense, Market, None, 1),
            ("promotions", "Promotions", Expense, Market, None, BUSY),
            ("rewards", "Rewards and referrals", Expense, Market, None, BUSY),
            ("gateway_fees", "Fees of payment gateways", Expense, Market, None, BUSY),
        ];
        Self::of(rows.map(|(code, name, class, owned, floor, lanes)| Kind {
            code: code.to_owned(),
            name: name.to_owned(),
            class,
            owned,
            floor,
            cap: None,
            lanes,
        }))
    }
}

/// Code, name, class, owner, floor, lanes.
type Standard = (&'static str, &'static str, Class, Owned, Option<i64>, u8);

/// Lanes of what nearly every posting touches.
const BUSY: u8 = 8;
