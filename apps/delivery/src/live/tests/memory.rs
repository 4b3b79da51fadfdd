use std::sync::Arc;

use dispatch::Mode;
use dispatch::position::{Duty, Ping, Seen};
use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Id, Money};

use crate::live::inbox::{Ended, Inbox, Place};
use crate::live::limits;
use crate::live::on_way::OnWay;
use crate::live::room::Room;
use crate::live::seats::Seats;
use crate::live::step::{Step, Topic, What};
use crate::order::event::Told;
use crate::order::model::Paid;
use crate::order::state::{Role, Status};
use crate::testing::CURRENCY;

const RIDER: i64 = 9;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + seconds * 1_000).unwrap()
}

fn step(pos: i64, order: i64, status: Status, what: What) -> Arc<Step> {
    let told = Told {
        buyer: Id::from_raw(1),
        store: Id::from_raw(50 + order),
        provider: Id::from_raw(3),
        rider: Some(Id::from_raw(RIDER)),
        was: None,
        status,
        before: None,
        paid: if status == Status::Pending { Paid::Waiting } else { Paid::Assured },
        by: Role::System,
        reason: None,
        total: Money::new(1, CURRENCY),
        from: (0, 0),
        placed: 0,
    };
    Arc::new(Step { pos, what, order: Id::from_raw(order), at: at(pos), told })
}

fn moved(pos: i64, order: i64, status: Status) -> Arc<Step> {
    step(pos, order, status, What::Moved)
}

fn seen(rider: i64, seconds: i64) -> Seen {
    let ping = Ping::new(Point::from_e7(-260_000_000, 280_000_000).unwrap(), at(seconds), 0);
    let duty = Duty { mode: Mode::Bicycle, capacity: 1, load: 1 };
    Seen { worker: Id::from_raw(rider), duty, ping, heard: at(seconds) }
}

fn order(number: i64) -> Topic {
    Topic::Order(Id::from_raw(number))
}

fn positions(inbox: &Inbox) -> Vec<i64> {
    inbox.take_now().map(|taken| taken.steps.iter().map(|step| step.pos).collect()).unwrap_or_default()
}

fn place(inbox: &Inbox) -> Option<Place> {
    inbox.take_now().and_then(|taken| taken.place)
}

#[test]
fn each_hears_what_is_theirs_in_order() {
    let room = Room::new(10);
    let topics = [order(1), order(2), Topic::Store(Id::from_raw(51)), Topic::All];
    let inboxes = topics.map(|topic| {
        let inbox = Arc::new(Inbox::default());
        assert_eq!(room.enter(topic, inbox.clone()), 10);
        inbox
    });
    let steps = [
        step(11, 1, Status::Pending, What::Placed),
        step(12, 1, Status::Confirmed, What::Moved),
        step(13, 2, Status::Confirmed, What::Stuck),
        step(14, 2, Status::Ready, What::Moved),
        step(15, 1, Status::Delivered, What::Earned),
    ];
    room.hand_out(&steps, 17);
    let expected = [vec![11, 12], vec![14], vec![12], vec![11, 12, 13, 14, 15]];
    for (inbox, expected) in inboxes.iter().zip(expected) {
        assert_eq!(positions(inbox), expected);
    }
    assert_eq!(room.position(), 17);
    for (topic, inbox) in topics.into_iter().zip(&inboxes) {
        assert!(!room.is_empty());
        room.leave(topic, inbox);
    }
    assert!(room.is_empty());
}

#[test]
fn a_slow_follower_is_let_go_and_costs_nothing_more() {
    let inbox = Inbox::default();
    for pos in 0..=limits::WAITING_MAX as i64 + 5 {
        inbox.push(&moved(pos, 1, Status::Ready));
    }
    inbox.put(Place::from(&seen(RIDER, 1)));
    let taken = inbox.take_now().unwrap();
    assert_eq!((taken.steps.len(), taken.place, taken.ended), (0, None, Some(Ended::TooSlow)));
    inbox.end(Ended::Closed);
    assert_eq!(inbox.take_now().unwrap().ended, Some(Ended::TooSlow), "it stays so");
}

