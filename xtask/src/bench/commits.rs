//! How fast one process commits, without HTTP: the example `pace` of the store, on both engines.

use std::process::Command;

use super::figure::Figure;
use super::postgres::Durable;
use crate::environment;
use crate::run::{output_of, run};
use crate::servers::Servers;
use crate::step::{Outcome, step};

const SUBMITTERS: &str = "256";
/// What a decision holds: `two` is an indexed row and its event; `five` adds a row, a change, a job.
const SHAPES: [&str; 2] = ["two", "five"];
const SQLITE_PER_S_MIN: f64 = 25_000.0;
const POSTGRES_PER_S_MIN: f64 = 12_000.0;

pub fn run_all(servers: &Servers) -> Outcome<Vec<Figure>> {
    run(environment::cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "store",
        "--example",
        "commit_pace",
    ]))?;
    let programs = servers.postgres_programs().ok_or("no PostgreSQL: its commits cannot be measured")?;
    let mut figures = Vec::new();
    for shape in SHAPES {
        let pace = step(&format!("commits of {shape} on SQLite"), || pace(shape, None))?;
        let what = format!("commits of {shape} changes, SQLite");
        figures.push(Figure::at_least(what, pace, SQLITE_PER_S_MIN, "/s"));
    }
    let durable = Durable::start(programs)?;
    for shape in SHAPES {
        let url = durable.database(shape)?;
        let pace = step(&format!("commits of {shape} on PostgreSQL"), || pace(shape, Some(&url)))?;
        let what = format!("commits of {shape} changes, PostgreSQL");
        figures.push(Figure::at_least(what, pace, POSTGRES_PER_S_MIN, "/s"));
    }
    Ok(figures)
}

fn pace(shape: &str, url: Option<&str>) -> Outcome<f64> {
    let mut command = Command::new(environment::built("release/examples/commit_pace"));
    command.args(["1", SUBMITTERS, shape]).args(url);
    let output = output_of(&mut command)?;
    first_number(&output).ok_or_else(|| format!("pace says something else:\n{output}"))
}

/// The number in `34567 commits/s (two), …`.
fn first_number(output: &str) -> Option<f64> {
    let line = output.lines().find(|line| line.contains("commits/s"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_read() {
        let check = |text, expected| assert_eq!(first_number(text), expected, "{text}");
        check("34567 commits/s (two), 256 submitters, 1 markets\n2.1 µs a read", Some(34_567.0));
        check("2.1 µs a read", None);
    }
}
