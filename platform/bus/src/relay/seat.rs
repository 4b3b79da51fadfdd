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
        let mut passed = self.0.lock();
        if passed.len() >= limits::REMEMBERED_CURSORS_MAX {
            passed.clear();
        }
        passed.insert((market.place().id.raw(), seat.name()), (seat.cursor.turn, seat.from));
    }

    /// What was remembered holds only while the cursor has not had a turn since.
    fn apply(&self, market: &Market, seat: &mut Seat) {
        let key = (market.place().id.raw(), seat.name());
        let mut passed = self.0.lock();
        match passed.get(&key) {
            Some(&(turn, pos)) if turn == seat.cursor.turn => seat.from = seat.from.max(pos),
            Some(_) => drop(passed.remove(&key)),
            None => {}
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
        let queries = [tables::CURSORS, tables::PARKED_COUNTS];
        let rows = market.snapshot(queries.map(|sql| Query { sql, params: Vec::new() }).into()).await?;
        let [cursors, parked] = &rows[..] else {
            return Err(StoreError::Bug("a snapshot answers every query".into()));
        };
        let cursors: Vec<Cursor> = cursors.list()?;
        let parked: Vec<(String, i64, bool)> = parked.list()?;
        let mut seats = Vec::new();
        let mut missing = Vec::new();
        for consumer in registry.consumers_of(market.place().kind) {
            let name = consumer.name();
            let Some(cursor) = cursors.iter().find(|cursor| cursor.consumer == name) else {
                missing.push(name);
                continue;
            };
            let counts = parked.iter().find(|(its, ..)| its == name);
            let mut seat = Seat {
                consumer: consumer.clone(),
                cursor: cursor.clone(),
                from: cursor.pos,
                parked: counts.map_or(0, |(_, count, _)| *count),
                released: counts.is_some_and(|(.., released)| *released),
            };
            passed.apply(market, &mut seat);
            seats.push(seat);
        }
        Ok((seats, missing))
    }
}
