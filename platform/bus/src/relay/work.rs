//! One consumer, one batch: its effect and its cursor in one commit.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use kernel::{Change, Decision, values};
use store::{CommitError, Event, Market, StoreError};

use super::Relay;
use super::plan::{Plan, Step, after_failure, wider};
use super::seat::Seat;
use crate::consumer::Trouble;
use crate::counts::add;
use crate::tables::{self, Cursor, Parking, park};
use crate::{backoff, limits};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worked {
    Done,
    /// It failed; what follows is written with the cursor.
    Failed,
    /// Somebody else moved the cursor: nothing of ours counts.
    Overtaken,
}

impl Relay {
    /// `beside`: changes without guard that may ride along.
    pub(super) async fn work(
        &self,
        market: &Market,
        seat: &Seat,
        plan: Plan,
        beside: Vec<Change>,
    ) -> Result<Worked, StoreError> {
        let stamp = self.stamp();
        if seat.parked + plan.behind.len() as i64 > limits::PARKED_MAX {
            let trouble = Trouble::OutOfReach("too many of its events are parked".into());
            return self.failed(market, seat, &plan, trouble).await;
        }
        let decision = match self.ask(market, seat, &plan.batch).await {
            Ok(decision) => decision,
            Err(trouble) => return self.failed(market, seat, &plan, trouble).await,
        };
        let behind = plan.behind.iter().map(|(event, released)| {
            let (consumer, released, now) = (seat.name(), *released, stamp.at);
            park(event, Parking { consumer, tries: 0, released, now, error: None })
        });
        let Cursor { turn, span, .. } = seat.cursor;
        let advance = tables::ADVANCE.with(values![seat.name(), turn, plan.to, wider(span)]);
        let decision = decision.changes(behind).change(advance).changes(beside);
        match market.commit(stamp, decision).await {
            Ok(()) => {
                add(&self.counters.batches, 1);
                add(&self.counters.events, plan.batch.len());
                add(&self.counters.parked, plan.behind.len());
                Ok(Worked::Done)
            }
            Err(error) => match self.blame(market, seat, error).await? {
                None => Ok(Worked::Overtaken),
                Some(trouble) => self.failed(market, seat, &plan, trouble).await,
            },
        }
    }

    /// Hands events over. A panic or dawdling is a failure like any other.
    pub(super) async fn ask(
        &self,
        market: &Market,
        seat: &Seat,
        events: &[Event],
    ) -> Result<Decision, Trouble> {
        if events.is_empty() {
            return Ok(Decision::nothing());
        }
        let answer = async { seat.consumer.handle(market, events).await };
        let answer = AssertUnwindSafe(answer).catch_unwind();
        match tokio::time::timeout(limits::CONSUMER_TIME_MAX, answer).await {
            Err(_) => Err(Trouble::Failed("it took too long".into())),
            Ok(Err(panic)) => Err(Trouble::Failed(format!("it panicked: {}", panic_text(&*panic)))),
            Ok(Ok(answer)) => answer,
        }
    }

    /// Why a commit did not happen; `None` when somebody else has moved the cursor.
    pub(super) async fn blame(
        &self,
        market: &Market,
        seat: &Seat,
        error: CommitError,
    ) -> Result<Option<Trouble>, StoreError> {
        match error {
            // The cursor's turn tells at the next look whether it was committed.
            CommitError::Unknown(_) => return Ok(None),
            CommitError::Failed(error) => match error.into() {
                Trouble::Failed(text) => return Ok(Some(Trouble::Failed(text))),
                Trouble::OutOfReach(text) => return Err(StoreError::Down(text)),
            },
            CommitError::Conflict | CommitError::Refused(_) => {}
        }
        let now: Option<Cursor> = market.one(tables::CURSOR, values![seat.name()]).await?;
        if now.is_none_or(|now| now.turn != seat.cursor.turn) {
            return Ok(None);
        }
        Ok(Some(error.into()))
    }

    /// Writes down what follows a failure.
    async fn failed(
        &self,
        market: &Market,
        seat: &Seat,
        plan: &Plan,
        trouble: Trouble,
    ) -> Result<Worked, StoreError> {
        add(&self.counters.failures, 1);
        let (name, stamp) = (seat.name(), self.stamp());
        let Cursor { turn, tries, span, .. } = seat.cursor;
        let error = short(&trouble.to_string());
        let step = match trouble {
            Trouble::OutOfReach(_) => Step::Again { tries, span, pause: None },
            // Nothing was handed over: the fault is in what was to be written.
            Trouble::Failed(_) if plan.batch.is_empty() => {
                Step::Again { tries: tries.saturating_add(1), span, pause: Some(tries.saturating_add(1)) }
            }
            Trouble::Failed(_) => {
                after_failure(tries, span, plan.batch.len(), seat.parked < limits::PARKED_MAX)
            }
        };
        let decision = match (step, plan.batch.last()) {
            (Step::Park, Some(event)) => {
                tracing::error!(market = %market.place().name, consumer = name, pos = event.pos, error, "an event is parked");
                let tries = tries.saturating_add(1);
                // What was to be parked behind others is met again: the cursor stops at the guilty one.
                let earlier = plan.behind.iter().filter(|(behind, _)| behind.pos < event.pos);
                let earlier = earlier.map(|(behind, released)| {
                    let (released, now) = (*released, stamp.at);
                    park(behind, Parking { consumer: name, tries: 0, released, now, error: None })
                });
                let parking =
                    Parking { consumer: name, tries, released: false, now: stamp.at, error: Some(&error) };
                add(&self.counters.parked, 1);
                Decision::nothing()
                    .changes(earlier)
                    .change(park(event, parking))
                    .change(tables::ADVANCE.with(values![name, turn, event.pos, 1]))
            }
            (Step::Again { tries, span, pause }, _) => {
                let wait = match (&trouble, pause) {
                    (Trouble::OutOfReach(_), _) => limits::OUT_OF_REACH_WAIT,
                    (_, None) => kernel::jiff::SignedDuration::ZERO,
                    (_, Some(failures)) => {
                        let (min, max) = (limits::CONSUMER_WAIT_MIN, limits::CONSUMER_WAIT_MAX);
                        backoff::wait(failures, min, max, &*self.random)
                    }
                };
                tracing::warn!(market = %market.place().name, consumer = name, pos = seat.from, tries, error, "a consumer failed");
                let due = stamp.at.checked_add(wait).unwrap_or(stamp.at);
                Decision::nothing().change(tables::WAIT.with(values![name, turn, tries, span, due, error]))
            }
            (Step::Park, None) => Decision::nothing(),
        };
        match market.commit(stamp, decision).await {
            Ok(()) => Ok(Worked::Failed),
            Err(CommitError::Failed(error)) => Err(error),
            Err(_) => Ok(Worked::Overtaken),
        }
    }
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// As much of an error as is kept.
pub(crate) fn short(error: &str) -> String {
    error.chars().take(limits::ERROR_LETTERS_MAX).collect()
}
