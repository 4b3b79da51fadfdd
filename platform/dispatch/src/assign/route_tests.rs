use geo::Point;
use proptest::prelude::*;

use super::*;
use crate::assign::problem::Task;
use crate::mode::{Mode, Modes};
use crate::road::Straight;

const ROADS: fn() -> Straight = Straight::default;

fn here((lat, long): (i32, i32)) -> Point {
    Point::from_e7(lat, long).unwrap()
}

fn task(id: i64, from: (i32, i32), to: (i32, i32), (ready_s, due_s): (i64, i64), load: u16) -> Task {
    Task {
        id,
        pickup: here(from),
        ready_s,
        drop: here(to),
        due_s,
        load,
        modes: Modes::ANY,
        within_m: f64::INFINITY,
        not: Vec::new(),
    }
}

fn hand(capacity: u16) -> Hand {
    Hand {
        id: 1,
        at: here((0, 0)),
        mode: Mode::Car,
        capacity,
        load: 0,
        free_s: 0,
        stops: Vec::new(),
        ahead_s: 0,
    }
}

fn place() -> impl Strategy<Value = (i32, i32)> {
    (0..500_000, 0..500_000)
}

/// Some tasks, of which the first may be on board already.
fn stops(tasks: std::ops::Range<usize>) -> impl Strategy<Value = (u16, Vec<Stop>)> {
    let one = (place(), place(), 0_i64..2_000, 0_i64..4_000, 1_u16..3);
    (2_u16..5, prop::collection::vec(one, tasks), any::<bool>()).prop_map(|(capacity, tasks, aboard)| {
        let stops = (1..).zip(tasks).flat_map(|(id, (from, to, ready, more, load))| {
            task(id, from, to, (ready, ready + more), load).stops()
        });
        (capacity, stops.skip(usize::from(aboard)).collect())
    })
}

/// Every order there is.
fn best(legs: &Legs, done: &mut Vec<u8>, weights: &Weights) -> Option<i64> {
    if done.len() == legs.stops.len() {
        return legs.ride(done, None).map(|ride| ride.cost(weights));
    }
    let mut least = None;
    for next in 0..legs.stops.len() as u8 {
        if !done.contains(&next) {
            done.push(next);
            least = [least, best(legs, done, weights)].into_iter().flatten().min();
            done.pop();
        }
    }
    least
}

proptest! {
    #[test]
    fn of_few_stops_the_order_is_the_best((capacity, stops) in stops(1..4)) {
        let (hand, weights, roads) = (hand(capacity), Weights::default(), ROADS());
        let legs = Legs::of(&hand, &stops, &roads);
        let ordered = order(&hand, &stops, &roads, &weights);
        prop_assert_eq!(ordered.len(), stops.len());
        let places: Vec<u8> = ordered
            .iter()
            .map(|stop| stops.iter().position(|its| its == stop).unwrap() as u8)
            .collect();
        let least = best(&legs, &mut Vec::new(), &weights);
        match legs.ride(&places, None) {
            None => prop_assert_eq!(least, None),
            Some(ride) => prop_assert_eq!(Some(ride.cost(&weights)), least),
        }
    }

    #[test]
    fn of_many_stops_the_order_is_possible_and_gets_better(
        (capacity, stops) in stops(4..7),
    ) {
        let (hand, weights, roads) = (hand(capacity), Weights::default(), ROADS());
        let legs = Legs::of(&hand, &stops, &roads);
        let given: Vec<u8> = (0..stops.len() as u8).collect();
        let plain = legs.ride(&given, None).unwrap().cost(&weights);
        let (inserted, left) = insert_all(&legs, &stops, &weights);
        prop_assert!(left.is_empty());
        let first = legs.ride(&inserted, None).unwrap().cost(&weights);
        let better = legs.ride(&improve(&legs, inserted, &weights), None).unwrap().cost(&weights);
        prop_assert!(better <= first);
        prop_assert!(legs.ride(&improve(&legs, given, &weights), None).unwrap().cost(&weights) <= plain);
        prop_assert_eq!(order(&hand, &stops, &roads, &weights).len(), stops.len());
    }
}

#[test]
fn routes_know_what_is_on_board() {
    let tasks = [
        task(1, (0, 100_000), (0, 300_000), (0, 9_999), 2),
        task(2, (0, 200_000), (0, 400_000), (0, 9_999), 1),
    ];
    let stops: Vec<Stop> = tasks.iter().flat_map(Task::stops).collect();
    let order_of = |capacity: u16, stops: &[Stop]| -> Vec<(i64, Part)> {
        let ordered = order(&hand(capacity), stops, &ROADS(), &Weights::default());
        ordered.iter().map(|stop| (stop.task, stop.part)).collect()
    };
    use Part::{Drop, Pickup};
    assert_eq!(order_of(3, &stops), [(1, Pickup), (2, Pickup), (1, Drop), (2, Drop)]);
    assert_eq!(order_of(2, &stops), [(1, Pickup), (1, Drop), (2, Pickup), (2, Drop)]);
    // The first is on board: there is no room for the second before it is brought.
    assert_eq!(order_of(2, &stops[1..]), [(1, Drop), (2, Pickup), (2, Drop)]);
    // What never fits comes last.
    assert_eq!(order_of(1, &stops), [(2, Pickup), (2, Drop), (1, Pickup), (1, Drop)]);
    assert!(order_of(1, &[]).is_empty());
}

#[test]
fn one_more_task_makes_no_other_late() {
    let first = task(1, (0, 0), (0, 300_000), (0, 700), 1);
    let far = task(2, (300_000, 0), (300_000, 300_000), (0, 5_000), 1);
    let on_the_way = task(3, (0, 100_000), (0, 400_000), (0, 5_000), 1);
    let (hand, weights, roads) = (hand(3), Weights::default(), ROADS());
    for (task, stacked) in [(&far, [1, 1, 2, 2]), (&on_the_way, [1, 3, 1, 3])] {
        let stops: Vec<Stop> = first.stops().into_iter().chain(task.stops()).collect();
        let legs = Legs::of(&hand, &stops, &roads);
        let mut allowed = legs.times(&[0, 1]);
        allowed[1] = allowed[1].max(700);
        let (order, ride) = insert(&legs, &[0, 1], (2, 3), Some(&allowed), &weights).unwrap();
        assert_eq!(legs.stops(&order).iter().map(|stop| stop.task).collect::<Vec<_>>(), stacked);
        assert!(legs.times(&order)[1] <= 700 && ride.late_s == 0);
    }
}
