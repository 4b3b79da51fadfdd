//! A city that hears reports: requests, answers, pictures.

mod city;
mod deeds;
mod load;

use std::time::{Duration, Instant};

use super::Dice;
use super::server::{Site, Victim};
use crate::step::{Outcome, spelled};
use city::{City, MARKET, OWNER, PASSWORD};
use load::{Load, Outcomes};

/// Requests in flight while the kill comes.
const WRITERS: u64 = 8;
/// The kill comes after so long, at random.
const LIFE_MS: std::ops::Range<u64> = 150..900;
/// Every request is read back, and all are counted anew from the events, this often; otherwise they are
/// counted.
const ROUNDS_BETWEEN_FULL_READS: u32 = 25;

/// What is there before the first report.
pub fn site() -> Site {
    let (tenant, city) = MARKET.split_once('/').unwrap_or((MARKET, ""));
    let prepare = [
        format!("tenant add {tenant} --name Crash --tier premium"),
        format!("market add {tenant} {city} --time-zone UTC --template city"),
        format!("person add {tenant} --email {OWNER} --name Owner --password-file {{password}}"),
        format!("person grant {tenant} --email {OWNER} --role owner"),
    ];
    Site { market: MARKET, password: PASSWORD, prepare: prepare.to_vec() }
}

pub fn rounds(mut victim: Victim, rounds: u32, seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let mut outcomes = Outcomes::default();
    let started = Instant::now();
    for round in 1..=rounds {
        let city = City::at(victim.url())?;
        let load = Load::start(&city, WRITERS, u64::from(round) << 32, dice.throw());
        std::thread::sleep(Duration::from_millis(LIFE_MS.start + dice.below(LIFE_MS.end - LIFE_MS.start)));
        let hit = victim.hit(dice.below(2) == 0)?;
        let mut fresh = load.stop();
        let city = City::at(victim.url())?;
        fresh.settle(&city).map_err(|fault| format!("round {round}, after {hit}: {fault}"))?;
        outcomes.add(fresh);
        let full = round % ROUNDS_BETWEEN_FULL_READS == 0 || round == rounds;
        let counted_anew = if full { victim.asked("events rebuild") } else { Ok(()) };
        let checked = counted_anew.and_then(|()| outcomes.check(&city, full));
        checked.and_then(|()| victim.asked("events verify")).map_err(|fault| {
            let said = victim.said();
            format!("round {round}, after {hit}, seed {seed}: {fault}\nthe server said:\n{said}")
        })?;
        if full || round == 1 {
            let time = spelled(started.elapsed());
            eprintln!("   round {round}: {outcomes} after {time}");
        }
    }
    Ok(())
}
