//! One day of a town, three ways of giving orders to riders: `cargo run --release -p dispatch --example day -- [orders] [riders]`.
//!
//! The same orders, restaurants and riders each time: a peak at lunch, a larger one in the evening. Every 20
//! seconds what has come in, and is to be fetched within ten minutes, is given out. *Nearest* gives each to
//! the nearest who has nothing to do; *cheapest first* is the solver without its matching; *solver* is what
//! the windows use. Riders go as the roads estimate; what takes longer in the real world takes longer for all.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::collections::BTreeMap;

use dispatch::assign::{Hand, Part, Problem, Settings, Solution, Stop, Task, Travel, greedy, nearest, solve};
use dispatch::road::Straight;
use dispatch::{Mode, Modes};
use geo::Point;

const WINDOW_S: i64 = 20;
const AHEAD_S: i64 = 600;
const DAY_S: i64 = 15 * 3_600;
const LATE_S: i64 = 2_700;
const GIVE_UP_S: i64 = 3_600;
/// Base and a part for each kilometre between the two ends, in cents.
const PAY: (f64, f64) = (1_500.0, 400.0);

fn dice(seed: u64) -> u64 {
    let mut it = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

/// Between nought and one.
fn share(seed: u64) -> f64 {
    (dice(seed) >> 11) as f64 / (1_u64 << 53) as f64
}

/// About a bell, from minus three to three.
fn bell(seed: u64) -> f64 {
    (0..6).map(|place| share(seed * 8 + place)).sum::<f64>() - 3.0
}

fn at(lat_m: f64, long_m: f64) -> Point {
    let e7 = |metres: f64| (metres / 111_195.0 * 1e7) as i32;
    Point::from_e7(-262_000_000 + e7(lat_m), 280_000_000 + e7(long_m * 1.115)).expect("on the globe")
}

/// A third lie in the middle, the rest in a town of sixteen kilometres.
fn restaurant(number: u64) -> Point {
    let seed = number + 1_000;
    let reach = if number.is_multiple_of(3) { 1_200.0 } else { 3_500.0 };
    at(bell(seed) * reach, bell(seed + 7_777) * reach)
}

struct Order {
    placed_s: i64,
    task: Task,
}

fn orders(count: u64) -> Vec<Order> {
    let mut orders: Vec<Order> = (0..count)
        .map(|number| {
            let dice = share(number * 3);
            let hour = match dice {
                _ if dice < 0.30 => 4.5 + bell(number) * 0.45,
                _ if dice < 0.75 => 11.0 + bell(number) * 0.8,
                _ => share(number * 5 + 1) * 15.0,
            };
            let placed_s = (hour.clamp(0.0, 14.5) * 3_600.0) as i64;
            let ready_s = placed_s + 480 + (share(number * 7) * 1_080.0) as i64;
            let pickup = restaurant(dispatch_share(number));
            let away = |seed: u64| bell(seed) * 1_700.0;
            let drop = at(
                (f64::from(pickup.lat_e7()) + 262_000_000.0) / 1e7 * 111_195.0 + away(number + 50_000),
                (f64::from(pickup.long_e7()) - 280_000_000.0) / 1e7 * 111_195.0 / 1.115
                    + away(number + 90_000),
            );
            let task = Task {
                id: number as i64,
                pickup,
                ready_s,
                drop,
                due_s: placed_s + LATE_S,
                load: 1,
                modes: Modes::ANY,
                within_m: 9_000.0,
                not: Vec::new(),
            };
            Order { placed_s, task }
        })
        .collect();
    orders.sort_by_key(|order| (order.placed_s, order.task.id));
    orders
}

/// Few restaurants have most of the orders.
fn dispatch_share(number: u64) -> u64 {
    (share(number * 11).powi(2) * 160.0) as u64
}

struct Rider {
    hand: Hand,
    /// When each stop ahead will be done.
    done_s: Vec<i64>,
    earned: f64,
    metres: f64,
    idle_since_s: i64,
}

fn riders(count: u64) -> Vec<Rider> {
    let rider = |number: u64| {
        let mode = if number.is_multiple_of(4) { Mode::Bicycle } else { Mode::Motorbike };
        let at = restaurant(dice(number) % 160);
        let hand = Hand {
            id: number as i64,
            at,
            mode,
            capacity: 2,
            load: 0,
            free_s: 0,
            stops: Vec::new(),
            ahead_s: 0,
        };
        Rider { hand, done_s: Vec::new(), earned: 0.0, metres: 0.0, idle_since_s: 0 }
    };
    (0..count).map(rider).collect()
}

impl Rider {
    /// On the way to the next stop, or there and waiting.
    fn now_at(&self, now: i64, roads: &Straight) -> Point {
        let (from, Some(stop)) = (self.hand.at, self.hand.stops.first()) else { return self.hand.at };
        let whole_s = roads.seconds(from, stop.point, self.hand.mode).max(1);
        let part = ((now - self.hand.free_s) as f64 / whole_s as f64).clamp(0.0, 1.0);
        let between = |a: i32, b: i32| a + (f64::from(b - a) * part) as i32;
        let lat = between(from.lat_e7(), stop.point.lat_e7());
        Point::from_e7(lat, between(from.long_e7(), stop.point.long_e7())).unwrap_or(from)
    }
}

#[derive(Default)]
struct Tally {
    waits_s: Vec<i64>,
    late: usize,
    lost: usize,
}

type Way = fn(&Problem, &Settings, &Straight) -> Solution;

struct Day {
    orders: Vec<Order>,
    riders: Vec<Rider>,
    roads: Straight,
    settings: Settings,
    placed: BTreeMap<i64, i64>,
    tally: Tally,
}

impl Day {
    fn run(&mut self, way: Way) {
        let mut open: Vec<usize> = Vec::new();
        let mut next = 0;
        let mut now = 0;
        while now < DAY_S + GIVE_UP_S {
            while self.orders.get(next).is_some_and(|order| order.placed_s <= now) {
                open.push(next);
                next += 1;
            }
            self.ride(now);
            self.give(&mut open, now, way);
            now += WINDOW_S;
        }
        self.tally.lost += open.len();
        self.ride(i64::MAX);
    }

    /// What has been done by now is behind them.
    fn ride(&mut self, now: i64) {
        for rider in &mut self.riders {
            while rider.done_s.first().is_some_and(|done| *done <= now) {
                let (stop, done) = (rider.hand.stops.remove(0), rider.done_s.remove(0));
                rider.metres += rider.hand.at.distance_m(stop.point) * 1.35;
                (rider.hand.at, rider.hand.free_s) = (stop.point, done);
                if stop.part == Part::Drop {
                    rider.hand.load -= stop.load;
                    rider.idle_since_s = done;
                    self.tally.waits_s.push(done - self.placed[&stop.task]);
                    self.tally.late += usize::from(done > stop.until_s);
                }
            }
        }
    }

    fn give(&mut self, open: &mut Vec<usize>, now: i64, way: Way) {
        open.retain(|order| {
            let is_lost = now - self.orders[*order].placed_s > GIVE_UP_S;
            self.tally.lost += usize::from(is_lost);
            !is_lost
        });
        let due: Vec<usize> =
            open.iter().copied().filter(|order| self.orders[*order].task.ready_s - AHEAD_S <= now).collect();
        if due.is_empty() {
            return;
        }
        let average = self.riders.iter().map(|rider| rider.earned).sum::<f64>() / self.riders.len() as f64;
        let hands = self.riders.iter().map(|rider| {
            let idle_s = if rider.hand.stops.is_empty() { now - rider.idle_since_s } else { 0 };
            let earned = if average > 0.0 { (rider.earned / average * 900.0).min(1_800.0) } else { 0.0 };
            let ahead_s = (900 - idle_s).clamp(0, 900) + earned as i64;
            Hand {
                at: rider.now_at(now, &self.roads),
                free_s: rider.hand.free_s.max(now),
                ahead_s,
                ..rider.hand.clone()
            }
        });
        let tasks = due.iter().map(|order| self.orders[*order].task.clone());
        let problem = Problem { tasks: tasks.collect(), hands: hands.collect() };
        let solution = way(&problem, &self.settings, &self.roads);
        for (place, stops) in solution.routes {
            let Hand { at, free_s, .. } = problem.hands[place];
            let rider = &mut self.riders[place];
            rider.metres += rider.hand.at.distance_m(at) * 1.35;
            (rider.hand.at, rider.hand.free_s) = (at, free_s);
            rider.done_s = times(&rider.hand, &stops, &self.roads);
            rider.hand.stops = stops;
        }
        for given in &solution.given {
            let (task, rider) = (&problem.tasks[given.task], &mut self.riders[given.hand]);
            rider.hand.load += task.load;
            rider.earned += PAY.0 + PAY.1 * task.pickup.distance_m(task.drop) / 1_000.0;
            open.retain(|order| self.orders[*order].task.id != task.id);
        }
    }
}

fn times(hand: &Hand, stops: &[Stop], roads: &Straight) -> Vec<i64> {
    let (mut at, mut now) = (hand.at, hand.free_s);
    let mut done = |stop: &Stop| {
        now = (now + roads.seconds(at, stop.point, hand.mode)).max(stop.from_s);
        at = stop.point;
        now
    };
    stops.iter().map(&mut done).collect()
}

/// Nought when all earn the same, one when one earns everything.
fn gini(mut earned: Vec<f64>) -> f64 {
    earned.sort_by(f64::total_cmp);
    let (n, sum) = (earned.len() as f64, earned.iter().sum::<f64>());
    let ranked: f64 = (1..).zip(&earned).map(|(rank, it)| f64::from(rank) * it).sum();
    if sum > 0.0 { 2.0 * ranked / (n * sum) - (n + 1.0) / n } else { 0.0 }
}

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|it| it.parse::<u64>().ok());
    let (count, people) = (args.next().unwrap_or(6_000), args.next().unwrap_or(260));
    println!(
        "{count} orders, {people} riders; waits in minutes from order to door, kilometres for each order"
    );
    println!(
        "{:<15} {:>7} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}",
        "", "served", "lost", "late", "mean", "p95", "km", "Gini"
    );
    let ways: [(&str, Way); 3] = [("nearest", nearest), ("cheapest first", greedy), ("solver", solve)];
    for (name, way) in ways {
        let orders = orders(count);
        let placed = orders.iter().map(|order| (order.task.id, order.placed_s)).collect();
        let (riders, roads, settings) = (riders(people), Straight::default(), Settings::default());
        let mut day = Day { orders, riders, roads, settings, placed, tally: Tally::default() };
        day.run(way);
        let Tally { mut waits_s, late, lost } = day.tally;
        waits_s.sort_unstable();
        let served = waits_s.len().max(1);
        let mean = waits_s.iter().sum::<i64>() as f64 / served as f64 / 60.0;
        let p95 = waits_s.get(served * 95 / 100).map_or(0.0, |wait| *wait as f64 / 60.0);
        let km = day.riders.iter().map(|rider| rider.metres).sum::<f64>() / 1_000.0 / served as f64;
        let fair = gini(day.riders.iter().map(|rider| rider.earned).collect());
        println!("{name:<15} {served:>7} {lost:>6} {late:>6} {mean:>6.1} {p95:>6.1} {km:>6.2} {fair:>6.3}");
    }
}
