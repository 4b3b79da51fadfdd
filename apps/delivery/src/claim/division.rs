//! What goods that are paid back come to, for each of those who had a share of them. Pure: an order as it
//! was quoted, what went back before, and what is granted now.
//!
//! Shares are those of all that went back so far, without what went back before (see
//! `promotion::clawback`). A cent that rounding would take from nobody is left out, so a refund never gives
//! more than there was.

use std::collections::BTreeMap;

use kernel::{Id, Money, MoneyError, Person};

use super::model::Bearer;
use crate::fee::quote::vat_within;
use crate::order::Order;
use crate::order::state::Status;
use crate::promotion::clawback::{Refund, divide};
use crate::promotion::coins;
use crate::promotion::model::Applied;
use crate::settings::Settings;

/// What there was to divide: an order as it was earned.
#[derive(Debug, Clone)]
pub struct Ground {
    /// All goods, at the prices of the order.
    pub goods: Money,
    pub discounts: Vec<Applied>,
    /// Coins that paid for goods, and what one of them was worth.
    pub coins: u32,
    pub coin: Money,
    /// What the merchant paid for the sale, and the tax within.
    pub commission: Money,
    pub commission_vat: Money,
    /// What the buyer gave for them, in money and in coins.
    pub paid: i64,
    pub buyer: Id<Person>,
    /// Coins that the order earned, and those in the buyer's purse.
    pub earned: u32,
    pub purse: u32,
}

impl Ground {
    /// `vat_bp` is what held when it was earned.
    pub fn of(order: &Order, vat_bp: u32, (earned, purse): (u32, u32)) -> Result<Self, MoneyError> {
        let quote = order.quote();
        let nothing = order.money(0);
        if order.status == Status::Cancelled {
            // What is kept is the merchant's, without commission; coins went back when it was cancelled.
            return Ok(Self {
                goods: order.money(order.kept),
                discounts: Vec::new(),
                coins: 0,
                coin: nothing,
                commission: nothing,
                commission_vat: nothing,
                paid: order.kept,
                buyer: order.buyer,
                earned: 0,
                purse: 0,
            });
        }
        let given = quote.discounts.iter().map(|its| its.goods).try_fold(nothing, Money::plus)?;
        let net = quote.goods.minus(given)?;
        let coin = order.money(quote.sources.coins.minor() / i64::from(quote.coins.max(1)));
        // Coins pay for goods and for what else there is to pay alike.
        let other = quote.total.minus(quote.tip)?.minor().max(1);
        let share = i128::from(quote.coins) * i128::from(net.minor().clamp(0, other)) / i128::from(other);
        Ok(Self {
            goods: quote.goods,
            discounts: quote.discounts.clone(),
            coins: u32::try_from(share).unwrap_or(0),
            coin,
            commission: quote.commission,
            commission_vat: vat_within(quote.commission, vat_bp)?,
            paid: quote.sources.buyer.plus(quote.sources.coins)?.minor().min(net.minor()),
            buyer: order.buyer,
            earned,
            purse,
        })
    }
}

/// Of what one of them bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub bearer: Bearer,
    pub goods: i64,
    /// What the bearer gives, and what of it is the commission that is given back, with its tax.
    pub sold: i64,
    pub commission: i64,
    pub commission_vat: i64,
    /// What the platform had given to the buyer.
    pub platform: i64,
    pub money: i64,
    pub coins: i64,
    /// What it earned in coins, as far as it is taken back.
    pub earned: i64,
}

/// `before` is what the buyer has had back for the order, of goods and in all.
pub fn parts(
    ground: &Ground,
    granted: &BTreeMap<Bearer, i64>,
    (goods_before, buyer_before): (i64, i64),
    settings: &Settings,
) -> Result<Vec<Part>, MoneyError> {
    let (mut goods, mut buyer, mut ground) = (goods_before, buyer_before, ground.clone());
    let mut parts = Vec::with_capacity(granted.len());
    for (bearer, piece) in granted.iter().filter(|(_, piece)| **piece > 0) {
        let part = part(&ground, *bearer, (goods, *piece), ground.paid - buyer, settings)?;
        goods += piece;
        buyer += part.money + part.coins;
        ground.purse -= coins::coins_in(settings, settings.money(part.earned)).min(ground.purse);
        parts.push(part);
    }
    Ok(parts)
}

fn part(
    ground: &Ground,
    bearer: Bearer,
    (before, piece): (i64, i64),
    left: i64,
    settings: &Settings,
) -> Result<Part, MoneyError> {
    let currency = ground.goods.currency();
    let money = |minor| Money::new(minor, currency);
    let refund = Refund { goods: ground.goods, before: money(before), after: money(before + piece) };
    let division = divide(&refund, &ground.discounts)?;
    let buyer = division.buyer.minor().min(left).max(0);
    let merchant = division.merchant.minor().clamp(0, piece - buyer);
    let platform = division.platform.minor().clamp(0, piece - buyer - merchant);
    let then = at_value(settings, ground.coin);
    let coins = coins_back(&then, ground, &refund, buyer)?;
    let is_merchants = bearer == Bearer::Merchant;
    let commission = if is_merchants { refund.share_of(ground.commission.minor()) } else { 0 };
    let vat = if is_merchants { refund.share_of(ground.commission_vat.minor()) } else { 0 };
    // What nobody gets back, nobody gives.
    let sold = buyer + platform;
    let commission = commission.clamp(0, sold);
    let taken = coins::take_back(settings, ground.buyer, (ground.earned, ground.purse), &refund)?;
    Ok(Part {
        bearer,
        goods: piece,
        sold,
        commission,
        commission_vat: vat.clamp(0, commission),
        platform,
        money: buyer - coins,
        coins,
        earned: taken.map_or(0, |it| it.amount.minor()),
    })
}

/// A coin as it was worth when it paid.
fn at_value(settings: &Settings, coin: Money) -> Settings {
    let mut then = settings.clone();
    then.coins.value_minor = coin.minor().max(1);
    then
}

/// Whole coins, and no more than the buyer gets.
fn coins_back(then: &Settings, ground: &Ground, refund: &Refund, buyer: i64) -> Result<i64, MoneyError> {
    let back = coins::give_back(then, ground.buyer, ground.coins, refund)?;
    let due = back.map_or(0, |it| it.amount.minor());
    let value = then.coins.value_minor;
    Ok(due.min(buyer.max(0) / value * value))
}
