//! `cargo xtask bench`: what the project promises to reach, measured on this machine and printed beside
//! what the same rows give without any of the layers that every request passes.
//!
//! Only the ratios of one run tell much: machines drift by a third within a day.

mod adding;
mod asks;
mod civic;
mod commits;
mod delivery;
mod figure;
mod folders;
mod memory;
mod open;
mod ours;
mod people;
mod postgres;
mod race;
mod scenario;
mod slow_disk;
mod start;
mod table;
mod wrk;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use figure::Figure;
use ours::{Ours, Programs};
use race::{Pace, Race};
use scenario::{SCENARIOS, Scenario};

use crate::servers::Servers;
use crate::step::{Outcome, done, fault, step, warn};

/// What is measured besides the scenarios.
const OTHERS: [&str; 4] = ["commits", "memory", "start", "add"];
/// Measured only when they are named: together they take the better part of an hour.
const CIVIC: &str = "civic";
const CIVIC_ON_POSTGRES: &str = "civic-postgres";
const DELIVERY: &str = "delivery";

#[derive(Debug)]
pub struct Plan {
    /// Smaller folders and shorter runs: to see that everything works.
    pub quick: bool,
    /// All, when empty.
    pub only: Vec<String>,
    pub program: Option<PathBuf>,
}

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn pace(&self) -> Pace {
        match self.quick {
            true => Pace { runs: 1, run_s: 2, warm_up_s: 1 },
            false => Pace { runs: 3, run_s: 8, warm_up_s: 2 },
        }
    }

    fn requests_each(&self) -> u32 {
        if self.quick { 10_000 } else { 100_000 }
    }

    fn many_markets(&self) -> u32 {
        if self.quick { 500 } else { 10_000 }
    }

    fn check(&self) -> Outcome {
        let names: Vec<&str> = SCENARIOS
            .iter()
            .map(|it| it.name)
            .chain(OTHERS)
            .chain([CIVIC, CIVIC_ON_POSTGRES, DELIVERY])
            .collect();
        match self.only.iter().find(|only| !names.contains(&only.as_str())) {
            Some(other) => Err(format!("{other} is not measured; these are: {}", names.join(", "))),
            None => Ok(()),
        }
    }
}

pub fn run(plan: &Plan) -> Outcome {
    plan.check()?;
    wrk::provide()?;
    let mut bench = Bench { plan, programs: OnceCell::new(), data: OnceCell::new(), faults: 0 };
    let mut scenarios = scenario::table();
    let mut figures = Vec::new();
    for scenario in SCENARIOS.iter().filter(|scenario| plan.wants(scenario.name)) {
        if let Some(race) = bench.tried(scenario.name, |bench| bench.race(scenario)) {
            let row = scenario.row(&race);
            eprintln!("   {}", row.join("  "));
            scenarios.row(row);
            if scenario.writes {
                figures.push(Figure::noted(
                    format!("{}: events behind at the end", scenario.name),
                    race.behind as f64,
                    "",
                ));
                let took = race.caught_up_in.as_secs_f64();
                figures.push(Figure::noted("  handled after another", took, "s"));
            }
        }
    }
    figures.extend(bench.others());
    let mut tables = vec![scenarios];
    let is_named = |name: &str| plan.only.iter().any(|only| only == name);
    if is_named(CIVIC)
        && let Some((loads, more)) = bench.tried(CIVIC, |bench| civic::run(plan, bench.programs()?))
    {
        tables.push(loads);
        figures.extend(more);
    }
    if is_named(CIVIC_ON_POSTGRES) {
        let found = bench.tried(CIVIC_ON_POSTGRES, |bench| bench.civic_on_postgres());
        figures.extend(found.into_iter().flatten());
    }
    if is_named(DELIVERY)
        && let Some((loads, more)) = bench.tried(DELIVERY, |bench| delivery::run(plan, bench.programs()?))
    {
        tables.push(loads);
        figures.extend(more);
    }
    tables.push(figure::table(&figures));
    print(&tables);
    match bench.faults {
        0 => {
            done("measured; the ratios of one run are what tells");
            Ok(())
        }
        faults => Err(format!("{faults} could not be measured")),
    }
}

fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Outcome<T>) -> Outcome<&T> {
    match cell.get() {
        Some(made) => Ok(made),
        None => make().map(|made| cell.get_or_init(|| made)),
    }
}

