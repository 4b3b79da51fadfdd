//! Somebody who reads a stream as a browser does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dispatch::Dispatch;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue};
use kernel::{Actor, Decision, Id, Money, NewEvent, Refusal};
use serde_json::Value;
use store::{Listener, News};
use web::{Caller, Chunks, Grant, Raw, Role, Scope};

use crate::live::{Hub, Live, endpoints};
use crate::order::OrderId;
use crate::order::event::{MOVED, Told};
use crate::order::model::Paid;
use crate::order::state::{self, Status};
use crate::testing::{CURRENCY, World};

pub const PATIENCE: Duration = Duration::from_secs(10);

/// One event as a browser hands it to a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<i64>,
    pub data: Value,
}

pub struct Reader {
    chunks: Chunks,
    /// The last id that was handed over: what is said to have been seen.
    pub id: Option<i64>,
    waiting: VecDeque<Event>,
}

impl Reader {
    /// The next event; nothing at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(event) = self.waiting.pop_front() {
                self.id = event.id.or(self.id);
                // Without data it only says how far all is known.
                if !event.data.is_null() {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next()).await.unwrap()?.unwrap();
            self.read(std::str::from_utf8(&chunk).unwrap());
        }
    }

    fn read(&mut self, text: &str) {
        assert!(text.ends_with("\n\n"), "{text}");
        for block in text.split_terminator("\n\n") {
            let mut event = Event { name: String::new(), id: None, data: Value::Null };
            for line in block.lines() {
                match line.split_once(':').unwrap() {
                    ("event", value) => value.trim().clone_into(&mut event.name),
                    ("id", value) => event.id = Some(value.trim().parse().unwrap()),
                    ("data", value) => event.data = serde_json::from_str(value).unwrap(),
                    ("retry" | "", _) => {}
                    other => panic!("{other:?}"),
                }
            }
            self.waiting.push_back(event);
        }
    }

    /// The names of all that comes up to one of this name, which is given back.
    pub async fn until(&mut self, name: &str) -> (Vec<String>, Event) {
        let mut before = Vec::new();
        loop {
            let event = self.next().await.unwrap();
            if event.name == name {
                return (before, event);
            }
            before.push(event.name);
        }
    }

    pub async fn rest(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }
}

pub fn live(world: &World) -> Arc<Live> {
    let hub = Hub::new();
    let clock: Arc<dyn kernel::Clock> = world.clock.clone();
    let dispatch = Dispatch::builder(clock, world.ids.clone()).watcher(hub.clone()).build();
    Arc::new(Live::new(hub, dispatch))
}

pub fn person(number: i64) -> Caller {
    Caller { actor: Actor::Person(Id::from_raw(number)), ..Caller::anonymous() }
}

pub fn operator(number: i64) -> Caller {
    let grant = Grant { scope: Scope::Market(Id::from_raw(200)), role: Role::Staff };
    Caller { grants: Arc::new([grant]), ..person(number) }
}

/// Opens a stream, as somebody who has seen an event before, or has not.
pub async fn open(
    world: &World,
    live: &Arc<Live>,
    who: Caller,
    target: (&str, &[(&str, &str)]),
    seen: Option<i64>,
) -> Result<Reader, Refusal> {
    open_with(world, live, who, target, ("", seen)).await
}

/// The same with a query.
pub async fn open_with(
    world: &World,
    live: &Arc<Live>,
    who: Caller,
    (name, path): (&str, &[(&str, &str)]),
    (query, seen): (&str, Option<i64>),
) -> Result<Reader, Refusal> {
    let query = query.to_owned();
    let headers = seen.map(|seen| ("last-event-id".parse().unwrap(), HeaderValue::from(seen)));
    let raw = Raw { query, headers: headers.into_iter().collect::<HeaderMap>(), ..Raw::default() };
    let reply = world.reply(who, &endpoints(live), name, path, raw).await?;
    let chunks = reply.stream.unwrap().take().unwrap();
    Ok(Reader { chunks, id: None, waiting: VecDeque::new() })
}

pub fn told(order: OrderId) -> NewEvent {
    let told = Told {
        buyer: Id::from_raw(71),
        store: Id::from_raw(5),
        provider: Id::from_raw(6),
        rider: None,
        was: None,
        status: Status::Preparing,
        before: Some(Status::Confirmed),
        paid: Paid::Assured,
        by: state::Role::Merchant,
        reason: None,
        total: Money::new(100, CURRENCY),
        from: (0, 0),
        placed: 0,
    };
    NewEvent::new(MOVED, order, &told)
}

/// Writes events, and says so.
pub async fn happens(world: &World, live: &Live, events: Vec<NewEvent>) {
    let count = events.len() as u32;
    let decision = events.into_iter().fold(Decision::nothing(), Decision::event);
    world.commit(decision).await.unwrap();
    nudge(world, live, count);
}

/// Waits until all that was committed has been handed out to those who follow.
pub async fn handed_out(world: &World, live: &Live) {
    let last = world.market.settle().await.unwrap();
    let handed_out = async {
        while live.hub.room(&world.market).is_some_and(|room| room.position() < last) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, handed_out).await.unwrap();
}

pub fn nudge(world: &World, live: &Live, events: u32) {
    live.hub.committed(&world.market, News { events, earliest_job: None });
}