#[test]
fn a_rider_is_seen_between_the_store_and_the_door_only() {
    let room = Room::new(0);
    let inbox = Arc::new(Inbox::default());
    room.enter(order(1), inbox.clone());
    let statuses = [Status::Ready, Status::PickedUp, Status::InTransit, Status::Delivered];
    for (pos, (status, expected)) in statuses.into_iter().zip([false, true, true, false]).enumerate() {
        let pos = pos as i64 + 1;
        room.hand_out(&[moved(pos, 1, status)], pos);
        assert_eq!(positions(&inbox), [pos]);
        room.moved(&seen(RIDER + 1, pos * 10));
        assert_eq!(place(&inbox), None, "somebody else");
        room.moved(&seen(RIDER, pos * 10));
        assert_eq!(place(&inbox).is_some(), expected, "{status:?}");
    }
}

#[test]
fn nobody_sees_a_rider_who_was_at_the_door_already() {
    let room = Room::new(0);
    let inbox = Arc::new(Inbox::default());
    room.enter(order(1), inbox.clone());
    room.hand_out(&[moved(1, 1, Status::InTransit)], 1);
    room.moved(&seen(RIDER, 1));
    room.hand_out(&[moved(2, 1, Status::Delivered)], 2);
    let taken = inbox.take_now().unwrap();
    assert_eq!((taken.steps.len(), taken.place), (2, None));
}

#[test]
fn a_place_is_passed_on_once_a_second_and_only_the_newest_waits() {
    let mut on_way = OnWay::default();
    let rider = Id::from_raw(RIDER);
    on_way.suppose(Id::from_raw(1), Some(rider));
    on_way.set(Id::from_raw(2), Some(rider));
    let now = at(0);
    for (after_ms, count) in [(0, 2), (500, 0), (999, 0), (1_000, 2), (1_500, 0), (3_000, 2)] {
        let due = on_way.due(rider, now + SignedDuration::from_millis(after_ms)).len();
        assert_eq!(due, count, "{after_ms} ms");
    }
    let inbox = Inbox::default();
    inbox.put(Place::from(&seen(RIDER, 1)));
    inbox.put(Place::from(&seen(RIDER, 2)));
    assert_eq!(place(&inbox).unwrap().at, at(2));
}

#[test]
fn a_step_says_more_than_a_row_that_was_read_before_it() {
    let mut on_way = OnWay::default();
    let (rider, other) = (Id::from_raw(RIDER), Id::from_raw(RIDER + 1));
    on_way.set(Id::from_raw(1), None);
    on_way.suppose(Id::from_raw(1), Some(rider));
    assert!(on_way.due(rider, at(1)).is_empty());
    on_way.set(Id::from_raw(1), Some(rider));
    on_way.set(Id::from_raw(1), Some(other));
    assert!(on_way.due(rider, at(2)).is_empty(), "given to somebody else");
    assert_eq!(on_way.due(other, at(2)), [Id::from_raw(1)]);
    on_way.forget(Id::from_raw(1));
    assert!(on_way.is_empty());
}

#[test]
fn there_are_so_many_places_and_each_is_given_back() {
    let seats = Arc::new(Seats::default());
    let of = |person: i64| Actor::Person(Id::from_raw(person));
    let mine: Vec<_> = (0..limits::FOLLOWERS_PER_PERSON_MAX).map(|_| seats.take(1, of(7)).unwrap()).collect();
    assert_eq!(seats.take(2, of(7)).unwrap_err().code(), "too_many_streams");
    drop(mine);
    assert_eq!(seats.taken(), 0);
    let all: Vec<_> =
        (0..limits::FOLLOWERS_PER_MARKET_MAX as i64).map(|it| seats.take(1, of(it)).unwrap()).collect();
    assert_eq!(seats.take(1, of(-2)).unwrap_err().code(), "too_many_followers");
    let others = limits::FOLLOWERS_MAX - limits::FOLLOWERS_PER_MARKET_MAX;
    let more: Vec<_> = (0..others as i64).map(|it| seats.take(2, of(1 << 40 | it)).unwrap()).collect();
    assert_eq!(seats.take(3, of(-3)).unwrap_err().code(), "too_many_followers");
    drop((all, more));
    assert!(seats.take(1, of(7)).is_ok());
}
