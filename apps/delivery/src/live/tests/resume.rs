//! Whoever loses the stream and comes back is told everything once, however often that happens.

use std::sync::Arc;

use kernel::{Id, NewEvent, Person, values};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{EVENTS_AFTER, Event};

use super::rig::{Reader, handed_out, happens, live, open, operator, told};
use crate::live::{Live, limits};
use crate::order::event::MOVED;
use crate::testing::{World, on_both_engines};

const CASES: usize = 24;
const ALL: (&str, &[(&str, &str)]) = ("delivery_live", &[]);

#[derive(Debug, Clone)]
enum Act {
    /// So many steps happen, and something else after them.
    Happens(i64),
    /// So many steps are read, as far as there are that many.
    Read(usize),
    /// The line breaks; somebody comes back when there is something to read.
    Lose,
    /// They come back at once.
    ComeBack,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..50_i64).prop_map(Act::Happens),
        4 => (1..40_usize).prop_map(Act::Read),
        1 => Just(Act::Lose),
        2 => Just(Act::ComeBack),
    ]
}

/// A page in a browser: of a stream it remembers the last id, and no more.
struct Client<'a> {
    world: &'a World,
    live: &'a Arc<Live>,
    reader: Option<Reader>,
    seen: Option<i64>,
    steps: Vec<i64>,
}

impl Client<'_> {
    async fn come_back(&mut self) {
        let mut reader = open(self.world, self.live, operator(1), ALL, self.seen).await.unwrap();
        // What was missed comes first.
        loop {
            let event = reader.next().await.unwrap();
            self.seen = reader.id;
            match &*event.name {
                "step" => self.steps.extend(event.id),
                "begin" => break,
                other => panic!("{other}"),
            }
        }
        self.reader = Some(reader);
    }

    /// Until there are so many steps.
    async fn read(&mut self, until: usize) {
        while self.steps.len() < until {
            let Some(reader) = &mut self.reader else {
                self.come_back().await;
                continue;
            };
            let event = reader.next().await;
            self.seen = reader.id.or(self.seen);
            match event.as_ref().map(|event| &*event.name) {
                Some("step") => self.steps.extend(event.and_then(|event| event.id)),
                // There was more than waits for anybody.
                Some("again") => {}
                None => self.reader = None,
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn steps_after(world: &World, after: i64) -> Vec<i64> {
    let events: Vec<Event> = world.market.list(EVENTS_AFTER, values![after, 100_000]).await.unwrap();
    events.into_iter().filter(|event| event.name == MOVED).map(|event| event.pos).collect()
}

async fn a_case(world: &World, live: &Arc<Live>, acts: &[Act]) {
    let mut client = Client { world, live, reader: None, seen: None, steps: Vec::new() };
    client.come_back().await;
    let first = client.seen.unwrap();
    let mut happened = 0;
    for act in acts {
        match *act {
            Act::Happens(count) => {
                let other = NewEvent::new("other.thing", Id::<Person>::from_raw(1), &());
                let steps = (1..=count).map(|order| told(Id::from_raw(order)));
                happens(world, live, steps.chain([other]).collect()).await;
                happened += count as usize;
            }
            Act::Read(count) => client.read(happened.min(client.steps.len() + count)).await,
            Act::Lose => client.reader = None,
            Act::ComeBack => {
                client.reader = None;
                client.come_back().await;
            }
        }
    }
    client.read(happened).await;
    assert_eq!(client.steps, steps_after(world, first).await, "{acts:?}");
}

async fn nothing_is_lost_and_nothing_told_twice(world: World) {
    let live = live(&world);
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let acts = proptest::collection::vec(act(), 1..25).new_tree(&mut runner).unwrap().current();
        a_case(&world, &live, &acts).await;
    }
}

async fn whoever_was_away_for_too_long_reads_anew(world: World) {
    let live = live(&world);
    let count = limits::MISSED_STEPS_MAX as i64 + 1;
    let mut reader = open(&world, &live, operator(1), ALL, None).await.unwrap();
    let (_, begin) = reader.until("begin").await;
    assert_eq!(begin.data["resumed"], false);
    let first = reader.id;
    happens(&world, &live, (1..=count).map(|order| told(Id::from_raw(order))).collect()).await;
    handed_out(&world, &live).await;
    let last = world.market.settle().await.unwrap();
    for (seen, resumed) in
        [(first, false), (Some(last - 1), true), (Some(i64::MAX), false), (Some(-1), false)]
    {
        let mut reader = open(&world, &live, operator(1), ALL, seen).await.unwrap();
        let (before, begin) = reader.until("begin").await;
        assert_eq!((begin.data["resumed"].as_bool(), before.len()), (Some(resumed), usize::from(resumed)));
    }
}

async fn a_follower_who_does_not_read_is_told_to_come_back_and_has_lost_nothing(world: World) {
    let live = live(&world);
    let mut reader = open(&world, &live, operator(1), ALL, None).await.unwrap();
    reader.until("begin").await;
    let first = reader.id;
    let count = limits::WAITING_MAX as i64 + 1;
    happens(&world, &live, (1..=count).map(|order| told(Id::from_raw(order))).collect()).await;
    handed_out(&world, &live).await;
    let rest = reader.rest().await;
    assert_eq!(rest.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["again"]);
    assert_eq!(rest[0].data["why"], "too_slow");
    drop(reader);
    let mut reader = open(&world, &live, operator(1), ALL, first).await.unwrap();
    let (missed, _) = reader.until("begin").await;
    assert_eq!(missed.len() as i64, count);
}

on_both_engines!(
    nothing_is_lost_and_nothing_told_twice,
    whoever_was_away_for_too_long_reads_anew,
    a_follower_who_does_not_read_is_told_to_come_back_and_has_lost_nothing,
);
