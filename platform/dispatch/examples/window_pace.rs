//! How long one window takes: `cargo run --release -p dispatch --example window_pace -- [orders] [riders]`.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use dispatch::assign::{Hand, Problem, Settings, Solution, Task, greedy, nearest, solve};
use dispatch::road::Straight;
use dispatch::{Mode, Modes};
use geo::Point;

fn dice(seed: u64) -> u64 {
    let mut it = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

fn place(seed: u64) -> Point {
    let within = |seed: u64| (dice(seed) % 2_500_000) as i32;
    Point::from_e7(-262_000_000 + within(seed * 2), 280_000_000 + within(seed * 2 + 1)).expect("on the globe")
}

fn near(point: Point, seed: u64) -> Point {
    let more = |seed: u64| (dice(seed) % 500_000) as i32 - 250_000;
    Point::from_e7(point.lat_e7() + more(seed), point.long_e7() + more(!seed)).expect("on the globe")
}

fn problem(orders: u64, riders: u64) -> Problem {
    let task = |number: u64| {
        let pickup = place(number % (orders / 4).max(1) + 1_000_000);
        let ready_s = (dice(number) % 900) as i64;
        Task {
            id: number as i64,
            pickup,
            ready_s,
            drop: near(pickup, number),
            due_s: ready_s + 1_800,
            load: 1,
            modes: Modes::ANY,
            within_m: 9_000.0,
            not: Vec::new(),
        }
    };
    let hand = |number: u64| Hand {
        id: number as i64,
        at: place(number + 9_000_000),
        mode: if dice(number).is_multiple_of(3) { Mode::Bicycle } else { Mode::Motorbike },
        capacity: 2,
        load: 0,
        free_s: 0,
        stops: Vec::new(),
        ahead_s: (dice(number ^ 5) % 1_800) as i64,
    };
    let mut problem =
        Problem { tasks: (0..orders).map(task).collect(), hands: (0..riders).map(hand).collect() };
    // Every third is under way with something already.
    for (number, hand) in (0_u64..).zip(&mut problem.hands).filter(|(number, _)| number.is_multiple_of(3)) {
        let busy = Task { id: -1 - number as i64, drop: near(hand.at, number), ..problem.tasks[0].clone() };
        hand.stops = busy.stops()[1..].to_vec();
        hand.load = 1;
    }
    problem
}

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|it| it.parse::<u64>().ok());
    let asked = args.next().zip(args.next());
    let sizes = asked.map_or(vec![(100, 500), (1_000, 5_000), (1_000, 1_000), (1_000, 300)], |it| vec![it]);
    type Way = fn(&Problem, &Settings, &Straight) -> Solution;
    let ways: [(&str, Way); 3] = [("solver", solve), ("cheapest first", greedy), ("nearest", nearest)];
    for (orders, riders) in sizes {
        let (problem, settings, roads) = (problem(orders, riders), Settings::default(), Straight::default());
        for (name, way) in ways {
            let mut took = Vec::new();
            let mut solution = Solution::default();
            for _ in 0..5 {
                let started = Instant::now();
                solution = way(&problem, &settings, &roads);
                took.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            took.sort_by(f64::total_cmp);
            let (given, cost) = (solution.given.len(), solution.cost);
            println!(
                "{orders} orders, {riders} riders, {name}: {:.1} ms, {given} given, cost {cost}, cut short: {}",
                took[2], solution.cut_short
            );
        }
    }
}
