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

    fn due(&self, whole: i64, so_far: Money) -> i64 {
        part(whole, so_far.minor(), self.goods.minor())
    }
}

/// As much of a whole as `so_far` is of `all`: never more than the whole, which is a 64-bit number.
fn part(whole: i64, so_far: i64, all: i64) -> i64 {
    let so_far = so_far.clamp(0, all.max(0));
    let exact = i128::from(whole) * i128::from(so_far) / i128::from(all.max(1));
    i64::try_from(exact).unwrap_or(whole)
}

/// Nobody gets back what was never paid: the discount on the goods goes back to whoever gave it. All
/// discounts are reckoned as one, which is at most the goods, and that one is divided: each reckoned by
/// itself, rounding could ask for more than a refund has.
pub fn divide(refund: &Refund, discounts: &[Applied]) -> Result<Division, MoneyError> {
    let back = refund.after.minus(refund.before)?;
    let of = |payer: Payer| {
        let given = discounts.iter().filter(|its| its.payer == payer);
        given.map(|its| its.goods).try_fold(Money::zero(back.currency()), Money::plus)
    };
    let by_platform = of(Payer::Platform)?;
    let all = by_platform.plus(of(Payer::Merchant)?)?;
    let (before, after) = (refund.due(all.minor(), refund.before), refund.due(all.minor(), refund.after));
    let platform_at = |so_far| part(by_platform.minor(), so_far, all.minor());
    let platform = platform_at(after) - platform_at(before);
    let money = |minor| Money::new(minor, back.currency());
    let (platform, merchant) = (money(platform), money(after - before - platform));
    Ok(Division { buyer: back.minus(platform)?.minus(merchant)?, platform, merchant })
}
