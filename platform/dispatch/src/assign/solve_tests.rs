use geo::Point;
use proptest::prelude::*;

use super::*;
use crate::assign::problem::{Part, Task, Weights};
use crate::assign::route::Legs;
use crate::mode::{Mode, Modes};
use crate::road::Straight;

fn here((lat, long): (i32, i32)) -> Point {
    Point::from_e7(lat, long).unwrap()
}

fn place() -> impl Strategy<Value = Point> {
    (0..300_000, 0..300_000).prop_map(here)
}

fn task() -> impl Strategy<Value = Task> {
    let times = (0_i64..1_200, 600_i64..3_600);
    let not = prop::collection::btree_set(0_i64..6, 0..3);
    (place(), place(), times, 1_u16..3, 1_u8..128, not, 500.0..6_000.0_f64).prop_map(
        |(pickup, drop, (ready_s, more), load, modes, not, within_m)| Task {
            id: 0,
            pickup,
            ready_s,
            drop,
            due_s: ready_s + more,
            load,
            modes: Modes::from_bits(modes),
            within_m,
            not: not.into_iter().collect(),
        },
    )
}

fn hand() -> impl Strategy<Value = Hand> {
    let mode = prop::sample::select(Mode::ALL.to_vec());
    (place(), mode, 1_u16..5, 0_i64..600, prop::option::of(task()), -300_i64..900).prop_map(
        |(at, mode, capacity, free_s, busy, ahead_s)| {
            let busy = busy.filter(|task| task.load <= capacity);
            let load = busy.as_ref().map_or(0, |task| task.load);
            let stops = busy.map(|task| Task { id: 900, ..task }.stops().to_vec()).unwrap_or_default();
            Hand { id: 0, at, mode, capacity, load, free_s, stops, ahead_s }
        },
    )
}

fn problem(tasks: usize, hands: usize) -> impl Strategy<Value = Problem> {
    (prop::collection::vec(task(), 0..tasks), prop::collection::vec(hand(), 0..hands)).prop_map(
        |(mut tasks, mut hands)| {
            (100..).zip(&mut tasks).for_each(|(id, task)| task.id = id);
            (0..).zip(&mut hands).for_each(|(id, hand)| hand.id = id);
            Problem { tasks, hands }
        },
    )
}

fn check(problem: &Problem, solution: &Solution, settings: &Settings) {
    let mut seen: Vec<usize> = solution.given.iter().map(|given| given.task).collect();
    seen.extend(&solution.unserved);
    seen.sort_unstable();
    assert_eq!(seen, (0..problem.tasks.len()).collect::<Vec<_>>(), "each task once");
    for given in &solution.given {
        let (task, hand) = (&problem.tasks[given.task], &problem.hands[given.hand]);
        assert!(task.modes.has(hand.mode) && !task.not.contains(&hand.id));
        assert!(hand.at.distance_m(task.pickup) <= task.within_m);
    }
    for (place, stops) in &solution.routes {
        let hand = &problem.hands[*place];
        let more: u16 = solution
            .given
            .iter()
            .filter(|given| given.hand == *place)
            .map(|given| problem.tasks[given.task].load)
            .sum();
        assert!(hand.load + more <= hand.capacity, "no more than fits");
        let legs = Legs::of(hand, stops, &Straight::default());
        let order: Vec<u8> = (0..stops.len() as u8).collect();
        assert!(legs.ride(&order, None).is_some(), "pickups before drops");
        // What was at hand is as it was, and not late by what came to it.
        let before = Legs::of(hand, &hand.stops, &Straight::default());
        let before = before.times(&(0..hand.stops.len() as u8).collect::<Vec<_>>());
        let after = legs.times(&order);
        for (stop, then) in hand.stops.iter().zip(before) {
            let now = after[stops.iter().position(|its| its == stop).unwrap()];
            assert!(now <= then.max(stop.until_s));
        }
    }
    let sum: i64 = solution.given.iter().map(|given| given.cost).sum();
    assert_eq!(solution.cost, sum + settings.weights.unserved * solution.unserved.len() as i64);
}

/// All ways to give at most one task to each hand.
fn best(rows: &[Vec<(u32, i64)>], taken: u64) -> i64 {
    let Some((first, rest)) = rows.split_first() else { return 0 };
    let free = first.iter().filter(|(column, _)| taken >> column & 1 == 0);
    free.map(|(column, cost)| cost + best(rest, taken | 1 << column)).min().unwrap_or(0)
}

