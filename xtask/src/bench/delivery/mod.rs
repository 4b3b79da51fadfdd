//! `cargo xtask bench --only delivery`: the demo's Johannesburg, asked at fixed rates for quotes, orders and
//! positions, for what its last phase is to hold, and followed by thousands at once.
//!
//! ```text
//! place.rs   the folder, its people, and what is on the shelves
//! asks.rs    what is asked
//! follow.rs  thousands who follow their orders
//! ```

mod asks;
mod follow;
mod place;

use testkit::server::Server;

use self::asks::Asks;
use self::place::Place;
use super::figure::Figure;
use super::open::{self, Found, Prepared};
use super::ours::{Ours, Programs};
use super::table::{Table, count};
use super::{Plan, folders};
use crate::step::{Outcome, step};

/// How often something is asked, and how fast it must be answered.
struct Load {
    name: &'static str,
    per_s: u32,
    p95_ms_max: Option<f64>,
    p99_ms_max: Option<f64>,
    seconds: u32,
    asks: fn(&Asks<'_>, u32) -> Outcome<Prepared>,
}

const SHORT_S: u32 = 20;
const LAST_PHASE_S: u32 = 300;
const QUICK_S: u32 = 3;

const LOADS: [Load; 5] = [
    Load {
        name: "quote",
        per_s: 4_000,
        p95_ms_max: None,
        p99_ms_max: None,
        seconds: SHORT_S,
        asks: |asks, _| asks.quotes(),
    },
    Load {
        name: "order paid by cash",
        per_s: 8_000,
        p95_ms_max: None,
        p99_ms_max: Some(25.0),
        seconds: SHORT_S,
        asks: |asks, count| asks.orders_by_cash(count),
    },
    Load {
        name: "order paid by card",
        per_s: 8_000,
        p95_ms_max: None,
        p99_ms_max: Some(25.0),
        seconds: SHORT_S,
        asks: |asks, count| asks.orders_by_card(count),
    },
    Load {
        name: "twenty positions",
        per_s: 2_000,
        p95_ms_max: None,
        p99_ms_max: Some(25.0),
        seconds: SHORT_S,
        asks: |asks, _| asks.positions(),
    },
    Load {
        name: "the last phase: positions, shelves, orders",
        per_s: 5_000,
        p95_ms_max: Some(50.0),
        p99_ms_max: None,
        seconds: LAST_PHASE_S,
        asks: |asks, count| asks.last_phase(count),
    },
];

pub fn run(plan: &Plan, programs: &Programs) -> Outcome<(Table, Vec<Figure>)> {
    let people = if plan.quick { place::PEOPLE_QUICK } else { place::PEOPLE };
    let home = place::kept(programs, people)?;
    let copy = folders::copy(&home.join("data"), "delivery-writes")?;
    let server = Ours::on_folder(programs, &copy).serve()?;
    let place = step("sign in", || Place::open(&server.url(), people))?;
    let mut table = table();
    for load in &LOADS {
        let seconds = if plan.quick { QUICK_S } else { load.seconds };
        let found = step(load.name, || one(&server, &place, load, seconds))?;
        eprintln!("   {found}");
        table.row(load.row(&found));
    }
    let figures = step("follow", || follow::run(&server, &place))?;
    Ok((table, figures))
}

fn one(server: &Server, place: &Place, load: &Load, seconds: u32) -> Outcome<Found> {
    let asks = Asks { place, url: &server.url() };
    let prepared = (load.asks)(&asks, load.per_s * seconds)?;
    open::hold(&server.url(), &prepared, load.per_s, seconds)
}

fn table() -> Table {
    Table::new(&["asked", "a second", "held", "p50 ms", "p95 ms", "p99 ms", "target", "", "errors"])
}

/// A rate is held if no more than so much of it is missing.
const HELD: f64 = 0.98;

impl Load {
    fn row(&self, found: &Found) -> Vec<String> {
        let most = |name: &str, most: Option<f64>| most.map(|most| format!("{name} < {most}"));
        let target = most("p95", self.p95_ms_max).or_else(|| most("p99", self.p99_ms_max));
        vec![
            self.name.to_owned(),
            count(f64::from(self.per_s)),
            count(found.per_s),
            format!("{:.1}", found.p50_ms),
            format!("{:.1}", found.p95_ms),
            format!("{:.1}", found.p99_ms),
            target.unwrap_or_default(),
            if self.is_met(found) { "met" } else { "missed" }.to_owned(),
            found.errors.to_string(),
        ]
    }

    fn is_met(&self, found: &Found) -> bool {
        let is_fast = |found: f64, most: Option<f64>| most.is_none_or(|most| found < most);
        found.per_s >= HELD * f64::from(self.per_s)
            && found.errors == 0
            && is_fast(found.p95_ms, self.p95_ms_max)
            && is_fast(found.p99_ms, self.p99_ms_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_in_time_and_without_errors() {
        let found = Found { per_s: 7_900.0, p50_ms: 1.0, p95_ms: 9.0, p99_ms: 24.0, errors: 0 };
        let is_met = |found: Found| LOADS[1].is_met(&found);
        assert!(is_met(found));
        assert!(!is_met(Found { per_s: 7_800.0, ..found }));
        assert!(!is_met(Found { p99_ms: 25.0, ..found }));
        assert!(!is_met(Found { errors: 1, ..found }));
    }
}
