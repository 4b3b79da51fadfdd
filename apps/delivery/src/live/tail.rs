//! Reads a market's events while somebody follows.

use std::sync::Arc;
use std::time::Duration;

use kernel::values;
use store::{EVENTS_AFTER, Event, Market, StoreError};
use tokio::time;

use super::hub::Hub;
use super::limits;
use super::room::Room;
use super::step::Step;

/// Until nobody is left. Whatever ends it, nobody waits for it in vain.
pub async fn follow(hub: Arc<Hub>, market: Market, room: Arc<Room>) {
    let reading = Reading { hub, market, room };
    let mut was_reached = true;
    while !reading.hub.is_left(&reading.market, &reading.room) {
        let read = read(&reading.market, &reading.room).await;
        if let (true, Err(error)) = (was_reached, &read) {
            tracing::warn!(market = %reading.market.place().name, %error, "events cannot be read");
        }
        was_reached = read.is_ok();
        rest(&reading.room, was_reached).await;
    }
}

struct Reading {
    hub: Arc<Hub>,
    market: Market,
    room: Arc<Room>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.hub.end(&self.market, &self.room);
    }
}

/// Other processes wake nobody here, so it is looked for what they did every so often.
async fn rest(room: &Room, was_reached: bool) {
    if !was_reached {
        return time::sleep(limits::LOOK_EVERY).await;
    }
    let woken = time::timeout(limits::LOOK_EVERY, room.wake.notified()).await.is_ok();
    // Commits that follow each other closely are read together.
    time::sleep(if woken { limits::LOOK_REST } else { Duration::ZERO }).await;
}

async fn read(market: &Market, room: &Room) -> Result<(), StoreError> {
    market.settle().await?;
    loop {
        let events = page(market, room.position()).await?;
        let Some(last) = events.last().map(|event| event.pos) else { return Ok(()) };
        let steps: Vec<Arc<Step>> = events.iter().filter_map(Step::of).map(Arc::new).collect();
        room.hand_out(&steps, last);
        if (events.len() as i64) < limits::EVENTS_READ {
            return Ok(());
        }
    }
}

/// Some of the events after a position, in order.
pub async fn page(market: &Market, after: i64) -> Result<Vec<Event>, StoreError> {
    market.list(EVENTS_AFTER, values![after, limits::EVENTS_READ]).await
}
