//! What is asked, in which mixture, and how fast it must be answered.

use std::sync::atomic::{AtomicU64, Ordering};

use super::super::open::{self, Prepared};
use super::super::ours::TENANT;
use super::super::people::Client;
use super::city::MARKET;
use crate::step::Outcome;

/// How often each is asked, in percent, at a fixed rate.
#[derive(Debug)]
pub struct Load {
    pub name: &'static str,
    pub per_s: u32,
    pub p95_ms_max: Option<f64>,
    pub mixture: &'static [(Ask, u32)],
    /// The one that goes on for minutes.
    pub is_long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Box,
    One,
    Report,
    Nearby,
    /// Made of counters.
    LowTile,
    /// Made of requests.
    HighTile,
    HeatOfAYear,
}

const fn load(
    name: &'static str,
    per_s: u32,
    p95_ms_max: Option<f64>,
    mixture: &'static [(Ask, u32)],
) -> Load {
    Load { name, per_s, p95_ms_max, mixture, is_long: false }
}

pub const LIST_AT_1000: Load = load("list by box and status", 1_000, Some(50.0), &[(Ask::Box, 100)]);

pub const LOADS: &[Load] = &[
    load("list by box and status", 5_000, Some(20.0), &[(Ask::Box, 100)]),
    load("one request", 5_000, None, &[(Ask::One, 100)]),
    load("likely duplicates", 500, Some(5.0), &[(Ask::Nearby, 100)]),
    load("tile of counters", 1_000, Some(5.0), &[(Ask::LowTile, 100)]),
    load("tile of requests", 500, Some(20.0), &[(Ask::HighTile, 100)]),
    load("heat of a year", 50, Some(100.0), &[(Ask::HeatOfAYear, 100)]),
    // A burst: as fast as it is taken, which the table shows as what was held.
    load("report, event and message", 20_000, None, &[(Ask::Report, 100)]),
    Load {
        is_long: true,
        ..load(
            "70 % boxes, 20 % one, 10 % reports",
            10_000,
            Some(50.0),
            &[(Ask::Box, 70), (Ask::One, 20), (Ask::Report, 10)],
        )
    },
];

/// Different ones of each kind.
const KINDS: usize = 4_000;
/// Around the middle of the made-up city.
const CENTRE: (f64, f64) = (42.3601, -71.0589);
const REACH: f64 = 0.08;

pub struct Asks {
    ids: Vec<String>,
    turn: AtomicU64,
}

impl Asks {
    pub fn of(client: &Client) -> Outcome<Self> {
        let mut ids = Vec::new();
        for status in ["open", "in_progress", "closed", "resolved"] {
            let found = client.get(&format!("/{MARKET}/v1/requests?status={status}&limit=100"))?;
            let items = found["items"].as_array().ok_or("a list without items")?;
            ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
        }
        if ids.is_empty() {
            Err("the city has no requests".into())
        } else {
            Ok(Self { ids, turn: AtomicU64::new(1) })
        }
    }

    /// Whether each address of a load answers with something else than that it is not there.
    pub fn is_there(&self, url: &str, load: &Load) -> Outcome<bool> {
        for (ask, _) in load.mixture {
            let status = open::ask_once(url, &self.ask(*ask, &mut Dice(7)))?;
            if status == 404 || status == 405 {
                return Ok(false);
            }
            if status >= 400 {
                return Err(format!("{}: it answers with {status}", load.name));
            }
        }
        Ok(true)
    }

    pub fn prepared(&self, load: &Load) -> Prepared {
        let mut dice = Dice(self.turn.fetch_add(1, Ordering::Relaxed) * 1_000_003);
        let asks = (0..KINDS).map(|_| {
            let mut thrown = dice.below(100) as u32;
            let mixed = load.mixture.iter().find(|(_, percent)| {
                let is_it = thrown < *percent;
                thrown = thrown.saturating_sub(*percent);
                is_it
            });
            let ask = mixed.or(load.mixture.last()).map_or(Ask::Box, |(ask, _)| *ask);
            self.ask(ask, &mut dice)
        });
        Prepared::again(asks)
    }

    fn ask(&self, ask: Ask, dice: &mut Dice) -> Vec<u8> {
        let base = format!("/{TENANT}/{MARKET}/v1");
        let (lat, long) = (CENTRE.0 + dice.around(REACH), CENTRE.1 + dice.around(REACH));
        match ask {
            Ask::Box => {
                let status = ["open", "closed", "in_progress", "resolved"][dice.below(4) as usize];
                let (height, width) = (0.002 + dice.around(0.001).abs(), 0.003 + dice.around(0.001).abs());
                let (north, east) = (lat + height, long + width);
                get(&format!(
                    "{base}/requests?status={status}&limit=20&bbox={long:.6},{lat:.6},{east:.6},{north:.6}"
                ))
            }
            Ask::One => {
                get(&format!("{base}/requests/{}", self.ids[dice.below(self.ids.len() as u64) as usize]))
            }
            Ask::Nearby => get(&format!(
                "{base}/requests/nearby?category=pothole&text=A%20hole%20as%20wide%20as%20a%20wheel&point={lat:.6},{long:.6}"
            )),
            Ask::LowTile => tile(&base, 11 + dice.below(3) as u32, lat, long),
            Ask::HighTile => tile(&base, 16, lat, long),
            Ask::HeatOfAYear => {
                let (south, west) = (CENTRE.0 - REACH, CENTRE.1 - REACH);
                let (north, east) = (CENTRE.0 + REACH, CENTRE.1 + REACH);
                get(&format!(
                    "{base}/map/heat?bbox={west:.4},{south:.4},{east:.4},{north:.4}&from=2025-11-01&to=2026-10-31"
                ))
            }
            Ask::Report => {
                let body = format!(
                    "{{\"category\":\"pothole\",\"description\":\"A hole, number {}\",\"place\":{{\"lat\":{lat:.6},\"long\":{long:.6}}}}}",
                    dice.below(1_000_000)
                );
                let length = body.len();
                format!("POST {base}/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
            }
        }
    }
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

fn tile(base: &str, zoom: u32, lat: f64, long: f64) -> Vec<u8> {
    let tiles = f64::from(1 << zoom);
    let x = ((long + 180.0) / 360.0 * tiles) as u32;
    let y = ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * tiles) as u32;
    get(&format!("{base}/map/tiles/{zoom}/{x}/{y}.mvt"))
}

/// Throws that differ enough for a load.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    fn around(&mut self, most: f64) -> f64 {
        (self.below(2_000_001) as f64 / 1_000_000.0 - 1.0) * most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_are_whole() {
        for load in LOADS {
            assert_eq!(load.mixture.iter().map(|(_, percent)| percent).sum::<u32>(), 100, "{}", load.name);
        }
    }

    #[test]
    fn a_tile_holds_its_place() {
        let text = String::from_utf8(tile("/v1", 12, 42.3601, -71.0589)).unwrap();
        assert!(text.starts_with("GET /v1/map/tiles/12/1239/1514.mvt"), "{text}");
    }
}
