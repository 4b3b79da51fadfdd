//! Amounts as text: `12.50 ETB`, `-3 RWF`, `0.005 TND`.

use std::fmt;
use std::str::FromStr;

use super::{Money, MoneyError};
use crate::currency::Currency;
use crate::limits::MONEY_TEXT_BYTES_MAX;

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let magnitude = self.minor.unsigned_abs();
        let unit = self.currency.minor_per_major() as u64;
        let places = usize::from(self.currency.decimals());
        write!(f, "{sign}{}", magnitude / unit)?;
        if places > 0 {
            write!(f, ".{:0places$}", magnitude % unit)?;
        }
        write!(f, " {}", self.currency)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        if text.len() > MONEY_TEXT_BYTES_MAX {
            return Err(MoneyError::Text);
        }
        let (number, code) = text.split_once(' ').ok_or(MoneyError::Text)?;
        Self::parse(number, code.parse()?)
    }
}

impl Money {
    /// The number alone, where the currency is known already: `12.5` is 12.50.
    pub fn parse(number: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(MoneyError::Text),
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(MoneyError::Text);
        }
        let places = usize::from(currency.decimals());
        if fraction.len() > places {
            return Err(MoneyError::Decimals(currency));
        }
        let padding = std::iter::repeat_n(b'0', places - fraction.len());
        let mut minor: i64 = 0;
        for byte in whole.bytes().chain(fraction.bytes()).chain(padding) {
            let digit = i64::from(byte - b'0');
            // Counted downwards for debts, because the lowest number has no positive twin.
            minor = minor
                .checked_mul(10)
                .and_then(|minor| if negative { minor.checked_sub(digit) } else { minor.checked_add(digit) })
                .ok_or(MoneyError::OutOfRange)?;
        }
        Ok(Self::new(minor, currency))
    }
}
