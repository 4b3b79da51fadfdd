//! A run goes through its owners in order, a few in each commit. How far it is stands in its row, which
//! each of its commits changes: two that work at the same run take turns, and after a crash it goes on.

use kernel::{Ctx, Decision, Refusal};
use store::{CommitError, Market, Stamp};

use super::decide::{self, Found, Made, Passed};
use super::model::{Payee, Place, Run};
use super::{limits, period, repo};
use crate::ledger;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing to settle yet.
    Nothing,
    Done(Run),
    /// Go on.
    More(Run),
}

/// Goes on with the run that is open, or begins that of the period which ended last if anything waits for it.
pub async fn advance(
    market: &Market,
    payee: Payee,
    pages: usize,
    ctx: &Ctx<'_>,
) -> Result<Progress, Refusal> {
    let Some(mut run) = begun(market, payee, ctx).await? else { return Ok(Progress::Nothing) };
    let mut tries = 0;
    for _ in 0..pages {
        let before = run.version;
        run = page(market, run, ctx).await?;
        if run.is_done {
            return Ok(Progress::Done(run));
        }
        tries = if run.version > before { 0 } else { tries + 1 };
        if tries > limits::TRIES_MAX {
            return Err(CommitError::Conflict.into());
        }
    }
    Ok(Progress::More(run))
}

async fn begun(market: &Market, payee: Payee, ctx: &Ctx<'_>) -> Result<Option<Run>, Refusal> {
    market
        .change(|| async {
            let stamp = Stamp::from(ctx);
            if let Some(run) = repo::open_run(market, payee).await? {
                return Ok((stamp, Decision::nothing(), Some(run)));
            }
            let policy = repo::policy(market, payee).await?;
            let cut = period::last_cut(ctx.now, ctx.zone, policy.weekday);
            let is_over = repo::run_at(market, payee, cut).await?.is_some();
            if is_over || !repo::is_waiting(market, payee, cut).await? {
                return Ok((stamp, Decision::nothing(), None));
            }
            let run = Run::begun(ctx.fresh(), payee, cut, policy.terms, ctx.now);
            Ok((stamp, Decision::nothing().change(repo::add_run(&run)), Some(run)))
        })
        .await
}

/// The owners that come next, in as many commits as they need. When somebody else was faster, the run as
/// it stands by now.
async fn page(market: &Market, mut run: Run, ctx: &Ctx<'_>) -> Result<Run, Refusal> {
    let page = decide::page(repo::owed(market, &run).await?, repo::due(market, &run).await?);
    let mut rest = &page.owners[..];
    loop {
        let some = decide::some(rest);
        rest = &rest[some.len()..];
        let is_last = page.is_last && rest.is_empty();
        let (made, passed) = made(&run, some, is_last, ctx)?;
        let further = run.clone().passed(&made, passed, ctx.now);
        let written = match posted(market, &made, ctx).await {
            Ok(posted) => {
                let decision = decide::batch(&further, &made).and(posted);
                market.commit(Stamp::from(ctx), decision).await.map_err(Refusal::from)
            }
            Err(refusal) => Err(refusal),
        };
        match written {
            Ok(()) => run = further,
            Err(refusal) => return faster(market, &run, refusal).await,
        }
        if rest.is_empty() {
            return Ok(run);
        }
    }
}

/// A reserve may be found empty, or items gone, because somebody else took this very step.
async fn faster(market: &Market, run: &Run, refusal: Refusal) -> Result<Run, Refusal> {
    let now = repo::one_run(market, run.id).await?.ok_or_else(Refusal::not_found)?;
    let is_conflict = refusal.code() == Refusal::from(CommitError::Conflict).code();
    if is_conflict || now.version != run.version { Ok(now) } else { Err(refusal) }
}

fn made(run: &Run, some: &[Found], is_last: bool, ctx: &Ctx<'_>) -> Result<(Vec<Made>, Passed), Refusal> {
    let mut made = Vec::with_capacity(some.len());
    for found in some {
        made.extend(decide::statement(run, found, ctx)?);
    }
    let to: Place = some.last().map_or_else(|| run.after.clone(), |last| last.place.clone());
    let carried = (some.len() - made.len()) as i64;
    Ok((made, Passed { to, carried, is_last }))
}

async fn posted(market: &Market, made: &[Made], ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let postings: Vec<_> = made.iter().flat_map(|one| decide::postings(&one.statement)).collect();
    if postings.is_empty() {
        return Ok(Decision::nothing());
    }
    let book = ledger::load(market, &postings).await?;
    Ok(ledger::post(book, &postings, ctx)?.0)
}
