//! Which markets wait for a turn, and which for a moment.
//!
//! A market waits once, however often it is nudged, and has one worker at a time; nudged meanwhile,
//! it goes to the back of the queue afterwards. So the queue is bounded by the number of markets
//! and a busy market does not starve the others.
//!
//! After a turn a market may rest: what comes meanwhile is then taken together, so that followers of a
//! busy market sync the disk a few dozen times a second and not after each commit of its people.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use kernel::jiff::Timestamp;
use parking_lot::Mutex;
use store::Market;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits;

pub(crate) struct Wake {
    clock: Arc<dyn Clock>,
    rest: Duration,
    inner: Mutex<Inner>,
    arrived: Notify,
    timed: Notify,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<i64>,
    /// In the order in which their rest ends, since all rest equally long.
    resting: VecDeque<(Instant, i64)>,
    turns: HashMap<i64, Turn>,
    moments: BTreeSet<(Timestamp, i64)>,
    waiting: HashMap<i64, (Timestamp, Market)>,
    closed: bool,
}

struct Turn {
    market: Market,
    state: State,
    events: u64,
    since: Timestamp,
}

#[derive(PartialEq)]
enum State {
    Queued,
    Working,
    /// Nudged while it was worked on.
    Again,
    /// Worked on, with more to do than one turn allows.
    More,
    Resting,
    /// Nudged while it rests.
    Called,
}

impl Wake {
    /// `rest` is the least time between two turns of a market, unless the first one left work behind.
    pub(crate) fn new(clock: Arc<dyn Clock>, rest: Duration) -> Arc<Self> {
        let (arrived, timed) = (Notify::new(), Notify::new());
        Arc::new(Self { clock, rest, inner: Mutex::default(), arrived, timed })
    }

    /// There is something to do, now. `events` is how much more, where that is known.
    pub(crate) fn nudge(&self, market: &Market, events: u64) {
        let mut inner = self.inner.lock();
        if inner.closed {
            return;
        }
        let id = market.place().id.raw();
        if let Some(turn) = inner.turns.get_mut(&id) {
            turn.events += events;
            match turn.state {
                State::Working => turn.state = State::Again,
                State::Resting => {
                    turn.state = State::Called;
                    turn.since = self.clock.now();
                }
                State::Queued | State::Again | State::More | State::Called => {}
            }
            return;
        }
        if inner.turns.len() >= limits::MARKETS_WAITING_MAX {
            return;
        }
        let turn = Turn { market: market.clone(), state: State::Queued, events, since: self.clock.now() };
        inner.turns.insert(id, turn);
        inner.queue.push_back(id);
        drop(inner);
        self.arrived.notify_one();
    }

    /// There will be something to do at `moment`; of several moments, the first counts.
    pub(crate) fn at(&self, market: &Market, moment: Timestamp) {
        if moment <= self.clock.now() {
            return self.nudge(market, 0);
        }
        let mut inner = self.inner.lock();
        let id = market.place().id.raw();
        if inner.closed {
            return;
        }
        match inner.waiting.get(&id).map(|(at, _)| *at) {
            Some(at) if at <= moment => return,
            Some(at) => {
                inner.moments.remove(&(at, id));
            }
            None if inner.waiting.len() >= limits::MARKETS_WAITING_MAX => return,
            None => {}
        }
        inner.moments.insert((moment, id));
        inner.waiting.insert(id, (moment, market.clone()));
        drop(inner);
        self.timed.notify_one();
    }

