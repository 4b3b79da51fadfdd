//! Plans made-up days and prints them as a table, or as JSON that other planners read:
//! `cargo run --release -p dispatch --example routes -- [steps] [--json]`.
//!
//! Instances come from a formula, in the manner of those that the field compares itself by: customers in a
//! square of a hundred, in clusters, at random or both, with narrow or wide times; a vehicle goes one unit in
//! one unit of time.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use dispatch::assign::fleet::{Instance, Visit, plan};

fn dice(seed: u64) -> f64 {
    let mut it = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((it ^ it >> 31) >> 11) as f64 / (1_u64 << 53) as f64
}

fn rounded(it: f64) -> f64 {
    it.round().clamp(0.0, 100.0)
}

fn customer(number: u64, clustered: bool, wide: bool) -> Visit {
    let seed = number * 101 + 17;
    let (x, y) = if clustered {
        let cluster = number % 8;
        let away = |seed: u64| (dice(seed) - 0.5) * 14.0;
        (dice(cluster + 5) * 90.0 + 5.0 + away(seed), dice(cluster + 55) * 90.0 + 5.0 + away(seed + 1))
    } else {
        (dice(seed) * 100.0, dice(seed + 1) * 100.0)
    };
    let (x, y) = (rounded(x), rounded(y));
    let home = (x - 50.0).hypot(y - 50.0).ceil();
    let span = if wide { 240.0 } else { 60.0 };
    let from = (home + dice(seed + 2) * (800.0 - 2.0 * home - span)).round();
    Visit { x, y, demand: 5 + (dice(seed + 3) * 30.0) as u32, from, until: from + span, service: 10.0 }
}

fn instance(clusters: &str, wide: bool) -> Instance {
    let mut visits = vec![Visit { x: 50.0, y: 50.0, demand: 0, from: 0.0, until: 1_000.0, service: 0.0 }];
    visits.extend((0..100).map(|number| {
        let clustered = match clusters {
            "clusters" => true,
            "random" => false,
            _ => number % 2 == 0,
        };
        customer(number, clustered, wide)
    }));
    Instance { visits, capacity: 200 }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let steps = args.next().and_then(|it| it.parse().ok()).unwrap_or(20_000);
    let as_json = args.any(|it| it == "--json");
    for clusters in ["clusters", "random", "both"] {
        for wide in [false, true] {
            let instance = instance(clusters, wide);
            let started = Instant::now();
            let tours = plan(&instance, steps, 1);
            let (seconds, width) = (started.elapsed().as_secs_f64(), if wide { "wide" } else { "narrow" });
            if as_json {
                let visit = |it: &Visit| [it.x, it.y, f64::from(it.demand), it.from, it.until, it.service];
                let visits: Vec<_> = instance.visits.iter().map(visit).collect();
                let line = serde_json::json!({
                    "name": format!("{clusters}-{width}"),
                    "capacity": instance.capacity,
                    "visits": visits,
                    "vehicles": tours.tours.len(),
                    "distance": tours.distance,
                    "seconds": seconds,
                });
                println!("{line}");
            } else {
                let (vehicles, distance) = (tours.tours.len(), tours.distance);
                println!("{clusters:<9} {width:<7} {vehicles:>3} vehicles {distance:>8.1} in {seconds:.1} s");
            }
        }
    }
}
