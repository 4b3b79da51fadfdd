//! `cargo xtask crash`: kills the server, or its database, at random moments under write load, and
//! holds what is found afterwards against what was answered before.
//!
//! ```text
//! server.rs    the server that is killed, and the database under it
//! clock.rs     a clock that days can be added to
//! civic/       a city that hears reports
//! delivery/    a market that sells, pays and brings
//! ```

mod civic;
mod clock;
mod delivery;
mod server;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::servers::Servers;
use crate::step::{Outcome, done, step};
use server::{Backend, Site, Victim};

pub struct Plan {
    pub sqlite_rounds: u32,
    pub postgres_rounds: u32,
    /// A build that is at hand sooner, though too slow to have much in flight.
    pub debug: bool,
    /// Instead of building one.
    pub program: Option<PathBuf>,
    /// All of them without.
    pub only: Option<Load>,
    pub seed: u64,
}

/// What is under way when the kill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Load {
    /// Reports, answers and pictures.
    Civic,
    /// Orders, payments, riders, statements and pay-outs.
    Delivery,
}

impl Load {
    const ALL: [Load; 2] = [Load::Civic, Load::Delivery];

    fn site(self) -> Site {
        match self {
            Load::Civic => civic::site(),
            Load::Delivery => delivery::site(),
        }
    }

    fn rounds(self, victim: Victim, rounds: u32, seed: u64) -> Outcome {
        match self {
            Load::Civic => civic::rounds(victim, rounds, seed),
            Load::Delivery => delivery::rounds(victim, rounds, seed),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Load::Civic => "reports",
            Load::Delivery => "orders and money",
        }
    }
}

pub fn run(plan: &Plan) -> Outcome {
    eprintln!("seed {}", plan.seed);
    let program = match &plan.program {
        Some(program) => program.clone(),
        None => step("build the server", || server::build(plan.debug))?,
    };
    let wanted = |load: &Load| plan.only.is_none_or(|only| only == *load);
    let loads: Vec<Load> = Load::ALL.into_iter().filter(wanted).collect();
    let run = |load: Load, rounds: u32, engine: &str, backend: Backend| {
        let name = format!("{rounds} rounds of {} on {engine}", load.name());
        step(&name, || load.rounds(Victim::new(&program, backend, &load.site())?, rounds, plan.seed))
    };
    if plan.sqlite_rounds > 0 {
        for load in &loads {
            run(*load, plan.sqlite_rounds, "SQLite", Backend::Sqlite)?;
        }
    }
    if plan.postgres_rounds > 0 {
        let servers = step("find or install PostgreSQL", Servers::provide)?;
        let programs = servers.postgres_programs().ok_or("no PostgreSQL: its rounds cannot run")?;
        for load in &loads {
            let backend = Backend::Postgres { programs: programs.to_owned() };
            run(*load, plan.postgres_rounds, "PostgreSQL", backend)?;
        }
    }
    done("every acknowledged decision is there once, no refused one is, every event was applied once");
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

    /// Any of them; there must be one.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// Once in so many throws.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}