    /// The next market to work on; `None` once closed.
    pub(crate) async fn take(self: &Arc<Self>) -> Option<Taken> {
        loop {
            let arrived = self.arrived.notified();
            let rest_ends = {
                let mut inner = self.inner.lock();
                if inner.closed {
                    break;
                }
                inner.end_rests();
                if let Some(id) = inner.queue.pop_front() {
                    let more = !inner.queue.is_empty();
                    let Some(turn) = inner.turns.get_mut(&id) else { continue };
                    turn.state = State::Working;
                    turn.events = 0;
                    let market = turn.market.clone();
                    drop(inner);
                    if more {
                        self.arrived.notify_one();
                    }
                    return Some(Taken { wake: self.clone(), market });
                }
                inner.resting.front().map(|(end, _)| *end)
            };
            match rest_ends {
                None => arrived.await,
                Some(end) => {
                    tokio::select! {
                        () = arrived => {}
                        () = tokio::time::sleep_until(end) => {}
                    }
                }
            }
        }
        // Whoever else waits must hear of it too.
        self.arrived.notify_one();
        None
    }

    /// Queues the markets whose moment has come; the clock is looked at every `tick` at least,
    /// because it need not go as the machine's does.
    pub(crate) async fn keep_time(&self, tick: Duration) {
        loop {
            let next = self.fire();
            let pause = match next {
                None => {
                    self.timed.notified().await;
                    continue;
                }
                Some(next) => {
                    let left = next.duration_since(self.clock.now());
                    Duration::try_from(left).unwrap_or_default().clamp(Duration::from_millis(1), tick)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.timed.notified() => {}
            }
        }
    }

    /// The next moment that has not come.
    fn fire(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        loop {
            let market = {
                let mut inner = self.inner.lock();
                let &(moment, id) = inner.moments.first()?;
                if moment > now {
                    return Some(moment);
                }
                inner.moments.pop_first();
                inner.waiting.remove(&id)
            };
            if let Some((_, market)) = market {
                self.nudge(&market, 0);
            }
        }
    }

    /// Nothing is taken from now on, and nothing is added.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock();
        inner.closed = true;
        inner.queue.clear();
        inner.resting.clear();
        inner.turns.retain(|_, turn| matches!(turn.state, State::Working | State::Again | State::More));
        inner.moments.clear();
        inner.waiting.clear();
        drop(inner);
        self.arrived.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.inner.lock().closed
    }

    pub(crate) fn queued(&self) -> usize {
        self.inner.lock().queue.len()
    }

    /// Calls `each` with the markets that have events nobody has looked at yet.
    pub(crate) fn unseen(&self, mut each: impl FnMut(&Market, u64, Timestamp)) {
        for turn in self.inner.lock().turns.values().filter(|turn| turn.events > 0) {
            each(&turn.market, turn.events, turn.since);
        }
    }
}

impl Inner {
    /// Those that were called meanwhile go to the back of the queue.
    fn end_rests(&mut self) {
        let instant = Instant::now();
        while let Some(&(end, id)) = self.resting.front()
            && end <= instant
        {
            self.resting.pop_front();
            match self.turns.get_mut(&id) {
                Some(turn) if turn.state == State::Called => {
                    turn.state = State::Queued;
                    self.queue.push_back(id);
                }
                _ => drop(self.turns.remove(&id)),
            }
        }
    }
}

/// A market whose turn it is. Given back when dropped, also by a worker that is cut off.
pub(crate) struct Taken {
    wake: Arc<Wake>,
    pub(crate) market: Market,
}

impl Taken {
    /// There is more to do than one turn allows.
    pub(crate) fn again(&self) {
        if let Some(turn) = self.wake.inner.lock().turns.get_mut(&self.market.place().id.raw()) {
            turn.state = State::More;
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let id = self.market.place().id.raw();
        let wake = &self.wake;
        let mut inner = wake.inner.lock();
        let closed = inner.closed;
        let Some(turn) = inner.turns.get_mut(&id) else { return };
        let is_called = turn.state != State::Working;
        turn.since = wake.clock.now();
        if closed || (wake.rest.is_zero() && !is_called) {
            inner.turns.remove(&id);
            return;
        }
        if turn.state == State::More || wake.rest.is_zero() {
            turn.state = State::Queued;
            inner.queue.push_back(id);
        } else {
            turn.state = if is_called { State::Called } else { State::Resting };
            inner.resting.push_back((Instant::now() + wake.rest, id));
        }
        drop(inner);
        wake.arrived.notify_one();
    }
}
