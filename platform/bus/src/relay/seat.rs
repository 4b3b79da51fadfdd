//! Where the consumers of one market stand, as it was read.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Decision, values};
use parking_lot::Mutex;
use store::{CommitError, Market, Query, Stamp, StoreError};

use crate::consumer::AnyConsumer;
use crate::limits;
use crate::registry::Registry;
use crate::tables::{self, Cursor};

/// One consumer in one market.
pub(crate) struct Seat {
    pub(crate) consumer: Arc<dyn AnyConsumer>,
    pub(crate) cursor: Cursor,
    /// Where it really is: events it does not want were passed over, which is not written yet.
    pub(crate) from: i64,
    pub(crate) parked: i64,
    pub(crate) released: bool,
}

impl Seat {
    pub(crate) fn name(&self) -> &'static str {
        self.consumer.name()
    }

    pub(crate) fn waits(&self, now: Timestamp) -> bool {
        self.cursor.due > now
    }
}

/// All consumers of one market, and where its events end.
pub(crate) struct Seats {
    pub(crate) seats: Vec<Seat>,
    pub(crate) last: i64,
}

/// Cursors that are further than they are written, so that passing over an event costs no commit.
/// Losing this only means passing over those events again.
#[derive(Default)]
pub(crate) struct PassedOver(Mutex<HashMap<MarketAndConsumer, TurnAndPos>>);

type MarketAndConsumer = (i64, &'static str);
type TurnAndPos = (i64, i64);

impl PassedOver {
    pub(crate) fn note(&self, market: &Market, seat: &Seat) {
        self.remember((market.place().id.raw(), seat.name()), seat.cursor.turn, seat.from);
    }

    fn remember(&self, key: MarketAndConsumer, turn: i64, pos: i64) {
        let mut passed = self.0.lock();
        if passed.len() >= limits::REMEMBERED_CURSORS_MAX {
            passed.clear();
        }
        passed.insert(key, (turn, pos));
    }

    fn knows(&self, key: &MarketAndConsumer) -> bool {
        self.0.lock().contains_key(key)
    }

    /// Where the consumer really is. What was remembered holds only while the cursor has not had a
    /// turn since; and not beyond the `last` event: then an older copy of the market has come back.
    fn from(&self, key: MarketAndConsumer, cursor: &Cursor, last: i64) -> i64 {
        let mut passed = self.0.lock();
        match passed.get(&key) {
            Some(&(turn, pos)) if turn == cursor.turn && pos <= last => cursor.pos.max(pos),
            Some(_) => {
                passed.remove(&key);
                cursor.pos
            }
            None => cursor.pos,
        }
    }
}

impl Seats {
    pub(crate) async fn load(
        market: &Market,
        registry: &Registry,
        passed: &PassedOver,
        stamp: Stamp,
    ) -> Result<Vec<Seat>, StoreError> {
        loop {
            let (seats, missing) = Self::read(market, registry, passed).await?;
            if missing.is_empty() {
                return Ok(seats);
            }
            // Another process may add them at the same moment, which is as well.
            let add = |name: &'static str| tables::ADD_CURSOR.with(values![name]).any_rows();
            let decision = Decision::nothing().changes(missing.into_iter().map(add));
            match market.commit(stamp, decision).await {
                Ok(()) | Err(CommitError::Conflict) => {}
                Err(CommitError::Failed(error)) => return Err(error),
                Err(other) => return Err(StoreError::Down(other.to_string())),
            }
        }
    }

    async fn read(
        market: &Market,
        registry: &Registry,
        passed: &PassedOver,
    ) -> Result<(Vec<Seat>, Vec<&'static str>), StoreError> {
        let id = market.place().id.raw();
        let mut queries = vec![tables::CURSORS, tables::PARKED_COUNTS];
        let consumers = || registry.consumers_of(market.place().kind);
        if consumers().any(|consumer| passed.knows(&(id, consumer.name()))) {
            queries.push(store::LAST_POSITION);
        }
        let queries = queries.into_iter().map(|sql| Query { sql, params: Vec::new() }).collect();
        let rows = market.snapshot(queries).await?;
        let [cursors, parked, rest @ ..] = &rows[..] else {
            return Err(StoreError::Bug("a snapshot answers every query".into()));
        };
        let last: Option<(i64,)> = rest.first().map(|rows| rows.one()).transpose()?.flatten();
        let last = last.map_or(0, |(last,)| last);
        let cursors: Vec<Cursor> = cursors.list()?;
        let parked: Vec<(String, i64, bool)> = parked.list()?;
        let mut seats = Vec::new();
        let mut missing = Vec::new();
        for consumer in consumers() {
            let name = consumer.name();
            let Some(cursor) = cursors.iter().find(|cursor| cursor.consumer == name) else {
                missing.push(name);
                continue;
            };
            let counts = parked.iter().find(|(its, ..)| its == name);
            seats.push(Seat {
                consumer: consumer.clone(),
                cursor: cursor.clone(),
                from: passed.from((id, name), cursor, last),
                parked: counts.map_or(0, |(_, count, _)| *count),
                released: counts.is_some_and(|(.., released)| *released),
            });
        }
        Ok((seats, missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_over_is_forgotten_when_it_cannot_be_true_any_more() {
        const KEY: MarketAndConsumer = (7, "follower");
        // A market as an older file has it: the same turn, and fewer events than were passed over.
        for (turn, last, expect, kept) in
            [(3, 20, 12, true), (3, 12, 12, true), (4, 20, 5, false), (3, 11, 5, false)]
        {
            let passed = PassedOver::default();
            passed.remember(KEY, 3, 12);
            let cursor = Cursor {
                consumer: KEY.1.into(),
                pos: 5,
                turn,
                tries: 0,
                span: 0,
                due: Timestamp::UNIX_EPOCH,
                error: None,
            };
            assert_eq!(passed.from(KEY, &cursor, last), expect, "turn {turn}, {last} events");
            assert_eq!(passed.knows(&KEY), kept, "turn {turn}, {last} events");
            // New events up to the place that was remembered are handed out as well.
            assert_eq!(passed.from(KEY, &cursor, 20), expect, "turn {turn}, {last} events");
        }
    }
}
