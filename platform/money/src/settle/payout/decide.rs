use kernel::{Actor, Ctx, Currency, Decision, NewEvent, Refusal};
use serde_json::json;

use super::model::{Payable, Payout, PayoutState, Transfer, TransferState};
use super::repo;
use crate::ledger::{Account, Posting, PostingId};
use crate::settle::model::{Payee, too_large};

/// What is owed, put together for the bank.
pub fn make(
    payee: Payee,
    currency: Currency,
    owed: Vec<Payable>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Payout), Refusal> {
    if owed.is_empty() {
        let message = "Nothing is owed to anybody whose account is known.";
        return Err(Refusal::conflict("nothing_to_pay", message));
    }
    by_person(ctx)?;
    let add = |sum: i64, it: &Payable| sum.checked_add(it.amount);
    let payout = Payout {
        id: ctx.fresh(),
        payee,
        currency,
        state: PayoutState::Made,
        transfers: owed.len() as i64,
        total: owed.iter().try_fold(0, add).ok_or_else(too_large)?,
        made_by: ctx.actor,
        approved_by: None,
        version: 1,
        at: ctx.now,
        changed: ctx.now,
    };
    let changes = owed.into_iter().flat_map(|it| {
        let transfer = it.listed();
        [repo::list(&payout, &transfer), repo::add_transfer(&payout, &transfer)]
    });
    let decision = Decision::nothing().change(repo::add(&payout)).changes(changes).event(told(&payout));
    Ok((decision, payout))
}

/// Four eyes: of the two who see to a pay-out, neither can do it alone.
pub fn approve(payout: &Payout, ctx: &Ctx<'_>) -> Result<(Decision, Payout), Refusal> {
    by_person(ctx)?;
    must_be(payout, &[PayoutState::Made])?;
    if payout.made_by == ctx.actor {
        let message = "Somebody else approves it than who made it.";
        return Err(Refusal::conflict("same_person", message));
    }
    let after = moved(payout, PayoutState::Approved, ctx);
    Ok(written(Payout { approved_by: Some(ctx.actor), ..after }))
}

/// The bank has it: what was to be paid out is no longer in our account. What it posts is added to it.
pub fn send(payout: &Payout, ctx: &Ctx<'_>) -> Result<(Decision, Payout), Refusal> {
    must_be(payout, &[PayoutState::Approved])?;
    let (decision, after) = written(moved(payout, PayoutState::Sent, ctx));
    Ok((decision.changes(repo::move_all(&after, TransferState::Listed, TransferState::Sent)), after))
}

/// All is paid that did not come back before.
pub fn paid(payout: &Payout, waiting: i64, ctx: &Ctx<'_>) -> Result<(Decision, Payout), Refusal> {
    must_be(payout, &[PayoutState::Sent])?;
    let (decision, after) = written(moved(payout, PayoutState::Paid, ctx));
    let changes = repo::move_some(&after, waiting, TransferState::Sent, TransferState::Paid);
    Ok((decision.changes(changes), after))
}

/// Its statements are owed again.
pub fn withdraw(payout: &Payout, ctx: &Ctx<'_>) -> Result<(Decision, Payout), Refusal> {
    must_be(payout, &[PayoutState::Made, PayoutState::Approved])?;
    let (decision, after) = written(moved(payout, PayoutState::Withdrawn, ctx));
    Ok((decision.changes(repo::withdraw_all(&after)), after))
}

/// The bank could not pay it, or had it back. What this posts is added to it.
pub fn returned(
    payout: &Payout,
    transfer: &Transfer,
    reason: &str,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    must_be(payout, &[PayoutState::Sent, PayoutState::Paid])?;
    if !matches!(transfer.state, TransferState::Sent | TransferState::Paid) {
        return Err(Refusal::conflict("already_returned", "The transfer came back before."));
    }
    // The version of the pay-out is what two who say so at once meet at.
    let (decision, _) = written(moved(payout, payout.state, ctx));
    let told = json!({
        "payout": payout.id,
        "payee": transfer.owner.payee,
        "owner": transfer.owner.number,
        "amount": payout.money(transfer.amount),
        "reason": reason,
    });
    let event = NewEvent::new("transfer.returned", transfer.statement, &told);
    Ok(decision.changes(repo::give_back(payout, transfer, reason, ctx.now)).event(event))
}

/// What a transfer posts when it is sent. Its id follows from its reference: sent twice, it posts once.
pub fn posting(payout: &Payout, transfer: &Transfer) -> Posting {
    let id = PostingId::of(transfer.statement, &transfer.reference);
    let (debit, credit) = (Account::own("payouts"), Account::own("bank"));
    Posting::new(id, debit, credit, payout.money(transfer.amount), transfer.reference.clone())
}

fn moved(payout: &Payout, state: PayoutState, ctx: &Ctx<'_>) -> Payout {
    Payout { state, version: payout.version + 1, changed: ctx.now, ..payout.clone() }
}

fn written(after: Payout) -> (Decision, Payout) {
    (Decision::nothing().change(repo::set(&after)).event(told(&after)), after)
}

fn told(payout: &Payout) -> NewEvent {
    let name = match payout.state {
        PayoutState::Made => "payout.made",
        PayoutState::Approved => "payout.approved",
        PayoutState::Sent => "payout.sent",
        PayoutState::Withdrawn => "payout.withdrawn",
        PayoutState::Paid => "payout.paid",
    };
    let total = payout.money(payout.total);
    NewEvent::new(name, payout.id, &json!({ "transfers": payout.transfers, "total": total }))
}

/// Behind a key there may be anybody.
fn by_person(ctx: &Ctx<'_>) -> Result<(), Refusal> {
    if matches!(ctx.actor, Actor::Person(_)) { Ok(()) } else { Err(Refusal::forbidden()) }
}

fn must_be(payout: &Payout, states: &[PayoutState]) -> Result<(), Refusal> {
    if states.contains(&payout.state) {
        return Ok(());
    }
    Err(Refusal::conflict("payout_state", "The pay-out is not at that step."))
}
