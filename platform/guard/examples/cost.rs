//! What the guards cost per request: `cargo run --release -p guard --example cost`.
#![allow(clippy::print_stdout, reason = "this is command-line output")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use guard::{Ask, Gate, Key, Limiter, Priority, Quota};

const ROUNDS: u64 = 4_000_000;

fn main() {
    for threads in [1, 2] {
        let limiter = Limiter::default();
        let ask = |kind, id| Ask {
            key: Key::other(kind, 0, id),
            quota: Quota::per(10_000, Duration::from_mins(15)),
            cost: 1,
        };
        measure("limit, one key", threads, |round| {
            black_box(limiter.check(round * 1_000_000, ask(0, 7)));
        });
        measure("limit, 100,000 keys", threads, |round| {
            black_box(limiter.check(round, ask(0, scattered(round) % 100_000)));
        });
        measure("limit, new keys in a full table", threads, |round| {
            black_box(limiter.check(round, ask(1, scattered(round))));
        });
        measure("limit, person + address + tenant", threads, |round| {
            let id = scattered(round) % 30_000;
            let asks = [ask(2, id), ask(3, id), ask(4, id % 5)];
            black_box(limiter.check_all(round * 1_000_000, &asks)).ok();
        });
        let gate = Gate::default();
        measure("gate, one market", threads, |_| drop(black_box(gate.enter(Priority::Normal, 7))));
        measure("gate, 10 markets", threads, |round| {
            drop(black_box(gate.enter(Priority::Normal, round % 10)))
        });
        let full: Vec<_> = (0..1_000).map_while(|_| gate.enter(Priority::Critical, 7).ok()).collect();
        measure("gate, shed when full", threads, |_| drop(black_box(gate.enter(Priority::Normal, 7))));
        drop(full);
    }
}

fn scattered(round: u64) -> u64 {
    round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

fn measure(name: &str, threads: u64, work: impl Fn(u64) + Sync) {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let work = &work;
            scope.spawn(move || (0..ROUNDS).for_each(|round| work(round * threads + thread)));
        }
    });
    // Of one thread's time: with perfect scaling the figure stays the same.
    let each_ns = started.elapsed().as_nanos() as f64 / ROUNDS as f64;
    println!("{threads} thread(s)  {name:<34} {each_ns:6.1} ns");
}
