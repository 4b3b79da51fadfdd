//! From events to consumers: in order, once, market by market.

mod plan;
mod replay;
mod seat;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::future::join_all;
use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Clock, Decision, Random, values};
use store::{CommitError, Event, Market, Stamp, StoreError};

use self::plan::Plan;
use self::seat::{PassedOver, Seat, Seats};
use self::work::Worked;
pub(crate) use self::work::{panic_text, short};
use crate::counts::Counters;
use crate::directory::{self, Directory};
use crate::lag::{Behind, Lags};
use crate::limits;
use crate::registry::Registry;
use crate::tables;
use crate::wake::{Taken, Wake};

pub(crate) struct Relay {
    pub(crate) registry: Arc<Registry>,
    directory: Arc<dyn Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) wake: Arc<Wake>,
    pub(crate) lags: Lags,
    passed: PassedOver,
}

impl Relay {
    pub(crate) fn new(
        registry: Arc<Registry>,
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        counters: Arc<Counters>,
    ) -> Self {
        let wake = Wake::new(clock.clone(), limits::RELAY_REST);
        let (lags, passed) = (Lags::default(), PassedOver::default());
        Self { registry, directory, clock, random, counters, wake, lags, passed }
    }

    /// Whether anybody follows what happens in this kind of market.
    pub(crate) fn follows(&self, market: &Market) -> bool {
        self.registry.consumers_of(market.place().kind).next().is_some()
    }

    fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    /// One of a fixed number of workers.
    pub(crate) async fn serve(self: Arc<Self>) {
        while let Some(taken) = self.wake.take().await {
            self.turn(&taken).await;
        }
    }

    async fn turn(&self, taken: &Taken) {
        let market = &directory::current(&*self.directory, &taken.market);
        match self.visit(market).await {
            Ok(true) => taken.again(),
            Ok(false) => {}
            Err(StoreError::Missing(_)) => {}
            Err(error) => {
                tracing::warn!(market = %market.place().name, %error, "the relay cannot work here now");
                let now = self.clock.now();
                self.wake.at(market, now.checked_add(limits::OUT_OF_REACH_WAIT).unwrap_or(now));
            }
        }
    }

    /// A few batches for every consumer; `true` when there is more.
    async fn visit(&self, market: &Market) -> Result<bool, StoreError> {
        for _ in 0..limits::BATCHES_PER_VISIT_MAX {
            let last = market.settle().await?;
            let seats = Seats::load(market, &self.registry, &self.passed, self.stamp()).await?;
            let mut seats = Seats { seats, last };
            let more = self.round(market, &mut seats).await?;
            self.note_lag(market, &seats).await?;
            if !more || self.wake.is_closed() {
                return Ok(more);
            }
        }
        Ok(true)
    }

    /// One batch for every consumer that has not been told to wait.
    async fn round(&self, market: &Market, seats: &mut Seats) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut more = false;
        let mut groups: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (index, seat) in seats.seats.iter_mut().enumerate() {
            if seat.waits(now) {
                self.wake.at(market, seat.cursor.due);
                continue;
            }
            if seat.released && !self.replay(market, seat).await? {
                more = true;
                continue;
            }
            if seat.from < seats.last {
                groups.entry(seat.from).or_default().push(index);
            }
        }
        for (from, group) in groups {
            let events: Vec<Event> =
                market.list(tables::EVENTS, values![from, limits::BATCH_EVENTS_MAX as i64]).await?;
            self.hand_out(market, seats, &group, &events).await?;
            // What is committed from now on nudges this market again.
            more |= group.iter().any(|&index| seats.seats[index].from < seats.last);
        }
        Ok(more)
    }

    /// The same events for all consumers that stand at the same place, at the same time: their
    /// commits share one sync of the disk.
    async fn hand_out(
        &self,
        market: &Market,
        seats: &mut Seats,
        group: &[usize],
        events: &[Event],
    ) -> Result<(), StoreError> {
        let Some(end) = events.last().map(|event| event.pos) else { return Ok(()) };
        let (mut plans, mut idle) = (Vec::new(), Vec::new());
        for &index in group {
            let seat = &seats.seats[index];
            let blocked = self.blocked(market, seat, end).await?;
            let plan = Plan::of(events, |name| seat.consumer.wants(name), &blocked, seat.cursor.span);
            if plan.batch.is_empty() && plan.behind.is_empty() {
                idle.push(index);
            } else {
                plans.push((index, plan));
            }
        }
        let beside = self.pass_over(market, seats, &idle, end, plans.is_empty()).await?;
        let mut beside = Some(beside);
        let seated = &*seats;
        let work = plans.into_iter().map(|(index, plan)| {
            let to = plan.to;
            let beside = beside.take().unwrap_or_default();
            let seat = &seated.seats[index];
            async move { (index, to, self.work(market, seat, plan, beside).await) }
        });
        let worked = join_all(work).await;
        for (index, to, worked) in worked {
            match worked? {
                Worked::Done => seats.seats[index].from = to,
                Worked::Failed | Worked::Overtaken => {}
            }
        }
        Ok(())
    }

    /// Subjects among the next events that have something parked for this consumer.
    async fn blocked(
        &self,
        market: &Market,
        seat: &Seat,
        end: i64,
    ) -> Result<HashMap<i64, bool>, StoreError> {
        if seat.parked == 0 {
            return Ok(HashMap::new());
        }
        let params = values![seat.name(), seat.from, end];
        Ok(market.list(tables::PARKED_SUBJECTS, params).await?.into_iter().collect())
    }

    /// Moves the cursors of those that want nothing of these events: in memory, and on disk with
    /// another consumer's commit or once it is worth one. Returns what may ride along.
    async fn pass_over(
        &self,
        market: &Market,
        seats: &mut Seats,
        idle: &[usize],
        to: i64,
        alone: bool,
    ) -> Result<Vec<Change>, StoreError> {
        let mut moves = Vec::new();
        for &index in idle {
            let seat = &mut seats.seats[index];
            seat.from = to;
            self.passed.note(market, seat);
            let worth_it = to - seat.cursor.pos >= limits::PASSED_OVER_MAX;
            if worth_it || !alone {
                let params = values![seat.name(), seat.cursor.turn, to, seat.cursor.span];
                moves.push(tables::ADVANCE.with(params).any_rows());
            }
        }
        if !alone || moves.is_empty() {
            return Ok(moves);
        }
        match market.commit(self.stamp(), Decision::nothing().changes(moves)).await {
            Err(CommitError::Failed(error)) => Err(error),
            _ => Ok(Vec::new()),
        }
    }

    async fn note_lag(&self, market: &Market, seats: &Seats) -> Result<(), StoreError> {
        let mut behind = Vec::new();
        for seat in &seats.seats {
            let events = (seats.last - seat.from).max(0) as u64;
            let mut since = self.clock.now();
            if events > 0 {
                let at: Option<(Timestamp,)> = market.one(tables::NEXT_EVENT_AT, values![seat.from]).await?;
                since = at.map_or(since, |(at,)| at);
            }
            if events > 0 || seat.parked > 0 {
                behind.push((seat.name(), Behind { events, since, parked: seat.parked.max(0) as u64 }));
            }
        }
        self.lags.note(market.place(), behind);
        Ok(())
    }
}
