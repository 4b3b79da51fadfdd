use kernel::jiff::Timestamp;
use kernel::{Change, Ctx, Currency, Decision, Fault, Money, NewEvent, NewJob, Refusal, Rounding};
use serde_json::json;

use super::jobs::{RUN, job_body};
use super::model::{
    Due, NewItem, Owed, Owner, Payee, Place, Policy, Run, Statement, StatementState, Terms, too_large,
};
use super::{limits, period, repo};
use crate::ledger::{Account, Posting, PostingId};

/// What an app writes in the same decision as its postings. The same cause and leg again change nothing.
/// The first item of a day leaves the job that sees whether the period is over.
pub fn item(new: &NewItem<'_>, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let sums = &new.sums;
    let parts = [sums.gross, sums.commission, sums.fee, sums.refund, sums.tax];
    if parts.iter().any(|part| part.unsigned_abs() > crate::limits::AMOUNT_MAX.unsigned_abs()) {
        return Err(too_large());
    }
    if new.leg.len() > limits::LEG_LETTERS_MAX {
        return Err(Refusal::invalid(vec![Fault::new("/leg", "too_long", "The leg is a short word.")]));
    }
    let added = repo::add_item(new, ctx.now);
    Ok(Decision::nothing().change(added).job(looked_after(new.owner.payee, ctx)))
}

/// A job after the end of this day; one for all of a day.
fn looked_after(payee: Payee, ctx: &Ctx<'_>) -> NewJob {
    run_after(payee, period::next_cut(ctx.now, ctx.zone, None))
}

/// What makes statements of all that was earned before `cut`.
pub fn run_after(payee: Payee, cut: Timestamp) -> NewJob {
    let due = cut.checked_add(limits::RUN_AFTER).unwrap_or(cut);
    NewJob::new(RUN, due, &job_body(payee)).once(format!("{RUN}:{}:{cut}", payee.code()))
}

/// Owners with something to settle, in order, up to where both lists are complete.
pub struct Page {
    pub owners: Vec<Found>,
    pub is_last: bool,
}

/// What is found of one owner: what it earned, and what is due of what was kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub place: Place,
    pub owed: Option<Owed>,
    pub due: Option<Due>,
}

impl Found {
    fn items(&self) -> i64 {
        self.owed.as_ref().map_or(0, |it| it.items)
    }
}

impl From<Due> for Found {
    fn from(due: Due) -> Self {
        Self { place: due.place.clone(), owed: None, due: Some(due) }
    }
}

/// `owed` and `due` are each in order and at most a page long; where one is full, there may be more after it.
pub fn page(owed: Vec<Owed>, due: Vec<Due>) -> Page {
    let full = |length: usize| length as i64 >= limits::OWNERS_PER_PAGE;
    let ends = [
        owed.last().filter(|_| full(owed.len())).map(|last| last.place.clone()),
        due.last().filter(|_| full(due.len())).map(|last| last.place.clone()),
    ];
    let end = ends.into_iter().flatten().min();
    let is_within = |place: &Place| end.as_ref().is_none_or(|end| place <= end);
    let mut due = due.into_iter().filter(|it| is_within(&it.place)).peekable();
    let mut owners = Vec::new();
    for its in owed.into_iter().filter(|it| is_within(&it.place)) {
        while let Some(before) = due.next_if(|other| other.place < its.place) {
            owners.push(before.into());
        }
        let same = due.next_if(|other| other.place == its.place);
        owners.push(Found { place: its.place.clone(), owed: Some(its), due: same });
    }
    owners.extend(due.map(Found::from));
    Page { owners, is_last: end.is_none() }
}

/// As many owners as are written together.
pub fn some(owners: &[Found]) -> &[Found] {
    let mut items = 0;
    let fits = owners.iter().take_while(|found| {
        items += found.items();
        items <= limits::ITEMS_PER_COMMIT
    });
    let count = fits.count().max(1).min(owners.len());
    &owners[..count]
}

/// A statement to be made, and how many earlier ones give back what was kept of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub statement: Statement,
    pub gives_back: i64,
}

