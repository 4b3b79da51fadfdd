//! How many pings a second one process takes: `cargo run --release -p dispatch --example ping_pace -- [workers] [pings]`.
//!
//! The workers are spread over a town of some fifty kilometres and go on a few metres with each ping; two
//! threads send batches of many workers at a time, while a third looks for the nearest.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use dispatch::Mode;
use dispatch::position::{Duty, Fleet, Ping, SampleRule, Wanted, WorkerId};
use dispatch::road::{Paces, Speeds};
use geo::Point;
use kernel::Id;
use kernel::jiff::{SignedDuration, Timestamp};

const BATCH: usize = 256;
const THREADS: usize = 2;

fn dice(seed: u64) -> u64 {
    let mut it = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

fn place(worker: u64, step: u64) -> Point {
    let start = |seed: u64| (dice(worker * 2 + seed) % 5_000_000) as i32;
    let moved = (step * 300) as i32;
    Point::from_e7(-260_000_000 + start(0) + moved, 280_000_000 + start(1) - moved).expect("on the globe")
}

fn then(step: u64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + step as i64 * 4).expect("a date of this century")
}

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|it| it.parse::<u64>().ok());
    let (workers, pings) = (args.next().unwrap_or(100_000), args.next().unwrap_or(4_000_000));
    let fleet = Fleet::new(SignedDuration::from_secs(90), SampleRule::default());
    for worker in 0..workers {
        let duty = Duty { mode: Mode::Bicycle, capacity: 2, load: 0 };
        fleet.begin(Id::from_raw(worker as i64), duty, then(0)).expect("there is room");
    }
    let (ready, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let (fleet, ready, over) = (&fleet, &ready, &over);
            scope.spawn(move || {
                send(fleet, (thread, workers), pings / THREADS as u64);
                if ready.fetch_add(1, Ordering::SeqCst) + 1 == THREADS {
                    over.store(true, Ordering::SeqCst);
                }
            });
        }
        let searches = watch(&fleet, &over);
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{workers} workers: {:.0} pings/s in batches of {BATCH} from {THREADS} threads, beside {:.0} searches/s",
            pings as f64 / seconds,
            searches as f64 / seconds
        );
    });
}

fn send(fleet: &Fleet, (thread, workers): (u64, u64), pings: u64) {
    let mut batch: Vec<(WorkerId, Ping)> = Vec::with_capacity(BATCH);
    let own = workers / THREADS as u64;
    for number in 0..pings {
        let (worker, step) = (thread * own + number % own, number / own);
        batch.push((Id::from_raw(worker as i64), Ping::new(place(worker, step), then(step), 0)));
        if batch.len() == BATCH {
            fleet.hear(&batch, then(step));
            fleet.due_samples(then(step));
            batch.clear();
        }
    }
}

fn watch(fleet: &Fleet, over: &AtomicBool) -> u64 {
    let paces = Paces::of(&Speeds::default(), 1.35);
    let mut searches = 0;
    while !over.load(Ordering::SeqCst) {
        let wanted = Wanted { from: place(searches, 0), limit: 20, within_m: 9_000.0, now: then(0) };
        fleet.nearest(&wanted, &paces, |_| true);
        searches += 1;
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    searches
}
