//! Cash that riders have taken and not handed in. What a rider is owed is set off against it as soon as there
//! are both, and whoever has too much of it brings nothing more that is paid in cash.

pub mod decide;
pub mod http;
pub mod limits;
pub mod model;
pub mod repo;
#[cfg(test)]
mod tests;

use kernel::{Ctx, Decision, Refusal};
use money::ledger::{self, Account, Posting};
use money::payment::model::Method;
use store::Market;

use crate::order::Order;

/// What is posted and written with the division of an order: the rider's share of it, and whatever else is
/// owed, is kept out of the cash at hand.
pub async fn of_order(
    market: &Market,
    order: &Order,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Vec<Posting>), Refusal> {
    let Some(rider) = order.rider else { return Ok((Decision::nothing(), Vec::new())) };
    let is_cash = order.fixed.method == Some(Method::Cash);
    let taken = if is_cash { order.quote().sources.buyer.minor() } else { 0 };
    let held = repo::held(market, rider).await?.unwrap_or(0);
    let owed = ledger::balances(market, Account::of("rider", rider).id(order.currency())).await?;
    let owed = owed.map_or(0, |(state, _)| state.posted) + order.quote().shares.rider.minor();
    decide::set_off(order, rider, (taken, held, owed), ctx)
}
