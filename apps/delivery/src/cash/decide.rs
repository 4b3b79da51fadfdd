use kernel::{Ctx, Decision, Fault, Id, Money, NewEvent, Person, Refusal};
use money::ledger::{Account, Posting, PostingId};
use money::settle::{self, NewItem, Owner, Sums};
use serde_json::json;

use super::repo;
use crate::order::Order;

/// Cash taken for this order and at hand before, and what is owed with it, in minor units.
pub fn set_off(
    order: &Order,
    rider: Id<Person>,
    (taken, held, owed): (i64, i64, i64),
    ctx: &Ctx<'_>,
) -> Result<(Decision, Vec<Posting>), Refusal> {
    let kept = owed.min(held + taken).max(0);
    if taken == 0 && kept == 0 {
        return Ok((Decision::nothing(), Vec::new()));
    }
    let decision = Decision::nothing().change(repo::moved(rider, taken - kept));
    if kept == 0 {
        return Ok((decision, Vec::new()));
    }
    let (debit, credit) = (Account::of("rider", rider), Account::of("cash", rider));
    let id = PostingId::of(order.id, "cash kept");
    let posting = Posting::new(id, debit, credit, order.money(kept), "cash kept");
    // A line of the next statement: so much was had already.
    let sums = Sums { refund: kept, ..Sums::default() };
    let (cause, owner, currency) = (order.id.raw(), Owner::rider(rider), order.currency());
    let item = settle::item(&NewItem { cause, leg: "cash kept", owner, currency, sums }, ctx)?;
    Ok((decision.and(item), vec![posting]))
}

/// A rider hands cash in; what is posted, and what is written.
pub fn hand_in(
    rider: Id<Person>,
    held: i64,
    amount: Money,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Posting), Refusal> {
    if !(1..=held).contains(&amount.minor()) {
        let message = format!("From 1 to {held}, which is what this rider has.");
        return Err(Refusal::invalid(vec![Fault::new("/amount", "out_of_range", message)]));
    }
    let id = PostingId::of(ctx.ids.next(), "cash in");
    let posting = Posting::new(id, Account::own("bank"), Account::of("cash", rider), amount, "cash in");
    let told = json!({ "amount": amount });
    let decision = Decision::nothing().change(repo::hand_in(rider, amount.minor())).event(NewEvent::new(
        "rider.cash_in",
        rider,
        &told,
    ));
    Ok((decision, posting))
}
