//! The folders with the made-up city, of two sizes, kept while what they follow from is the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::super::folders;
use super::super::ours::{Ours, Programs, TENANT};
use crate::step::Outcome;

pub const MARKET: &str = "city";
const SEED: &str = "1";
const YEARS: &str = "5";
const PACE: &str = "fill-per-s";

/// The figures of both tell how each grows.
pub const SIZES: [Size; 2] = [Size::of(500_000), Size::of(5_000_000)];

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub requests: u32,
}

impl Size {
    pub const fn of(requests: u32) -> Self {
        Self { requests }
    }

    pub fn name(self) -> String {
        format!("{} requests", super::super::table::count(f64::from(self.requests)))
    }
}

pub struct Paces {
    pub fill_per_s: Option<f64>,
}

pub fn kept(programs: &Programs, size: Size) -> Outcome<PathBuf> {
    let home = folders::below(&format!("civic-{}", size.requests));
    folders::kept(&home, &format!("make up {}", size.name()), |folder| {
        let ours = Ours::on_folder(programs, folder);
        let per_s = fill(&ours, size)?;
        // What follows from events is there before anything is measured.
        let server = ours.serve()?;
        let markets = [MARKET.to_owned()];
        let caught_up = testkit::until(std::time::Duration::from_secs(1_800), || {
            matches!(ours.events_behind(&markets), Ok(0))
        });
        drop(server);
        if !caught_up {
            return Err("consumers do not catch up".into());
        }
        fs::write(home.join(PACE), format!("{per_s}")).map_err(|fault| fault.to_string())
    })?;
    Ok(home)
}

/// Gives requests a second.
pub fn fill(ours: &Ours, size: Size) -> Outcome<f64> {
    ours.add_tenant()?;
    ours.add_market(MARKET)?;
    let started = Instant::now();
    let count = size.requests.to_string();
    let which = format!("{TENANT}/{MARKET}");
    ours.say(&["civic", "fill", &which, "--count", &count, "--seed", SEED, "--years", YEARS])?;
    Ok(f64::from(size.requests) / started.elapsed().as_secs_f64())
}

pub fn paces(home: &Path) -> Outcome<Paces> {
    let read = fs::read_to_string(home.join(PACE)).ok();
    Ok(Paces { fill_per_s: read.and_then(|text| text.trim().parse().ok()) })
}

/// Of the market's file with all its indexes, events and counters.
pub fn bytes_each(home: &Path, size: Size) -> Outcome<f64> {
    let file = home.join(format!("data/markets/{TENANT}/{MARKET}.db"));
    let bytes = fs::metadata(&file).map_err(|fault| format!("{}: {fault}", file.display()))?.len();
    Ok(bytes as f64 / f64::from(size.requests))
}
