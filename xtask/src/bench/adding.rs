//! How long it takes to add a market to a server that is serving.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use super::figure::{Figure, median};
use super::ours::{Ours, Programs};
use super::postgres::Durable;
use super::wrk::{self, Load};
use super::{asks, folders};
use crate::environment;
use crate::step::Outcome;

const ADDED: u32 = 7;
const SQLITE_MS_MAX: f64 = 50.0;
const POSTGRES_MS_MAX: f64 = 1_000.0;
/// Longer than the adding takes, as load in the background.
const LOAD_S: u32 = 10;

/// The times of the middle one, by the command's own word and by ours.
struct Took {
    own_ms: f64,
    wall_ms: f64,
}

pub fn on_sqlite(programs: &Programs, data: &Path) -> Outcome<Vec<Figure>> {
    let asks = asks::write(&Ours::on_folder(programs, data))?;
    let ours = Ours::on_folder(programs, &folders::copy(data, "writes-ours")?);
    let server = ours.serve()?;
    let quiet = add(&ours)?;
    let load = Load { kind: "get", asks: &asks.join("one") };
    let mut wrk = wrk::command(&server.url(), &load, LOAD_S);
    let mut wrk = wrk.stdout(Stdio::null()).spawn().map_err(|fault| format!("wrk: {fault}"))?;
    let busy = add(&ours);
    let _ = wrk.kill();
    let _ = wrk.wait();
    Ok([figures("SQLite", &quiet, SQLITE_MS_MAX), figures("SQLite under full load", &busy?, SQLITE_MS_MAX)]
        .concat())
}

pub fn on_postgres(programs: &Programs, postgres: &Path) -> Outcome<Vec<Figure>> {
    let durable = Durable::start(postgres)?;
    let url = durable.database("adding")?;
    let folder = folders::below("postgres-data");
    std::fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    let ours = Ours::on_postgres(programs, &url, &folder);
    ours.add_tenant()?;
    let server = ours.serve()?;
    let took = add(&ours)?;
    drop(server);
    Ok(figures("PostgreSQL", &took, POSTGRES_MS_MAX))
}

fn figures(where_to: &str, took: &Took, most_ms: f64) -> Vec<Figure> {
    vec![
        Figure::below(format!("adding a market, {where_to}"), took.own_ms, most_ms, "ms"),
        Figure::noted("  with the start and end of the command", took.wall_ms, "ms"),
    ]
}

fn add(ours: &Ours) -> Outcome<Took> {
    let (mut own, mut wall) = (Vec::new(), Vec::new());
    let run = environment::some_number() % 1_000_000;
    for number in 0..ADDED {
        let started = Instant::now();
        let said = ours.add_market(&format!("new-{run}-{number}"))?;
        wall.push(started.elapsed().as_secs_f64() * 1e3);
        own.push(said["took_ms"].as_f64().ok_or("a market was added in no time that is told")?);
    }
    let nothing = "nothing was added";
    Ok(Took { own_ms: median(own).ok_or(nothing)?, wall_ms: median(wall).ok_or(nothing)? })
}
