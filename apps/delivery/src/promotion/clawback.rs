//! What becomes of a discount and of coins when goods are paid back.
//!
//! Each piece is what is due for all that was paid back so far, without what was taken before: however
//! many refunds there are, together they come to the whole and never to more.

use kernel::{Money, MoneyError};

use super::model::{Applied, Payer};

/// A refund of goods, as it adds to those before it.
#[derive(Debug, Clone, Copy)]
pub struct Refund {
    /// All goods of the order, as they were priced.
    pub goods: Money,
    /// Of them, what was paid back before this refund, and after it.
    pub before: Money,
    pub after: Money,
}

/// How a refund of goods is divided: what the buyer gets, in money and coins together, and what goes back
/// to who gave a discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    pub buyer: Money,
    pub platform: Money,
    pub merchant: Money,
}

impl Refund {
    /// The share of a whole number, such as an amount or coins, that this refund takes along.
    pub fn share_of(&self, whole: i64) -> i64 {
        self.due(whole, self.after) - self.due(whole, self.before)
    }

    /// Never more than the whole, which is a 64-bit number.
    fn due(&self, whole: i64, so_far: Money) -> i64 {
        let goods = self.goods.minor().max(0);
        let so_far = so_far.minor().clamp(0, goods);
        let exact = i128::from(whole) * i128::from(so_far) / i128::from(goods.max(1));
        i64::try_from(exact).unwrap_or(whole)
    }
}

/// Nobody gets back what was never paid: the discount on the goods goes back to whoever gave it.
pub fn divide(refund: &Refund, discounts: &[Applied]) -> Result<Division, MoneyError> {
    let back = refund.after.minus(refund.before)?;
    let of = |payer: Payer| {
        let given = discounts.iter().filter(|its| its.payer == payer);
        let given = given.map(|its| its.goods).try_fold(Money::zero(back.currency()), Money::plus)?;
        Ok::<_, MoneyError>(Money::new(refund.share_of(given.minor()), given.currency()))
    };
    let (platform, merchant) = (of(Payer::Platform)?, of(Payer::Merchant)?);
    Ok(Division { buyer: back.minus(platform)?.minus(merchant)?, platform, merchant })
}
