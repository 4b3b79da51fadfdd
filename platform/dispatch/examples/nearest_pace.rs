//! How long it takes to find the nearest 20: `cargo run --release -p dispatch --example nearest_pace -- [workers]`.
//!
//! Three towns: one with all spread evenly, one with most in a few places, and a wide country with the same
//! number; in each anybody will do, or only every tenth.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use dispatch::Mode;
use dispatch::position::{Duty, Fleet, Ping, SampleRule, Wanted};
use dispatch::road::{Paces, Speeds};
use geo::Point;
use kernel::Id;
use kernel::jiff::{SignedDuration, Timestamp};

const SEARCHES: u64 = 20_000;

fn dice(seed: u64) -> u64 {
    let mut it = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

fn at(lat: i32, long: i32) -> Point {
    Point::from_e7(-260_000_000 + lat, 280_000_000 + long).expect("on the globe")
}

fn spread(seed: u64, span: u64) -> Point {
    at((dice(seed * 2) % span) as i32, (dice(seed * 2 + 1) % span) as i32)
}

fn town(seed: u64) -> Point {
    spread(seed, 5_000_000)
}

fn country(seed: u64) -> Point {
    spread(seed, 100_000_000)
}

/// Nine of ten are within some hundred metres of one of thirty places.
fn spots(seed: u64) -> Point {
    if dice(seed).is_multiple_of(10) {
        return town(seed);
    }
    let spot = town(dice(seed ^ 7) % 30);
    let near = |seed: u64| (dice(seed) % 60_000) as i32;
    at(spot.lat_e7() + 260_000_000 + near(seed * 3), spot.long_e7() - 280_000_000 + near(seed * 3 + 1))
}

fn main() {
    let workers = std::env::args().nth(1).and_then(|it| it.parse::<u64>().ok()).unwrap_or(100_000);
    let now = Timestamp::from_second(1_800_000_000).expect("a date of this century");
    let paces = Paces::of(&Speeds::default(), 1.35);
    for (name, place) in [("a town", town as fn(u64) -> Point), ("hot spots", spots), ("a country", country)]
    {
        let fleet = Fleet::new(SignedDuration::from_secs(90), SampleRule::default());
        for number in 0..workers {
            let mode = if dice(number).is_multiple_of(3) { Mode::Bicycle } else { Mode::Motorbike };
            let load = u16::from(!number.is_multiple_of(10));
            let worker = Id::from_raw(number as i64);
            fleet.begin(worker, Duty { mode, capacity: 1, load }, now).expect("there is room");
            fleet.hear(&[(worker, Ping::new(place(number), now, 0))], now);
        }
        for (whom, free) in [("anybody", false), ("every tenth", true)] {
            let mut took: Vec<u128> = (0..SEARCHES)
                .map(|search| {
                    let from = place(workers + search);
                    let wanted = Wanted { from, limit: 20, within_m: f64::INFINITY, now };
                    let started = Instant::now();
                    let found = fleet.nearest(&wanted, &paces, |seen| !free || seen.duty.has_room_for(1));
                    assert_eq!(found.len(), 20);
                    started.elapsed().as_nanos()
                })
                .collect();
            took.sort_unstable();
            let part = |share: usize| took[took.len() * share / 1_000] as f64 / 1_000.0;
            println!(
                "{workers} workers, {name}, {whom}: p50 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs",
                part(500),
                part(990),
                part(999)
            );
        }
    }
}
