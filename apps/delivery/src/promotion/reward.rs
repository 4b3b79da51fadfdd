//! What an order that is earned brings: coins for its buyer, and for whoever brought that one.

use kernel::{Ctx, Decision, Money, Refusal};
use money::ledger::{Account, Posting, PostingId};
use store::Market;

use super::coins::{self, Movement};
use super::lot::{self, Lot};
use super::{clawback, referral};
use crate::claim::trouble::{self, Trouble};
use crate::order::Order;
use crate::settings::Settings;

/// The leg of the lot that an order earns.
pub const EARNED: &str = "earned";
const REFERRAL: &str = "referral";

/// What is written and posted with the division of an order.
pub async fn of_order(
    market: &Market,
    order: &Order,
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Vec<Posting>), Refusal> {
    if trouble::repo::one(market, order.id, Trouble::ChargedBack).await?.is_some() {
        return Ok((Decision::nothing(), Vec::new()));
    }
    let paid = paid_for_goods(order)?;
    let own = coins::earn(settings, order.buyer, coins::earned(settings, paid))?;
    let mut moved: Vec<(&'static str, Movement)> = own.map(|it| (EARNED, it)).into_iter().collect();
    let mut decision = Decision::nothing();
    if let Some(came) = referral::repo::one(market, order.buyer).await?
        && let Some(word) = referral::repo::word(market, came.by).await?
    {
        let subject = (order.id.raw(), paid);
        let (rewarded, movement) = referral::decide::reward(&came, &word, subject, settings)?;
        decision = decision.and(rewarded);
        moved.extend(movement.map(|it| (REFERRAL, it)));
    }
    let expires = lot::decide::expires(ctx.now, settings.coins.expire_days);
    let lot = |(leg, its): &(&'static str, Movement)| Lot {
        cause: order.id.raw(),
        leg,
        person: kernel::Id::from_raw(its.credit.owner),
        expires,
        minor: its.amount.minor(),
    };
    let lots: Vec<Lot> = moved.iter().map(lot).collect();
    let postings = moved.iter().map(|(leg, its)| posting(order, leg, its)).collect();
    Ok((decision.and(lot::decide::came(&lots)), postings))
}

/// What was paid for goods in money.
fn paid_for_goods(order: &Order) -> Result<Money, kernel::MoneyError> {
    let quote = order.quote();
    let given = quote.discounts.iter().map(|its| its.goods).try_fold(order.money(0), Money::plus)?;
    let paid = quote.goods.minus(given)?.minus(quote.sources.coins)?;
    Ok(order.money(paid.minor().max(0)))
}

/// What an order earned is taken back with all that is left of it, as far as it is there; `given_back` is
/// what was paid back of its goods before.
pub fn charged_back(
    order: &Order,
    (earned, in_purse): (Money, Money),
    given_back: i64,
    settings: &Settings,
) -> Result<Option<Posting>, Refusal> {
    let goods = order.quote().goods;
    let refund = clawback::Refund { goods, before: order.money(given_back), after: goods };
    let coins_of = |amount| coins::coins_in(settings, amount);
    let known = (coins_of(earned), coins_of(in_purse));
    let taken = coins::take_back(settings, order.buyer, known, &refund)?;
    Ok(taken.map(|its| posting(order, "coins_charged_back", &its)))
}

fn posting(order: &Order, leg: &'static str, its: &Movement) -> Posting {
    let account = |side: coins::Side| Account::of(side.code, side.owner);
    let id = PostingId::of(order.id, leg);
    Posting::new(id, account(its.debit), account(its.credit), its.amount, leg)
}
