//! `cargo xtask crash`: kills the server, or its database, at random moments under write load, and
//! holds what is found afterwards against what was answered before.

mod city;
mod deeds;
mod load;
mod server;

use std::time::{Duration, Instant};

use crate::servers::Servers;
use crate::step::{Outcome, done, spelled, step};
use city::City;
use load::{Load, Outcomes};
use server::{Backend, Victim};

/// Requests in flight while the kill comes.
const WRITERS: u64 = 8;
/// The kill comes after so long, at random.
const LIFE_MS: std::ops::Range<u64> = 150..900;
/// Every request is read back, and all are counted anew from the events, this often; otherwise they are
/// counted.
const ROUNDS_BETWEEN_FULL_READS: u32 = 25;

pub struct Plan {
    pub sqlite_rounds: u32,
    pub postgres_rounds: u32,
    /// A build that is at hand sooner, though too slow to have much in flight.
    pub debug: bool,
    pub seed: u64,
}

pub fn run(plan: &Plan) -> Outcome {
    eprintln!("seed {}", plan.seed);
    let program = step("build the server", || server::build(plan.debug))?;
    if plan.sqlite_rounds > 0 {
        let name = format!("{} rounds on SQLite", plan.sqlite_rounds);
        step(&name, || rounds(Victim::new(&program, Backend::Sqlite)?, plan.sqlite_rounds, plan.seed))?;
    }
    if plan.postgres_rounds > 0 {
        let servers = step("find or install PostgreSQL", Servers::provide)?;
        let programs = servers.postgres_programs().ok_or("no PostgreSQL: its rounds cannot run")?;
        let backend = Backend::Postgres { programs: programs.to_owned() };
        let name = format!("{} rounds on PostgreSQL", plan.postgres_rounds);
        step(&name, || rounds(Victim::new(&program, backend)?, plan.postgres_rounds, plan.seed))?;
    }
    done("every acknowledged decision is there once, no refused one is, every event was applied once");
    Ok(())
}

fn rounds(mut victim: Victim, rounds: u32, seed: u64) -> Outcome {
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
        let counted_anew = if full { victim.rebuild() } else { Ok(()) };
        let checked = counted_anew.and_then(|()| outcomes.check(&city, full));
        checked.and_then(|()| victim.verify()).map_err(|fault| {
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

/// Throws that a printed seed repeats.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.throw() % end.max(1)
    }
}