proptest! {
    #[test]
    fn one_round_costs_the_least_there_is(problem in problem(5, 6)) {
        let settings = Settings { rounds: 1, ..Settings::default() };
        let roads = Straight::default();
        let solution = solve(&problem, &settings, &roads);
        check(&problem, &solution, &settings);
        let candidates = Candidates::of(&problem, &settings, &roads);
        let open: Vec<usize> = (0..problem.tasks.len()).collect();
        prop_assert_eq!(solution.cost, best(&candidates.rows(&open, &problem.hands), 0));
    }

    #[test]
    fn never_dearer_than_the_cheapest_first(
        problem in problem(10, 6),
        operations_max in prop_oneof![Just(u64::MAX), 0_u64..40],
        candidates in 1_usize..8,
    ) {
        let settings = Settings { operations_max, candidates, ..Settings::default() };
        let roads = Straight::default();
        let (solution, cheap) = (solve(&problem, &settings, &roads), greedy(&problem, &settings, &roads));
        check(&problem, &solution, &settings);
        check(&problem, &cheap, &settings);
        prop_assert!(solution.cost <= cheap.cost);
        prop_assert_eq!(&solution, &solve(&problem, &settings, &roads), "the same each time");
        check(&problem, &nearest(&problem, &settings, &roads), &settings);
    }
}

fn plain_task(id: i64, long: i32) -> Task {
    Task {
        id,
        pickup: here((0, long)),
        ready_s: 0,
        drop: here((0, long + 100_000)),
        due_s: 3_600,
        load: 1,
        modes: Modes::ANY,
        within_m: f64::INFINITY,
        not: Vec::new(),
    }
}

fn plain_hand(id: i64, long: i32) -> Hand {
    let at = here((0, long));
    let (mode, stops) = (Mode::Bicycle, Vec::new());
    Hand { id, at, mode, capacity: 2, load: 0, free_s: 0, stops, ahead_s: 0 }
}

#[test]
fn the_nearest_is_not_always_the_best() {
    // Both are nearest to the hand in the middle; who takes it for the first sends the other far.
    let tasks = vec![plain_task(1, 10_000), plain_task(2, 40_000)];
    let hands = vec![plain_hand(7, 0), plain_hand(8, 24_000)];
    let problem = Problem { tasks, hands };
    let (settings, roads) = (Settings::default(), Straight::default());
    let who = |solution: &Solution| solution.given.iter().map(|it| (it.task, it.hand)).collect::<Vec<_>>();
    assert_eq!(who(&solve(&problem, &settings, &roads)), [(0, 0), (1, 1)]);
    let far = Problem { tasks: vec![plain_task(1, 14_000), plain_task(2, 40_000)], ..problem };
    assert_eq!(who(&nearest(&far, &settings, &roads)), [(0, 1), (1, 0)]);
    assert_eq!(who(&solve(&far, &settings, &roads)), [(0, 0), (1, 1)]);
}

#[test]
fn a_hand_that_is_ahead_lets_others_come_first() {
    let hands = vec![Hand { ahead_s: 1_800, ..plain_hand(7, 0) }, plain_hand(8, 20_000)];
    let problem = Problem { tasks: vec![plain_task(1, 0)], hands };
    let roads = Straight::default();
    for (unfair, hand) in [(0, 0), (1, 1)] {
        let settings = Settings { weights: Weights { unfair, ..Weights::default() }, ..Settings::default() };
        assert_eq!(solve(&problem, &settings, &roads).given[0].hand, hand);
    }
}

#[test]
fn what_is_left_goes_on_top_where_it_makes_nothing_late() {
    let (settings, roads) = (Settings::default(), Straight::default());
    let two = |due_s: i64| Problem {
        tasks: vec![Task { due_s, ..plain_task(1, 0) }, Task { due_s, ..plain_task(2, 1_000) }],
        hands: vec![plain_hand(7, 0)],
    };
    let stacked = solve(&two(1_800), &settings, &roads);
    assert_eq!((stacked.given.len(), stacked.routes[0].1.len()), (2, 4));
    assert!(stacked.routes[0].1.iter().take(2).all(|stop| stop.part == Part::Pickup));
    let alone = Problem { hands: vec![Hand { capacity: 1, ..plain_hand(7, 0) }], ..two(1_800) };
    let solution = solve(&alone, &settings, &roads);
    assert_eq!((solution.given.len(), solution.unserved.len()), (1, 1));
}
