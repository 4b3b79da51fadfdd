//! Dividing an amount so that the parts make up the whole, to the last minor unit.

use super::{Money, MoneyError};
use crate::limits::MONEY_PARTS_MAX;

impl Money {
    /// Into equal parts; what does not divide goes to the first ones, one minor unit each.
    pub fn split(self, parts: usize) -> Result<Vec<Self>, MoneyError> {
        if parts == 0 || parts > MONEY_PARTS_MAX {
            return Err(MoneyError::Parts);
        }
        let count = parts as i64;
        let (each, rest) = (self.minor / count, self.minor % count);
        let one = rest.signum();
        let part = |place: usize| each + if (place as u64) < rest.unsigned_abs() { one } else { 0 };
        Ok((0..parts).map(|place| Self::new(part(place), self.currency)).collect())
    }

    /// By weight. Each part is its exact share without the fraction; the units left over go to the
    /// largest fractions, among equals to the earlier one. A debt is divided as the credit would be.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        if weights.is_empty() || weights.len() > MONEY_PARTS_MAX {
            return Err(MoneyError::Parts);
        }
        let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        if total == 0 {
            return Err(MoneyError::Weights);
        }
        let whole = u128::from(self.minor.unsigned_abs());
        // At most 2⁶³ × 2⁶⁴, which 128 bits hold.
        let exact = |weight: u64| (whole * u128::from(weight) / total, whole * u128::from(weight) % total);
        let mut shares: Vec<u128> = weights.iter().map(|&weight| exact(weight).0).collect();
        let left = (whole - shares.iter().sum::<u128>()) as usize;
        let mut by_fraction: Vec<usize> = (0..weights.len()).collect();
        by_fraction.sort_by_key(|&place| std::cmp::Reverse(exact(weights[place]).1));
        for &place in &by_fraction[..left] {
            shares[place] += 1;
        }
        shares.into_iter().map(|share| self.signed(share)).collect()
    }

    /// A share of the magnitude, with the sign of the whole.
    fn signed(self, share: u128) -> Result<Self, MoneyError> {
        let share = i128::try_from(share).map_err(|_| MoneyError::OutOfRange)?;
        let minor = if self.minor < 0 { -share } else { share };
        self.with(i64::try_from(minor).ok())
    }
}