struct Bench<'a> {
    plan: &'a Plan,
    programs: OnceCell<Programs>,
    data: OnceCell<PathBuf>,
    faults: u32,
}

impl Bench<'_> {
    /// One that fails does not keep the others from being measured.
    fn tried<T>(&mut self, name: &str, measure: impl FnOnce(&mut Self) -> Outcome<T>) -> Option<T> {
        match step(name, || measure(self)) {
            Ok(found) => Some(found),
            Err(text) => {
                self.faults += 1;
                fault(&format!("{name}: {text}"));
                None
            }
        }
    }

    fn programs(&self) -> Outcome<&Programs> {
        let races = SCENARIOS.iter().any(|scenario| self.plan.wants(scenario.name));
        once(&self.programs, || step("build", || Programs::provide(self.plan.program.as_deref(), races)))
    }

    /// The folder with all requests.
    fn data(&self) -> Outcome<&Path> {
        let data = once(&self.data, || folders::requests(self.programs()?, self.plan.requests_each()))?;
        Ok(data.as_path())
    }

    fn race(&self, scenario: &Scenario) -> Outcome<Race> {
        let (programs, data) = (self.programs()?, self.data()?);
        // Tokens are good for a quarter of an hour, so each scenario gets its own.
        let asks = asks::write(&Ours::on_folder(programs, data))?;
        let slow = if scenario.slow_disk { Some(slow_disk::library()?) } else { None };
        race::run(programs, data, &asks, scenario, slow.as_deref(), self.plan.pace())
    }

    fn others(&mut self) -> Vec<Figure> {
        let mut figures = Vec::new();
        let many = self.plan.many_markets();
        if self.plan.wants("start") {
            figures.extend(
                self.tried("start", |bench| {
                    let programs = bench.programs()?;
                    let (data, many_data) = (bench.data()?, folders::many_markets(programs, many)?.0);
                    Ok([
                        start::run(programs, data, "ten full markets")?,
                        start::run(programs, &many_data, &format!("{many} markets"))?,
                    ])
                })
                .into_iter()
                .flatten(),
            );
        }
        if self.plan.wants("memory") {
            figures.extend(self.tried("memory", |bench| bench.memory(many)).into_iter().flatten());
        }
        if self.plan.wants("add") {
            let on_sqlite =
                self.tried("add on SQLite", |bench| adding::on_sqlite(bench.programs()?, bench.data()?));
            figures.extend(on_sqlite.into_iter().flatten());
        }
        if self.plan.wants("add") || self.plan.wants("commits") {
            figures.extend(self.on_postgres());
        }
        figures
    }

    fn memory(&self, many: u32) -> Outcome<Vec<Figure>> {
        let programs = self.programs()?;
        let mut figures = memory::one_busy(programs, self.data()?, self.plan.pace())?;
        let (data, took) = folders::many_markets(programs, many)?;
        figures.extend(memory::many(programs, &data, many, self.plan.pace())?);
        let each_ms = took.as_secs_f64() * 1e3 / f64::from(many);
        figures.push(Figure::noted(format!("each of {many} markets, when they were added"), each_ms, "ms"));
        Ok(figures)
    }

    fn civic_on_postgres(&self) -> Outcome<Vec<Figure>> {
        let servers = Servers::provide()?;
        let postgres = servers.postgres_programs().ok_or("no PostgreSQL: the list on it is not measured")?;
        civic::on_postgres(self.plan, self.programs()?, postgres)
    }

    fn on_postgres(&mut self) -> Vec<Figure> {
        let Some(servers) = self.tried("find or install PostgreSQL", |_| Servers::provide()) else {
            return Vec::new();
        };
        let mut figures = Vec::new();
        if self.plan.wants("commits") {
            figures.extend(self.tried("commits", |_| commits::run_all(&servers)).into_iter().flatten());
        }
        match servers.postgres_programs() {
            Some(programs) if self.plan.wants("add") => {
                let found =
                    self.tried("add on PostgreSQL", |bench| adding::on_postgres(bench.programs()?, programs));
                figures.extend(found.into_iter().flatten());
            }
            Some(_) => {}
            None => warn("no PostgreSQL: what it does is not measured"),
        }
        figures
    }
}

#[expect(clippy::print_stdout, reason = "this is the chore's output")]
fn print(tables: &[table::Table]) {
    for table in tables.iter().filter(|table| !table.is_empty()) {
        println!("\n{}", table.text());
    }
}
