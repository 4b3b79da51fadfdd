//! Money: a whole number of minor units and their currency.
//!
//! Every operation either gives the exact answer, rounds by a rule that the caller named, or says
//! that it cannot. Nothing wraps, nothing panics, nothing is ever a floating-point number.

mod split;
#[cfg(test)]
mod tests;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::{Currency, UnknownCurrency};
use crate::limits::MONEY_PARTS_MAX;
use crate::refusal::{Refusal, RefusalKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In minor units: cents, kobo, santim.
    #[serde(rename = "amount")]
    minor: i64,
    currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount is too large")]
    OutOfRange,
    #[error("{0} and {1} cannot be reckoned together")]
    Mixed(Currency, Currency),
    #[error("an amount is split into 1 to {MONEY_PARTS_MAX} parts")]
    Parts,
    #[error("at least one weight must be above zero")]
    Weights,
    #[error("an amount is written as digits, a point if need be, a space and a currency: 12.50 ETB")]
    Text,
    #[error("{0} has {decimals} decimal places", decimals = .0.decimals())]
    Decimals(Currency),
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
}

/// What happens to the part of a minor unit that no coin exists for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half goes to the even neighbour, so that many roundings do not drift.
    HalfEven,
    /// To the nearest; a half goes away from zero, as taught at school and written in most tax laws.
    HalfUp,
}

/// One whole in basis points.
const WHOLE_BASIS_POINTS: i128 = 10_000;

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_add(other.minor))
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    pub fn negated(self) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_neg())
    }

    pub fn abs(self) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_abs())
    }

    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_mul(count))
    }

    /// So many hundredths of a percent of it: 1,500 basis points are 15 %.
    pub fn basis_points(self, basis_points: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        let exact = i128::from(self.minor) * i128::from(basis_points);
        self.with(i64::try_from(divide(exact, WHOLE_BASIS_POINTS, rounding)).ok())
    }

    /// So much of it as `numerator` is of `denominator`, such as 11 days of a month of 30.
    pub fn ratio(self, numerator: i64, denominator: u32, rounding: Rounding) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::OutOfRange);
        }
        let exact = i128::from(self.minor) * i128::from(numerator);
        self.with(i64::try_from(divide(exact, i128::from(denominator), rounding)).ok())
    }

    /// Smaller, equal or greater; amounts of two currencies are none of these.
    pub fn compare(self, other: Self) -> Result<std::cmp::Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The sum of many; of none it is zero.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }

    fn with(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        minor.map(|minor| Self { minor, ..self }).ok_or(MoneyError::OutOfRange)
    }
}

/// `dividend / divisor`, to the nearest whole number. The divisor is positive and far below 2¹²⁶.
fn divide(dividend: i128, divisor: i128, rounding: Rounding) -> i128 {
    let (down, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let up = match (rest * 2).cmp(&divisor) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => match rounding {
            Rounding::HalfEven => down % 2 != 0,
            Rounding::HalfUp => dividend >= 0,
        },
    };
    if up { down + 1 } else { down }
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        let code = match error {
            MoneyError::OutOfRange => "amount_out_of_range",
            MoneyError::Mixed(..) => "currencies_mixed",
            MoneyError::Parts | MoneyError::Weights => "amount_not_divisible",
            MoneyError::Text | MoneyError::Decimals(_) => "amount_malformed",
            MoneyError::Currency(_) => "currency_unknown",
        };
        Refusal::new(RefusalKind::Invalid, code, error.to_string())
    }
}