/// What an owner is paid now; nothing if it waits for the next run.
pub fn statement(run: &Run, found: &Found, ctx: &Ctx<'_>) -> Result<Option<Made>, Refusal> {
    let Found { place, owed, due } = found;
    let currency: Currency = place.currency.parse().map_err(|_| too_large())?;
    let sums = owed.as_ref().map(|it| it.sums).unwrap_or_default();
    let net = sums.net().ok_or_else(too_large)?;
    let kept = kept(Money::new(net, currency), run)?;
    let released = due.as_ref().map_or(0, |it| it.amount);
    let payable = (net - kept).checked_add(released).ok_or_else(too_large)?;
    if payable < run.terms.minimum.max(1) {
        return Ok(None);
    }
    let days = kernel::jiff::SignedDuration::from_hours(24 * run.terms.reserve_days);
    let statement = Statement {
        id: ctx.fresh(),
        run: run.id,
        owner: Owner { payee: run.payee, number: place.owner },
        currency,
        begins: owed.as_ref().map_or(run.cut, |it| it.begins),
        cut: run.cut,
        items: found.items(),
        sums,
        kept,
        released,
        payable,
        reserve_until: (kept > 0).then(|| run.cut.checked_add(days).unwrap_or(run.cut)),
        state: StatementState::Owed,
        tries: 0,
        at: ctx.now,
    };
    Ok(Some(Made { statement, gives_back: due.as_ref().map_or(0, |it| it.statements) }))
}

fn kept(net: Money, run: &Run) -> Result<i64, Refusal> {
    if run.payee != Payee::Merchant || !net.is_positive() {
        return Ok(0);
    }
    Ok(net.basis_points(run.terms.reserve_bp, Rounding::HalfUp)?.minor())
}

/// What a statement posts: from what the owner is owed to what is to be paid out.
///
/// ```text
/// settled             merchant | rider:owner  payouts
/// kept back           merchant:owner          reserve:owner
/// kept back no longer reserve:owner           merchant:owner
/// ```
pub fn postings(statement: &Statement) -> Vec<Posting> {
    let (owner, reserve) = (statement.owner.account(), statement.owner.reserve());
    let legs = [
        ("kept", owner.clone(), reserve.clone(), statement.kept),
        ("released", reserve, owner.clone(), statement.released),
        ("settled", owner, Account::own("payouts"), statement.payable),
    ];
    let made = legs.map(|(leg, debit, credit, minor)| {
        Posting::new(PostingId::of(statement.id, leg), debit, credit, statement.money(minor), leg)
    });
    made.into_iter().filter(|posting| posting.amount.is_positive()).collect()
}

/// A few owners further: the run as it is then, its statements and what they took. What they post is
/// added to it.
pub fn batch(run: &Run, made: &[Made]) -> Decision {
    let mut decision = Decision::nothing().change(repo::set_run(run));
    for one in made {
        let Statement { id, owner, cut, .. } = one.statement;
        let payable = one.statement.money(one.statement.payable);
        let told = json!({ "payee": owner.payee, "owner": owner.number, "payable": payable, "cut": cut });
        decision = decision.changes(of_one(one)).event(NewEvent::new("statement.made", id, &told));
    }
    if !run.is_done {
        return decision;
    }
    let told = json!({ "payee": run.payee, "cut": run.cut, "statements": run.statements });
    decision.event(NewEvent::new("settlement.done", run.id, &told))
}

/// How far a batch goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub to: Place,
    pub carried: i64,
    pub is_last: bool,
}

fn of_one(made: &Made) -> impl Iterator<Item = Change> {
    let statement = &made.statement;
    let items = (statement.items > 0).then(|| repo::take_items(statement));
    let reserves = (made.gives_back > 0).then(|| repo::release(statement, made.gives_back));
    [Some(repo::add_statement(statement)), items, reserves].into_iter().flatten()
}

/// A policy as a manager sets it.
pub fn set_policy(payee: Payee, wanted: &Policy, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    let Terms { reserve_bp, reserve_days, .. } = wanted.terms;
    if payee == Payee::Rider && reserve_bp > 0 {
        faults.push(Fault::new("/reserve_bp", "not_kept", "Nothing is kept back from riders."));
    }
    if reserve_bp > 0 && reserve_days == 0 {
        faults.push(Fault::new("/reserve_days", "missing", "Say for how long it is kept back."));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let event = NewEvent::new("settlement.policy_set", ctx.ids.next(), &json!({ "payee": payee }));
    Ok(Decision::nothing().change(repo::put_policy(payee, wanted, ctx.now)).event(event))
}
