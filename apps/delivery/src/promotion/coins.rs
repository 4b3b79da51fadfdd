//! Coins: earned with what was paid for goods, spent on later orders, gone after a while. Each function
//! says what moves in the ledger; none of them knows what is in a purse but by being told.

use kernel::{Id, Money, MoneyError, Person};

use super::clawback::Refund;
use crate::settings::{Settings, WHOLE_BP};

/// An account of the ledger, by its code in the market's chart and by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    pub code: &'static str,
    pub owner: i64,
}

/// So much from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub debit: Side,
    pub credit: Side,
    pub amount: Money,
}

const THE_MARKET: i64 = 0;

pub(super) fn purse(person: Id<Person>) -> Side {
    Side { code: "coins", owner: person.raw() }
}

pub(super) fn rewards() -> Side {
    Side { code: "rewards", owner: THE_MARKET }
}

/// Whole coins only, and nothing to move if there are none.
pub(super) fn moved(
    settings: &Settings,
    debit: Side,
    credit: Side,
    coins: u32,
) -> Result<Option<Movement>, MoneyError> {
    let amount = value(settings, coins)?;
    Ok((coins > 0).then_some(Movement { debit, credit, amount }))
}

pub fn value(settings: &Settings, coins: u32) -> Result<Money, MoneyError> {
    settings.money(settings.coins.value_minor).times(coins.into())
}

/// How many coins an amount is; what does not fill one is left out.
pub fn coins_in(settings: &Settings, amount: Money) -> u32 {
    u32::try_from(amount.minor().max(0) / settings.coins.value_minor).unwrap_or(u32::MAX)
}

/// Coins for what was paid for goods in money.
pub fn earned(settings: &Settings, paid: Money) -> u32 {
    let exact = i128::from(paid.minor().max(0)) * i128::from(settings.coins.earned_bp);
    let coins = exact / i128::from(WHOLE_BP) / i128::from(settings.coins.value_minor);
    u32::try_from(coins).unwrap_or(u32::MAX)
}

pub fn earn(settings: &Settings, person: Id<Person>, coins: u32) -> Result<Option<Movement>, MoneyError> {
    moved(settings, rewards(), purse(person), coins)
}

/// With an order that is paid by them.
pub fn spend(
    settings: &Settings,
    person: Id<Person>,
    order: i64,
    coins: u32,
) -> Result<Option<Movement>, MoneyError> {
    moved(settings, purse(person), Side { code: "buyer_funds", owner: order }, coins)
}

/// With a refund of goods: what the order earned is taken back, as far as it is still there.
pub fn take_back(
    settings: &Settings,
    person: Id<Person>,
    (earned, in_purse): (u32, u32),
    refund: &Refund,
) -> Result<Option<Movement>, MoneyError> {
    let coins = u32::try_from(refund.share_of(earned.into())).unwrap_or(0).min(in_purse);
    moved(settings, purse(person), rewards(), coins)
}

/// With a refund of goods: the coins that paid for them come back.
pub fn give_back(
    settings: &Settings,
    person: Id<Person>,
    spent: u32,
    refund: &Refund,
) -> Result<Option<Movement>, MoneyError> {
    let coins = u32::try_from(refund.share_of(spent.into())).unwrap_or(0);
    let refunds = Side { code: "refunds", owner: THE_MARKET };
    moved(settings, refunds, purse(person), coins)
}

/// When their time is over.
pub fn expire(settings: &Settings, person: Id<Person>, coins: u32) -> Result<Option<Movement>, MoneyError> {
    moved(settings, purse(person), rewards(), coins)
}
