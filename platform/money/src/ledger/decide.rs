use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, Fault, IdSource, NewEvent, NewJob, Refusal};
use serde::Serialize;
use serde_json::json;

use super::book::{Book, State};
use super::chart::{Chart, Kind};
use super::filing::FILE;
use super::jobs::EXPIRE;
use super::model::{AccountId, Posting, PostingId, What};
use super::repo;
use super::result::{Denied, Done};
use crate::limits;

/// Postings that hold or fail together.
pub type Chain = Vec<Posting>;

/// All of these or none, for a decision of somebody's own; `book` has what [`super::load`] found for them.
/// All postings of one decision come in one call, since no decision touches a row twice.
pub fn post(mut book: Book, postings: &[Posting], ctx: &Ctx<'_>) -> Result<(Decision, Vec<Done>), Refusal> {
    let done = book.chain(postings, ctx.now).map_err(|(_, denied)| Refusal::from(denied))?;
    let decision = book.drain(ctx.now, true);
    if decision.is_nothing() {
        return Ok((decision, done));
    }
    Ok((decision.and(ends(postings, &done)).job(filed_later(ctx.now)), done))
}

/// One job files all that was posted until it runs.
pub(crate) fn filed_later(now: Timestamp) -> NewJob {
    let due = now.checked_add(limits::FILED_AFTER).unwrap_or(now);
    NewJob::new(FILE, due, &()).once(FILE)
}

/// What lets go of new holds when their time is over: one job for all of a minute.
pub(crate) fn ends(postings: &[Posting], done: &[Done]) -> Decision {
    let made = postings.iter().zip(done).filter(|(_, done)| **done == Done::Applied);
    let times = made.filter_map(|(posting, _)| match posting.what {
        What::Hold { until } => until,
        _ => None,
    });
    let mut minutes: Vec<i64> = times.map(|until| until.as_second().div_euclid(60) + 1).collect();
    minutes.sort_unstable();
    minutes.dedup();
    let jobs = minutes.into_iter().filter_map(|minute| {
        let due = Timestamp::from_second(minute * 60).ok()?;
        Some(NewJob::new(EXPIRE, due, &()).once(format!("{EXPIRE}:{minute}")))
    });
    jobs.fold(Decision::nothing(), Decision::job)
}

#[derive(Serialize)]
struct Posted<'a> {
    postings: &'a [PostingId],
}

/// Tells of what was posted for others, by ids alone.
pub(crate) fn told(posted: &[PostingId], ids: &dyn IdSource) -> Decision {
    let chunks = posted.chunks(limits::IDS_PER_EVENT);
    let events = chunks.map(|some| NewEvent::new("ledger.posted", ids.next(), &Posted { postings: some }));
    events.fold(Decision::nothing(), Decision::event)
}

/// Kinds are added; what is known keeps its class, its owner and its lanes, since there are accounts of it.
pub fn set_chart(before: &Chart, kinds: &[Kind], ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    for (place, kind) in kinds.iter().enumerate() {
        let mut say = |field: &str, code, message: &'static str| {
            faults.push(Fault::new(format!("/kinds/{place}{field}"), code, message));
        };
        if kinds[..place].iter().any(|other| other.code == kind.code) {
            say("/code", "repeated", "Each code once.");
        }
        if let Some(known) = before.kind(&kind.code)
            && (known.class, known.owned, known.lanes) != (kind.class, kind.owned, kind.lanes)
        {
            say("", "fixed", "Class, owner and lanes of a kind cannot be changed.");
        }
        if kind.lanes > 1 && (kind.floor.is_some() || kind.cap.is_some()) {
            say("/lanes", "bounded", "What has bounds is kept in one lane.");
        }
        if kind.floor.zip(kind.cap).is_some_and(|(floor, cap)| floor > cap) {
            say("/cap", "below_floor", "The cap is not below the floor.");
        }
        if [kind.floor, kind.cap].into_iter().flatten().any(|it| it.abs() > limits::AMOUNT_MAX) {
            say("", "too_far", "No bound is larger than an amount may be.");
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    // The first chart of a market's own has all that it had before, so that nothing loses its kind.
    let all = before.kinds().filter(|known| !kinds.iter().any(|kind| kind.code == known.code)).chain(kinds);
    let event = NewEvent::new("ledger.chart_set", ctx.ids.next(), &json!({ "kinds": kinds }));
    Ok(Decision::nothing().changes(all.map(repo::put_kind)).event(event))
}

/// Nothing is posted to an account that is closed, so it is empty and nothing is held in it.
pub fn close(id: AccountId, state: &State, closed: bool) -> Result<Decision, Refusal> {
    if state.closed == closed {
        return Ok(Decision::nothing());
    }
    if state.lanes > 1 {
        return Err(Refusal::conflict(
            "account_shared",
            "An account that everything passes through stays open.",
        ));
    }
    if closed && (state.posted, state.coming, state.going) != (0, 0, 0) {
        return Err(Refusal::conflict("account_not_empty", "Move what is in the account first."));
    }
    let event = NewEvent::new("ledger.account_closed", id.0, &json!({ "closed": closed }));
    Ok(Decision::nothing().change(repo::close(id, closed)).event(event))
}

/// New bounds hold for what comes: what is beyond them already stays, and may only come nearer.
pub fn bound(
    id: AccountId,
    state: &State,
    floor: Option<i64>,
    cap: Option<i64>,
) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    for (field, bound) in [("/floor", floor), ("/cap", cap)] {
        if bound.is_some_and(|it| it.abs() > limits::AMOUNT_MAX) {
            faults.push(Fault::new(field, "too_far", "No bound is larger than an amount may be."));
        }
    }
    if floor.zip(cap).is_some_and(|(floor, cap)| floor > cap) {
        faults.push(Fault::new("/cap", "below_floor", "The cap is not below the floor."));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if state.lanes > 1 {
        return Err(Refusal::conflict(
            "account_shared",
            "An account that everything passes through has no bounds.",
        ));
    }
    let event = NewEvent::new("ledger.account_bounded", id.0, &json!({ "floor": floor, "cap": cap }));
    Ok(Decision::nothing().change(repo::bound(id, floor, cap)).event(event))
}

/// Why a whole chain was not made, one result for each posting of it.
pub(crate) fn broken(length: usize, (place, denied): (usize, Denied)) -> Vec<Result<Done, Denied>> {
    (0..length).map(|at| Err(if at == place { denied } else { Denied::ChainBroken })).collect()
}
