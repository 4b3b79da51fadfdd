//! The steps of archiving and erasing. Each ends with one commit; one that dies before it has changed
//! nothing, and the next run finds things as they were.
//!
//! An object is noted as being written before it is, under a name that is never used twice, so that
//! one that was left behind is found and removed without asking the store of objects what it holds.

use bytes::Bytes;
use kernel::jiff::SignedDuration;
use kernel::{Ctx, Decision, Refusal, values};
use store::{CommitError, Market, Query, Stamp};

use super::model::{From, Object, ObjectId, name};
use super::objects::Trouble;
use super::{Keep, decide, gather, pack, repo};
use crate::follower::model::Follower;
use crate::limits;
use crate::rules::Settings;

/// What a step did, and where the next one begins; nothing when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub done: usize,
    pub next: Option<From>,
    /// Somebody else changed what this one wanted to: nothing was done.
    pub crossed: bool,
}

/// Archives the next batch.
pub async fn archive(
    keep: &Keep,
    market: &Market,
    settings: &Settings,
    from: From,
    ctx: &Ctx<'_>,
) -> Result<Step, Refusal> {
    let before = decide::before(ctx.now, settings.archive_after_days);
    let batch = gather::batch(market, from, before).await?;
    let (done, next) = (batch.requests(), batch.next);
    if done == 0 {
        return Ok(Step { done, next, crossed: false });
    }
    let object = Object {
        id: ctx.fresh(),
        lines: done as i64,
        bytes: batch.packed.bytes.len() as i64,
        hash: pack::hash(&batch.packed.bytes).to_vec(),
    };
    let noted = Decision::nothing().change(repo::begin_object(&object, ctx.now));
    market.commit(Stamp::from(ctx), noted).await?;
    write(keep, market, &object, batch.packed.bytes).await?;
    let decision = decide::archive(&batch.families, object.id, &batch.packed.spans, ctx);
    match market.commit(Stamp::from(ctx), decision).await {
        Ok(()) => Ok(Step { done, next, crossed: false }),
        // Opened again, or archived by somebody else: what is there now is looked at anew.
        Err(CommitError::Conflict) => {
            let going = Decision::nothing().change(repo::set_state(object.id, repo::WRITING, repo::GOING));
            market.commit(Stamp::from(ctx), going).await?;
            Ok(Step { done: 0, next: Some(from), crossed: true })
        }
        Err(error) => Err(error.into()),
    }
}

/// It is there when it was read back as it was written.
async fn write(keep: &Keep, market: &Market, object: &Object, bytes: Vec<u8>) -> Result<(), Trouble> {
    let (place, name) = (market.place(), name(object.id));
    keep.objects.put(place, &name, Bytes::from(bytes)).await?;
    let found = keep.objects.get(place, &name).await?;
    if pack::hash(&found)[..] == object.hash[..] { Ok(()) } else { Err(Trouble::Damaged) }
}

/// Erases what is personal about the next few that were closed long enough ago.
pub async fn erase(market: &Market, settings: &Settings, from: From, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    let before = decide::before(ctx.now, settings.erase_after_days);
    let page = repo::personal(market, from, before).await?;
    let is_more = page.len() == limits::PERSONAL_AT_ONCE;
    let wanted = limits::ERASED_FOLLOWERS_MAX as i64 + 1;
    let asked = page.iter().map(|it| Query { sql: repo::FOLLOWERS, params: values![it.id, wanted] });
    let rows = market.snapshot(asked.collect()).await?;
    let mut step = Step { done: 0, next: None, crossed: false };
    for (request, rows) in page.iter().zip(&rows) {
        let followers: Vec<Follower> = rows.list()?;
        let decision = decide::erase(request, &followers, ctx);
        match market.commit(Stamp::from(ctx), decision).await {
            Ok(()) => step.done += 1,
            // It stands otherwise now; the next run sees how.
            Err(CommitError::Conflict) => step.crossed = true,
            Err(error) => return Err(error.into()),
        }
        let at = request.closed.map_or(i64::MAX, |closed| closed.as_microsecond());
        if followers.len() > limits::ERASED_FOLLOWERS_MAX {
            // Some are left: this one again, before any other.
            step.next = Some((at, request.id.raw() - 1));
            return Ok(step);
        }
        step.next = is_more.then_some((at, request.id.raw()));
    }
    Ok(step)
}

/// Removes objects that nothing leads to: whose writer died, or that all requests were brought back
/// from. A writer that is only slow finds its object going, and archives nothing.
pub async fn sweep(keep: &Keep, market: &Market, ctx: &Ctx<'_>) -> Result<u64, Refusal> {
    let old = ctx.now.checked_sub(SignedDuration::from_hours(limits::LEFT_BEHIND_H)).unwrap_or(ctx.now);
    let limit = limits::OBJECTS_AT_ONCE;
    let left: Vec<(ObjectId,)> = market.list(repo::LEFT_BEHIND, values![old, limit]).await?;
    let empty: Vec<(ObjectId,)> = market.list(repo::EMPTY, values![limit]).await?;
    let states = [(repo::WRITING, left), (repo::THERE, empty)];
    for (state, id) in
        states.into_iter().flat_map(|(state, ids)| ids.into_iter().map(move |(id,)| (state, id)))
    {
        let going = Decision::nothing().change(repo::set_state(id, state, repo::GOING));
        match market.commit(Stamp::from(ctx), going).await {
            Ok(()) | Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let leaving: Vec<(ObjectId,)> = market.list(repo::LEAVING, values![limit]).await?;
    for (id,) in &leaving {
        keep.objects.delete(market.place(), &name(*id)).await?;
        let gone = Decision::nothing().change(repo::TAKE_OBJECT.with(values![*id]).any_rows());
        market.commit(Stamp::from(ctx), gone).await?;
    }
    Ok(leaving.len() as u64)
}
