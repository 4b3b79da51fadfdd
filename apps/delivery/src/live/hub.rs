//! All rooms of the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dispatch::Watcher;
use dispatch::position::Seen;
use kernel::{Actor, Id, Person, Refusal};
use parking_lot::RwLock;
use store::{Listener, Market, News};

use super::inbox::{Inbox, Taken};
use super::room::Room;
use super::seats::{Seat, Seats};
use super::step::Topic;
use super::{limits, tail};
use crate::order::OrderId;

/// Who follows what in this process. One for the process.
#[derive(Default)]
pub struct Hub {
    rooms: RwLock<HashMap<i64, Arc<Room>>>,
    seats: Arc<Seats>,
    is_closed: AtomicBool,
}

/// Somebody follows something, until this is dropped.
pub struct Following {
    /// All that comes after this position is put into the inbox.
    pub from: i64,
    room: Arc<Room>,
    topic: Topic,
    inbox: Arc<Inbox>,
    _seat: Seat,
}

impl Hub {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on somebody hears of a topic. Whoever is the first in a market has its events read.
    pub async fn follow(
        self: &Arc<Self>,
        market: &Market,
        topic: Topic,
        who: Actor,
    ) -> Result<Following, Refusal> {
        let id = market.place().id.raw();
        let seat = self.seats.take(id, who)?;
        let inbox = Arc::new(Inbox::default());
        if let Some((room, from)) = self.enter(id, topic, &inbox) {
            return Ok(Following { from, room, topic, inbox, _seat: seat });
        }
        let now = market.settle().await?;
        let mut rooms = self.rooms.write();
        if self.is_closed.load(Ordering::Relaxed) {
            let message = "This server is about to stop; ask again.";
            return Err(Refusal::unavailable("stopping", message, 1));
        }
        let mut is_first = false;
        let room = rooms.entry(id).or_insert_with(|| {
            is_first = true;
            Arc::new(Room::new(now))
        });
        let (room, from) = (room.clone(), room.enter(topic, inbox.clone()));
        drop(rooms);
        if is_first {
            tokio::spawn(tail::follow(self.clone(), market.clone(), room.clone()));
        }
        Ok(Following { from, room, topic, inbox, _seat: seat })
    }

    /// A room is left alone only while nobody can enter it.
    fn enter(&self, market: i64, topic: Topic, inbox: &Arc<Inbox>) -> Option<(Arc<Room>, i64)> {
        let rooms = self.rooms.read();
        let room = rooms.get(&market).filter(|_| !self.is_closed.load(Ordering::Relaxed))?;
        Some((room.clone(), room.enter(topic, inbox.clone())))
    }

    /// Whether nobody is left in a room, which then is none any more.
    pub(super) fn is_left(&self, market: &Market, room: &Arc<Room>) -> bool {
        if !room.is_empty() {
            return false;
        }
        let mut rooms = self.rooms.write();
        let is_left = room.is_empty();
        if is_left {
            rooms.remove(&market.place().id.raw());
        }
        is_left
    }

    /// Nobody reads for this room any more; whoever is still in it comes back to another.
    pub(super) fn end(&self, market: &Market, room: &Arc<Room>) {
        let mut rooms = self.rooms.write();
        let id = market.place().id.raw();
        if rooms.get(&id).is_some_and(|its| Arc::ptr_eq(its, room)) {
            rooms.remove(&id);
        }
        drop(rooms);
        room.close();
    }

    /// Before the process stops: all streams end, and their readers come back, elsewhere or later.
    pub fn close(&self) {
        let rooms = self.rooms.write();
        self.is_closed.store(true, Ordering::Relaxed);
        rooms.values().for_each(|room| room.close());
    }

    pub fn followers(&self) -> usize {
        self.seats.taken()
    }

    pub(super) fn room(&self, market: &Market) -> Option<Arc<Room>> {
        self.rooms.read().get(&market.place().id.raw()).cloned()
    }
}

/// A nudge only: what it misses is found a moment later.
impl Listener for Hub {
    fn committed(&self, market: &Market, news: News) {
        if news.events > 0
            && let Some(room) = self.room(market)
        {
            room.wake.notify_one();
        }
    }
}

impl Watcher for Hub {
    fn moved(&self, market: &Market, seen: &Seen) {
        if let Some(room) = self.room(market) {
            room.moved(seen);
        }
    }
}

impl Following {
    /// Who has the order on board, as its row says.
    pub fn suppose(&self, order: OrderId, rider: Option<Id<Person>>) {
        self.room.suppose(order, rider);
    }

    pub fn topic(&self) -> Topic {
        self.topic
    }

    /// Waits until there is something to tell.
    pub async fn next(&self) -> Taken {
        self.inbox.take().await
    }

    /// What there is to tell now, and the position up to which that, with all before it, is everything.
    pub fn now(&self) -> (Option<Taken>, i64) {
        let position = self.room.position();
        (self.inbox.take_now(), position)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.room.leave(self.topic, &self.inbox);
    }
}

const _: () = assert!(limits::FOLLOWERS_PER_MARKET_MAX <= limits::FOLLOWERS_MAX);
