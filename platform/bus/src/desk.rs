//! For operators: what is parked or dead, and what to do about it.
//!
//! These only write rows. A running bus finds them with its next sweep, or at once with
//! [`crate::Bus::nudge`].

use kernel::{Decision, Refusal, values};
use store::{CommitError, Market, Stamp, StoreError};

use crate::limits::LISTED_MAX;
use crate::tables::{self, Cursor, DeadJob, Parked};

/// How far every consumer is in this market. One that wants nothing may be up to
/// [`crate::limits::PASSED_OVER_MAX`] events further than it says here.
pub async fn cursors(market: &Market) -> Result<Vec<Cursor>, StoreError> {
    market.list(tables::CURSORS, values![]).await
}

/// Which events a market holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub events: i64,
    pub first: i64,
    pub last: i64,
}

/// Checks that positions leave none out and that no consumer is ahead of them.
pub async fn verify(market: &Market) -> Result<Extent, Refusal> {
    market.settle().await?;
    let (events, first, last) = market.one(tables::EXTENT, values![]).await?.unwrap_or((0, 1, 0));
    if events != last - first + 1 {
        let message = format!("{events} events stand at positions {first} to {last}: some are missing.");
        return Err(Refusal::conflict("positions_missing", message));
    }
    if let Some(ahead) = cursors(market).await?.into_iter().find(|cursor| cursor.pos > last) {
        let message = format!("{} stands at {}, after the last event, {last}.", ahead.consumer, ahead.pos);
        return Err(Refusal::conflict("cursor_ahead", message));
    }
    Ok(Extent { events, first, last })
}

/// Events that wait for somebody to look, oldest first for each consumer.
pub async fn parked(market: &Market) -> Result<Vec<Parked>, StoreError> {
    market.list(tables::PARKED, values![LISTED_MAX]).await
}

/// Lets a parked event be tried again, and with it all of its subject's, in order, from the first.
pub async fn replay(market: &Market, stamp: Stamp, consumer: &str, pos: i64) -> Result<(), Refusal> {
    let subject = parked_subject(market, consumer, pos).await?;
    let decision = Decision::nothing()
        .change(tables::RELEASE.with(values![consumer, subject]).any_rows())
        .change(tables::WAKE.with(values![consumer]));
    Ok(market.commit(stamp, decision).await?)
}

/// Lets all of a consumer's parked events be tried again, in order.
pub async fn replay_all(market: &Market, stamp: Stamp, consumer: &str) -> Result<(), Refusal> {
    let decision = Decision::nothing()
        .change(tables::RELEASE_ALL.with(values![consumer]).any_rows())
        .change(tables::WAKE.with(values![consumer]).or_refuse(Refusal::not_found()));
    Ok(market.commit(stamp, decision).await?)
}

/// Gives up one parked event; those behind it are tried.
pub async fn discard(market: &Market, stamp: Stamp, consumer: &str, pos: i64) -> Result<(), Refusal> {
    let subject = parked_subject(market, consumer, pos).await?;
    let decision = Decision::nothing()
        .change(tables::UNPARK.with(values![consumer, pos]))
        .change(tables::RELEASE_BEHIND.with(values![consumer, subject, pos]).any_rows())
        .change(tables::WAKE.with(values![consumer]));
    Ok(market.commit(stamp, decision).await?)
}

async fn parked_subject(market: &Market, consumer: &str, pos: i64) -> Result<i64, Refusal> {
    let subject: Option<(i64,)> = market.one(tables::PARKED_SUBJECT, values![consumer, pos]).await?;
    subject.map(|(subject,)| subject).ok_or_else(Refusal::not_found)
}

/// Has a consumer see everything after `pos` again. `clearing` removes what it had made of those
/// events, in the same commit; what is parked up to `pos` stays parked.
pub async fn rewind(
    market: &Market,
    stamp: Stamp,
    consumer: &str,
    pos: i64,
    clearing: Decision,
) -> Result<(), Refusal> {
    let decision = clearing
        .change(tables::REWIND.with(values![consumer, pos.max(0)]).or_refuse(Refusal::not_found()))
        .change(tables::UNPARK_AFTER.with(values![consumer, pos.max(0)]).any_rows());
    Ok(market.commit(stamp, decision).await?)
}

/// Jobs that will not be tried again by themselves.
pub async fn dead(market: &Market) -> Result<Vec<DeadJob>, StoreError> {
    market.list(tables::DEAD, values![LISTED_MAX]).await
}

/// Gives a dead job all its attempts again, from now.
pub async fn revive(market: &Market, stamp: Stamp, job: i64) -> Result<(), Refusal> {
    let found: Option<(Option<String>,)> = market.one(tables::DEAD_KEY, values![job]).await?;
    if found.is_none() {
        return Err(Refusal::not_found());
    }
    let taken = Refusal::conflict("job_waiting", "Another job with the same key is waiting or running.");
    let change = tables::REVIVE.with(values![job, stamp.at]).or_refuse(taken);
    market.commit(stamp, Decision::nothing().change(change)).await.map_err(|error: CommitError| error.into())
}
